"""The server: the socket, the signals, and connections that come to nothing."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import Callable
from typing import Any

import uvicorn
from starlette.types import Scope
from uvicorn.protocols.http.h11_impl import H11Protocol

from processor.errors import ProcessorError, WrongUsage
from processor.rest.app import build_app
from processor.rest.settings import Settings

_BACKLOG = 1024
_GRACE_SECONDS = 5


class Server(uvicorn.Server):
    """A service on its socket; ``run_until_stopped`` serves.

    Args:
        ready: gets the address when clients are served.
    """

    def __init__(self, settings: Settings, ready: Callable[[str], None]) -> None:
        connections = Connections(settings.connections, settings.head_seconds)
        self._app = build_app(settings, drop=connections.drop)
        self._listening = _listen(settings)
        self._ready = ready
        config = uvicorn.Config(
            self._app,
            http=connections.protocol(),
            ws="none",
            lifespan="on",
            log_config=None,
            log_level="critical",  # what goes wrong is logged at the doors
            access_log=False,
            server_header=False,
            proxy_headers=False,  # the client's address is not the client's to tell
            timeout_graceful_shutdown=_GRACE_SECONDS,
            timeout_keep_alive=30,
        )
        super().__init__(config)

    @property
    def failure(self) -> ProcessorError | None:
        """Why it did not start."""
        failure: ProcessorError | None = self._app.state.failure
        return failure

    def run_until_stopped(self) -> None:
        """Serve until SIGINT or SIGTERM, which are raised again after a clean end."""
        asyncio.run(self.serve(sockets=[self._listening]))

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        """Start, and tell where; the driver's refusal to start is told as it is."""
        try:
            await super().startup(sockets)
        except (
            SystemExit
        ):  # how uvicorn says that the application did not start: `failure` says why
            self._listening.close()
            self.should_exit = True
        if self.started:
            host, port = self._listening.getsockname()[:2]
            self._ready(f"http://[{host}]:{port}" if ":" in host else f"http://{host}:{port}")


class Connections:
    """The open connections: at most so many, and none that waits for ever to ask something.

    When there is no room, the one that has waited longest for its first request makes room; without
    one, the new one is closed.
    """

    def __init__(self, most: int, head_seconds: float) -> None:
        self._most = most
        self._head_seconds = head_seconds
        self._open: dict[Any, asyncio.Transport] = {}
        self._silent: dict[Any, asyncio.TimerHandle] = {}  # in the order in which they came

    def opened(self, client: Any, transport: asyncio.Transport) -> None:
        """A connection was made."""
        if len(self._open) >= self._most:
            oldest = next(iter(self._silent), None)
            self._abort(client if oldest is None else oldest)
            if oldest is None:
                transport.abort()
                return
        self._open[client] = transport
        loop = asyncio.get_running_loop()
        self._silent[client] = loop.call_later(self._head_seconds, self._abort, client)

    def asked(self, client: Any) -> None:
        """A whole request has come."""
        if timer := self._silent.pop(client, None):
            timer.cancel()

    def closed(self, client: Any) -> None:
        """A connection is gone."""
        self._open.pop(client, None)
        self.asked(client)

    def drop(self, scope: Scope) -> None:
        """End the connection of a request at once, whatever is unsent."""
        if scope.get("client"):
            self._abort(tuple(scope["client"]))

    def _abort(self, client: Any) -> None:
        transport = self._open.get(client)
        self.closed(client)
        if transport is not None:
            transport.abort()

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

            def handle_events(self) -> None:
                before = self.cycle
                super().handle_events()
                if self.cycle is not before:
                    connections.asked(self.client)

        return Protocol


def serve(settings: Settings, ready: Callable[[str], None]) -> None:
    """Serve until SIGINT or SIGTERM.

    Raises:
        WrongUsage: the address is not free, or the driver cannot start.
    """
    server = Server(settings, ready)
    server.run_until_stopped()
    if not server.started:
        raise server.failure or WrongUsage("The service did not start; its messages are above.")


def _listen(settings: Settings) -> socket.socket:
    family = socket.AF_INET6 if ":" in settings.host else socket.AF_INET
    listening = socket.socket(family)
    try:
        if hasattr(socket, "SO_REUSEADDR") and not hasattr(socket, "SO_EXCLUSIVEADDRUSE"):
            listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listening.bind((settings.host, settings.port))
    except OSError as error:
        listening.close()
        raise WrongUsage(
            f"{settings.host}:{settings.port} cannot be listened on: {error.strerror or error}. "
            "--port 0 takes a free one."
        ) from None
    listening.listen(_BACKLOG)
    listening.set_inheritable(False)
    return listening
