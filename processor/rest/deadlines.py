"""Deadlines: a client that sends or takes too slowly, or too much, is let go."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from contextlib import suppress
from contextvars import ContextVar
from http import HTTPStatus

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from processor.rest.held import Held
from processor.rest.problems import Refused, problem
from processor.rest.settings import Settings

UPLOAD = "/runs/upload"
"""The one path whose bodies go to the disk, and may be large."""

_SMALL = ("/webhook", "/login")
_SMALL_BYTES = 64 * 1024  # anybody may send one: it is read whole before it is known who does
_LEAST_BYTES_A_SECOND = 4096  # of a body, on the average
_DRAIN_SECONDS = 3.0
_MEGABYTE = 1024 * 1024
_limit: ContextVar[asyncio.Timeout | None] = ContextVar("limit", default=None)


class Stalled(Exception):
    """The client takes nothing of its answer any more."""


def allow_seconds(seconds: float) -> None:
    """Give the request under way so many seconds from now until its answer begins."""
    limit = _limit.get()
    if limit is not None:
        limit.reschedule(asyncio.get_running_loop().time() + seconds)


class Deadlines:
    """Around the application: times and sizes of what goes in and out.

    Args:
        drop: ends a connection at once, by the client's address.
    """

    def __init__(self, app: ASGIApp, *, settings: Settings, drop: Callable[[Scope], None]) -> None:
        self._app = app
        self._settings = settings
        self._drop = drop
        self._held = Held(settings.most_held)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        exchange = _Exchange(self._settings, self._held, scope, receive, send)
        try:
            await exchange.serve(self._app)
        except Stalled:
            self._drop(scope)
        finally:
            exchange.end()


class _Exchange:
    """One request and its answer."""

    def __init__(
        self, settings: Settings, held: Held, scope: Scope, receive: Receive, send: Send
    ) -> None:
        self._settings = settings
        self._held = held
        self._holding = 0
        self._scope = scope
        self._receive = receive
        self._send = send
        own = {UPLOAD: settings.max_body, **dict.fromkeys(_SMALL, _SMALL_BYTES)}
        self._most = own.get(scope["path"], settings.max_json)
        self._loop = asyncio.get_running_loop()
        self._begun_at = self._loop.time()
        self._got = 0
        self._whole = False
        self._answering = False

    async def serve(self, app: ASGIApp) -> None:
        """Call the application within the limits."""
        refusal = self._declared_too_large()
        try:
            if refusal is not None:
                raise refusal
            async with asyncio.timeout(self._settings.request_seconds) as limit:
                _limit.set(limit)
                await app(self._scope, self.receive, self.send)
        except TimeoutError:
            if self._answering:
                raise Stalled from None
            await self._refuse(Refused(504, "timeout", "It took too long. Ask again, or for less."))
        except Refused as refused:
            if self._answering:
                raise Stalled from None
            await self._refuse(refused)

    async def receive(self) -> Message:
        """The next piece of the body, unless the client is too slow or sends too much."""
        if self._whole:
            return await self._receive()
        try:
            async with asyncio.timeout(self._settings.stall_seconds):
                message = await self._receive()
        except TimeoutError:
            raise _too_slow() from None
        if message["type"] == "http.request":
            self._got += (count := len(message.get("body", b"")))
            self._hold(count)
            self._whole = not message.get("more_body", False)
            self._check()
        allow_seconds(self._settings.request_seconds)
        return message

    async def send(self, message: Message) -> None:
        """Send a piece of the answer, unless the client takes none."""
        if message["type"] == "http.response.start":
            self._answering = True
            limit = _limit.get()
            if limit is not None:
                limit.reschedule(None)  # streams last as long as they flow
        try:
            async with asyncio.timeout(self._settings.stall_seconds):
                await self._send(message)
        except TimeoutError:
            raise Stalled from None

    def end(self) -> None:
        """Let go of what is held."""
        self._held.give_back(self._holding)

    def _hold(self, count: int) -> None:
        if self._scope["path"] != UPLOAD:
            self._held.take(count)
            self._holding += count

    def _declared_too_large(self) -> Refused | None:
        for name, value in self._scope["headers"]:
            if name == b"content-length" and int(value) > self._most:
                return self._too_large()
        return None

    def _check(self) -> None:
        if self._got > self._most:
            raise self._too_large()
        seconds = self._loop.time() - self._begun_at
        due = _LEAST_BYTES_A_SECOND * (seconds - self._settings.stall_seconds)
        if not self._whole and self._got < due:
            raise _too_slow()

    def _too_large(self) -> Refused:
        size = f"{self._most // _MEGABYTE} MB" if self._most >= _MEGABYTE else f"{self._most} bytes"
        ends = self._scope["path"] in (UPLOAD, *_SMALL)
        more = "" if ends else f" POST {UPLOAD} takes larger ones."
        return Refused(
            HTTPStatus.REQUEST_ENTITY_TOO_LARGE, "too_large", f"The body is over {size}.{more}"
        )

    async def _refuse(self, refused: Refused) -> None:
        """Answer, then let the client finish what it sends: a reset would take the answer from it."""
        _limit.set(None)  # it is over: nothing can be moved of it
        made = problem(
            refused.status_code, refused.kind, str(refused.detail), headers={"connection": "close"}
        )
        start: Message = {
            "type": "http.response.start",
            "status": made.status_code,
            "headers": made.raw_headers,
        }
        await self.send(start)
        await self.send({"type": "http.response.body", "body": made.body, "more_body": True})
        with suppress(TimeoutError):
            async with asyncio.timeout(_DRAIN_SECONDS):
                while not self._whole:
                    message = await self._receive()
                    self._whole = not message.get("more_body", False)
        await self.send({"type": "http.response.body", "body": b""})


def _too_slow() -> Refused:
    return Refused(HTTPStatus.REQUEST_TIMEOUT, "too_slow", "The body came too slowly.")
