"""The doors: who comes in, by which name the service was called, and what every answer carries."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from http import HTTPStatus
from urllib.parse import urlsplit

from starlette.datastructures import Headers
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from processor.errors import ProcessorError
from processor.rest.connections import Connections
from processor.rest.desk import Desk
from processor.rest.problems import Refused, problem, problem_of, unexpected
from processor.rest.rates import Rates
from processor.rest.sessions import COOKIE
from processor.rest.settings import Settings

LOCAL = "(local)"
"""The caller who needs no token: this machine. No token has such a name."""
LOGIN = "/login"
_OPEN = frozenset({"/health", LOGIN, "/webhook"})  # the last one has a signature of its own
_SAFE = frozenset({"GET", "HEAD", "OPTIONS"})
_LOOPBACK_NAMES = ("localhost", "127.0.0.1", "[::1]")
SECURITY_HEADERS = {
    "content-security-policy": "default-src 'none'; style-src 'unsafe-inline'; img-src data:; "
    "form-action 'self'; base-uri 'none'; frame-ancestors 'none'",
    "x-content-type-options": "nosniff",
    "x-frame-options": "DENY",
    "referrer-policy": "no-referrer",
    "cross-origin-opener-policy": "same-origin",
    "cross-origin-resource-policy": "same-origin",
    "cache-control": "no-store",
    "permissions-policy": "interest-cohort=()",
}
"""On every answer; a page may set a ``content-security-policy`` of its own. There is no CORS header, so
no page of another origin reads anything."""


class Doors:
    """Around everything: host, origin, token, rate; and no error goes out as it is."""

    def __init__(
        self, app: ASGIApp, *, settings: Settings, desk: Desk, connections: Connections
    ) -> None:
        self._app = app
        self._settings = settings
        self._desk = desk
        self._connections = connections
        self._under_way: Counter[str] = Counter()
        self._rates = Rates(settings.rate, desk.clock)
        self._hosts = _names(settings)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        begun = False

        async def dressed(message: Message) -> None:
            nonlocal begun
            if message["type"] == "http.response.start":
                begun = True
                message = {**message, "headers": _with_security(message["headers"])}
            await send(message)

        try:
            caller = self._caller(scope)
            scope.setdefault("state", {})["caller"] = caller or LOCAL
            with self._counted(caller):
                if caller is not None:
                    self._connections.admitted(scope)
                await self._app(scope, receive, dressed)
        except Refused as refused:
            made = problem(
                refused.status_code, refused.kind, str(refused.detail), headers=refused.headers
            )
            await made(scope, receive, dressed)
        except Exception as error:  # noqa: BLE001 - a bug: logged with a number, told by that number
            made = (
                problem_of(error)
                if isinstance(error, ProcessorError)
                else unexpected(error, scope["method"], scope["path"])
            )
            if not begun:
                await made(scope, receive, dressed)

    # -- who ----------------------------------------------------------------------------------

    def _caller(self, scope: Scope) -> str | None:
        """The name of whoever asks; None for a stranger, who may ask for what is open to all.

        Raises:
            Refused: 421, another name's service; 403, another origin's page; 401; 429.
        """
        headers = Headers(scope=scope)
        self._check_host(headers)
        if scope["method"] not in _SAFE:
            _check_origin(headers)
        caller = self._known(headers, scope)
        if caller is None:
            if scope["path"] in _OPEN and self._settings.needs_tokens:
                return None
            if self._settings.needs_tokens and "text/html" in headers.get("accept", ""):
                raise Refused(303, "log_in", "Log in first.", headers={"location": LOGIN})
            if self._settings.needs_tokens:
                raise _unknown("A token is needed: `Authorization: Bearer …`.")
            return LOCAL
        self._check_rate(caller)
        return caller

    @contextmanager
    def _counted(self, caller: str | None) -> Iterator[None]:
        """A request of a caller who leaves room for others.

        Raises:
            Refused: 429, as many of its requests are under way as may be (streams of events, mostly).
        """
        if caller is None or caller == LOCAL:
            yield
            return
        if self._under_way[caller] >= self._connections.most_of_one:
            raise _too_many(1)
        self._under_way[caller] += 1
        try:
            yield
        finally:
            self._under_way[caller] -= 1
            if not self._under_way[caller]:
                del self._under_way[caller]

    def _known(self, headers: Headers, scope: Scope) -> str | None:
        """The owner of the token or of the session; None when neither is given."""
        given = headers.get("authorization")
        if given is None:
            return self._desk.sessions.owner(_cookie(headers))
        kind, _, token = given.partition(" ")
        name = self._desk.tokens.name_of(token.strip()) if kind.lower() == "bearer" else None
        if name is None:
            if wait := self._desk.strangers.take((scope.get("client") or ("?",))[0]):
                raise _too_many(wait)
            raise _unknown("This token is not known here, or was removed.")
        return name

    def _check_host(self, headers: Headers) -> None:
        """A page whose own name was made to mean this machine must not reach us (DNS rebinding)."""
        if self._hosts is None:
            return
        host = headers.get("host", "").lower()
        if host not in self._hosts and host.rpartition(":")[0] not in self._hosts:
            raise Refused(
                HTTPStatus.MISDIRECTED_REQUEST,
                "unknown_host",
                f"This service is not called {host[:100]!r}. --allow-host lets a name in.",
            )

    def _check_rate(self, caller: str) -> None:
        if wait := self._rates.take(caller):
            raise _too_many(wait)


def _names(settings: Settings) -> frozenset[str] | None:
    """The names by which the service may be called; None where every caller has a token anyway."""
    if not settings.is_loopback and not settings.hosts:
        return None
    return frozenset(
        {*_LOOPBACK_NAMES, settings.host.lower(), *(h.lower() for h in settings.hosts)}
    )


def _check_origin(headers: Headers) -> None:
    """A page of another origin may not make a browser act for it."""
    fetched = headers.get("sec-fetch-site", "none")
    origin = headers.get("origin")
    alien = (
        origin is not None and urlsplit(origin).netloc.lower() != headers.get("host", "").lower()
    )
    if alien or fetched not in ("none", "same-origin"):
        raise Refused(
            HTTPStatus.FORBIDDEN,
            "other_origin",
            "Pages of other origins cannot act here: there is no CORS.",
        )


def _cookie(headers: Headers) -> str | None:
    for part in headers.get("cookie", "").split(";"):
        name, _, value = part.strip().partition("=")
        if name == COOKIE:
            return value
    return None


def _unknown(message: str) -> Refused:
    return Refused(
        HTTPStatus.UNAUTHORIZED, "unauthorized", message, headers={"www-authenticate": "Bearer"}
    )


def _too_many(wait: int) -> Refused:
    return Refused(
        HTTPStatus.TOO_MANY_REQUESTS,
        "too_many_requests",
        f"Too many requests; come again in {wait} s.",
        headers={"retry-after": str(wait)},
    )


def _with_security(headers: Iterable[tuple[bytes, bytes]]) -> list[tuple[bytes, bytes]]:
    there = list(headers)
    names = {name.lower() for name, _ in there}
    more = [(name.encode(), value.encode()) for name, value in SECURITY_HEADERS.items()]
    return there + [(name, value) for name, value in more if name not in names]
