"""The program around the application: socket, signals, the line that says it is ready."""

import asyncio
import os
import signal
import socket
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import orjson
import uvicorn
from uvicorn.protocols.http.h11_impl import H11Protocol

from sandbox.app import build_app
from sandbox.options import Options
from sandbox.service import Service

_BACKLOG = 512
_GRACE_SECONDS = 1


def serve(options: Options, state: Path) -> int:
    """Serve until SIGTERM, SIGINT or the end of the parent's pipe; 0 then.

    What it remembers is in the folder `state`.
    """
    service = Service(options, state)
    listening = _listen(options)
    config = uvicorn.Config(
        build_app(service),
        http=_protocol(service),
        lifespan="on",
        log_level="error",
        access_log=False,
        server_header=False,
        date_header=True,
        timeout_graceful_shutdown=_GRACE_SECONDS,
        # A poll every few minutes may find its connection gone, as on the real service.
        timeout_keep_alive=75,
    )
    server = _Server(config, listening)
    if options.parent_pipe:
        threading.Thread(target=_watch_parent, args=(server,), daemon=True).start()
    asyncio.run(server.serve(sockets=[listening]))
    return 0


def _listen(options: Options) -> socket.socket:
    listening = socket.socket(socket.AF_INET6 if ":" in options.host else socket.AF_INET)
    if os.name == "posix":
        # A restart takes the same port at once.
        listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    listening.bind((options.host, options.port))
    listening.listen(_BACKLOG)
    listening.set_inheritable(False)
    return listening


class _Server(uvicorn.Server):
    """A server that says where it is, and ends with 0 on a signal."""

    def __init__(self, config: uvicorn.Config, listening: socket.socket) -> None:
        super().__init__(config)
        host, port = listening.getsockname()[:2]
        self._url = f"http://[{host}]:{port}" if ":" in host else f"http://{host}:{port}"

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets)
        if self.started:
            ready = orjson.dumps({"url": self._url, "pid": os.getpid()}).decode()
            sys.stdout.write(ready + "\n")
            sys.stdout.flush()

    @contextmanager
    def capture_signals(self) -> Iterator[None]:
        # uvicorn raises the signal again after a clean end; here a clean end is 0.
        kept = {number: signal.signal(number, self._stop) for number in _SIGNALS}
        try:
            yield
        finally:
            for number, handler in kept.items():
                signal.signal(number, handler)

    def _stop(self, *_: Any) -> None:
        self.should_exit = True


_SIGNALS = (signal.SIGINT, signal.SIGTERM)


def _watch_parent(server: uvicorn.Server) -> None:
    # Not sys.stdin: its lock, held by a waiting reader, is fatal when the interpreter ends.
    while os.read(0, 65536):
        pass
    server.should_exit = True
    # Nobody is left to wait for a clean end: do not wait for it long either.
    timer = threading.Timer(_GRACE_SECONDS + 2, os._exit, args=(0,))
    timer.daemon = True
    timer.start()


def _protocol(service: Service) -> type[H11Protocol]:
    class Protocol(H11Protocol):
        """HTTP/1.1 that lets faults reach the connection."""

        def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
            super().connection_made(transport)
            if self.client is not None:
                service.transports[self.client] = transport

        def connection_lost(self, exc: Exception | None) -> None:
            if self.client is not None:
                service.transports.pop(self.client, None)
            super().connection_lost(exc)

    return Protocol
