"""Signatures: whether a webhook's message is Gemini's, and came only once."""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac
from collections import OrderedDict
from collections.abc import Sequence

from processor.errors import WrongUsage
from processor.rest.problems import conflict

_PREFIX = "whsec_"
_VERSION = "v1,"
_MOST_REMEMBERED = 10_000


class Webhooks:
    """Who signed what, and when; every message counts once.

    Args:
        secrets: as the API gave them, ``whsec_…``; two while one is rotated out.
    """

    def __init__(self, secrets: Sequence[str]) -> None:
        self._keys = [_key(secret) for secret in secrets]
        self._seen: OrderedDict[str, int] = OrderedDict()

    def __bool__(self) -> bool:
        return bool(self._keys)

    def is_signed(self, id: str, timestamp: str, body: bytes, signatures: str) -> bool:  # noqa: A002
        """Whether one of the signatures is made with one of our keys."""
        signed = f"{id}.{timestamp}.".encode() + body
        good = False
        for key in self._keys:
            made = base64.b64encode(hmac.new(key, signed, hashlib.sha256).digest())
            for one in signatures.split():
                given = one.removeprefix(_VERSION).encode()
                good |= one.startswith(_VERSION) and hmac.compare_digest(made, given)
        return good

    def take(self, id: str, timestamp: int) -> bool:  # noqa: A002
        """Whether the message is new; one that is sent again, later, is known and does no harm.

        Raises:
            Refused: 409, this very message came before: a replay.
        """
        before = self._seen.get(id)
        if before is not None and timestamp <= before:
            raise conflict("replayed", "This message came before.")
        self._seen[id] = timestamp
        while len(self._seen) > _MOST_REMEMBERED:
            self._seen.popitem(last=False)
        return before is None


def _key(secret: str) -> bytes:
    """The key in a secret.

    Raises:
        WrongUsage: there is none.
    """
    try:
        key = base64.b64decode(secret.removeprefix(_PREFIX), validate=True)
    except binascii.Error:
        key = b""
    if not key:
        raise WrongUsage("A webhook's secret is `whsec_` and base64: one in each line of the file.")
    return key
