"""The open connections: at most so many, and only known callers may hold one."""

from __future__ import annotations

import asyncio
from typing import Any

from starlette.types import Scope
from uvicorn.protocols.http.h11_impl import H11Protocol


class Connections:
    """Every open connection is either admitted (it has a request of a known caller) or waits.

    It waits before its first request, between two, and while a stranger's request is read: for a limited
    time, however many bytes drip in. When there is no room, the one that has waited longest makes room;
    when none waits, the new one is closed.

    Args:
        most: open at once.
        head_seconds: from its opening until a request is admitted.
        idle_seconds: from an answer until the next request is admitted.
    """

    def __init__(self, most: int, *, head_seconds: float, idle_seconds: float) -> None:
        self._most = most
        self._head_seconds = head_seconds
        self._idle_seconds = idle_seconds
        self._open: dict[Any, asyncio.Transport] = {}
        self._waiting: dict[
            Any, asyncio.TimerHandle
        ] = {}  # in the order in which they came to wait

    @property
    def most_of_one(self) -> int:
        """Requests that one caller may have under way: half of what there is."""
        return max(1, self._most // 2)

    def opened(self, client: Any, transport: asyncio.Transport) -> None:
        """A connection was made."""
        if len(self._open) >= self._most:
            oldest = next(iter(self._waiting), None)
            if oldest is None:
                transport.abort()
                return
            self._abort(oldest)
        self._open[client] = transport
        self._wait(client, self._head_seconds)

    def admitted(self, scope: Scope) -> None:
        """The request is of a caller who may take the time that it needs."""
        if scope.get("client"):
            self._wait_no_more(tuple(scope["client"]))

    def answered(self, client: Any) -> None:
        """A request has its answer: the connection waits for the next one."""
        if client in self._open:
            self._wait(client, self._idle_seconds)

    def closed(self, client: Any) -> None:
        """A connection is gone."""
        self._open.pop(client, None)
        self._wait_no_more(client)

    def drop(self, scope: Scope) -> None:
        """End the connection of a request at once, whatever is unsent."""
        if scope.get("client"):
            self._abort(tuple(scope["client"]))

    def protocol(self) -> type[H11Protocol]:
        """HTTP/1.1 that keeps account of its connections."""
        connections = self

        class Protocol(H11Protocol):
            def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
                super().connection_made(transport)
                connections.opened(self.client, transport)

            def connection_lost(self, exc: Exception | None) -> None:
                connections.closed(self.client)
                super().connection_lost(exc)

            def on_response_complete(self) -> None:
                connections.answered(self.client)
                super().on_response_complete()

        return Protocol

    def _wait(self, client: Any, seconds: float) -> None:
        self._wait_no_more(client)
        loop = asyncio.get_running_loop()
        self._waiting[client] = loop.call_later(seconds, self._abort, client)

    def _wait_no_more(self, client: Any) -> None:
        if timer := self._waiting.pop(client, None):
            timer.cancel()

    def _abort(self, client: Any) -> None:
        transport = self._open.get(client)
        self.closed(client)
        if transport is not None:
            transport.abort()
