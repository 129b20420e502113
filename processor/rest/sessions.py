"""Sessions: a browser that showed a token once, and forms that only our own pages can send."""

from __future__ import annotations

import hashlib
import hmac
import secrets
from collections import OrderedDict

from processor.effects.tokens import Tokens, digest_of
from processor.ports import Clock

COOKIE = "truebatch_session"
HOURS = 12
_SECONDS = HOURS * 3600.0
_MOST = 1_000


class Sessions:
    """Who is logged in, in memory: when the service starts again, everybody shows the token again.

    A session ends with its token: it is looked up whenever the session is used.
    """

    def __init__(self, clock: Clock, tokens: Tokens) -> None:
        self._clock = clock
        self._tokens = tokens
        self._secret = secrets.token_bytes(32)
        self._open: OrderedDict[str, tuple[str, float]] = OrderedDict()

    def open(self, token: str) -> str:
        """A session for whoever showed ``token``: the cookie's value."""
        made = secrets.token_urlsafe(32)
        self._open[made] = (digest_of(token), self._clock.monotonic() + _SECONDS)
        while len(self._open) > _MOST:
            self._open.popitem(last=False)
        return made

    def owner(self, session: str | None) -> str | None:
        """Whose session it is; None when it is nobody's, was long ago, or its token was removed."""
        digest, until = self._open.get(session or "", ("", 0.0))
        if self._clock.monotonic() >= until:
            return None
        return self._tokens.name_of_digest(digest)

    def close(self, session: str | None) -> None:
        """End a session."""
        self._open.pop(session or "", None)

    def form_token(self, caller: str) -> str:
        """What a form of ours carries: a page of another origin can neither read nor make it."""
        return hmac.new(self._secret, caller.encode(), hashlib.sha256).hexdigest()

    def is_form_token(self, given: str, caller: str) -> bool:
        """Whether a form that carries ``given`` is one of ours, for this caller."""
        return hmac.compare_digest(given.encode(), self.form_token(caller).encode())
