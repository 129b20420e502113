"""The server: the socket and the signals."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import Callable
from math import ceil

import uvicorn

from processor.errors import ProcessorError, WrongUsage
from processor.rest.app import build_app
from processor.rest.connections import Connections
from processor.rest.settings import Settings

_BACKLOG = 1024
_GRACE_SECONDS = 5


class Server(uvicorn.Server):
    """A service on its socket; ``run_until_stopped`` serves.

    Args:
        ready: gets the address when clients are served.
    """

    def __init__(self, settings: Settings, ready: Callable[[str], None]) -> None:
        connections = Connections(
            settings.connections,
            head_seconds=settings.head_seconds,
            idle_seconds=settings.idle_seconds,
        )
        self._app = build_app(settings, connections)
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
            timeout_keep_alive=ceil(settings.idle_seconds),
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
