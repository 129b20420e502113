"""Answers on their way out, whole or spoilt on purpose."""

import asyncio
import socket
import struct
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import orjson
from starlette.responses import Response
from starlette.types import Receive, Scope, Send

JSON_TYPE = "application/json; charset=UTF-8"
_PIECE_BYTES = 1 << 20
_SLOW_PIECES = 10


def json_answer(data: Any, status: int = 200) -> Response:
    """An answer with a JSON body, indented as the service indents."""
    body = orjson.dumps(data, option=orjson.OPT_INDENT_2)
    return Response(body, status_code=status, media_type=JSON_TYPE)


class FileBody(Response):
    """A file's bytes, in pieces; with `short`, without the last third of its lines."""

    def __init__(self, path: Path, *, short: bool = False) -> None:
        self.path = path
        self.length = _two_thirds(path) if short else path.stat().st_size
        headers = {"Content-Length": str(self.length)}
        super().__init__(headers=headers, media_type="application/octet-stream")
        self.headers["Content-Length"] = str(self.length)

    def pieces(self) -> Iterator[bytes]:
        """The bytes."""
        left = self.length
        with self.path.open("rb") as file:
            while left > 0 and (piece := file.read(min(_PIECE_BYTES, left))):
                left -= len(piece)
                yield piece


def _two_thirds(path: Path) -> int:
    size = path.stat().st_size
    with path.open("rb") as file:
        file.seek(size * 2 // 3)
        rest = file.readline()
        end = file.tell()
    # One line, or a cut that falls into the last one: keep less, never all.
    return end if rest and end < size else 0


def _body_length(response: Response) -> int:
    return response.length if isinstance(response, FileBody) else len(response.body)


def _pieces(response: Response) -> Iterator[bytes]:
    if isinstance(response, FileBody):
        yield from response.pieces()
    elif response.body:
        yield bytes(response.body)


Abort = Callable[[Scope], None]


class Sent(Response):
    """Sends another response, spoilt if asked, after its record has been written.

    `portion` is the share of the body that goes out; with `honest` the length is announced as it
    would have been, else the body just ends. `over_seconds` spreads the body over time.
    """

    def __init__(
        self,
        response: Response,
        *,
        abort: Abort,
        portion: float = 1.0,
        honest: bool = True,
        over_seconds: float = 0.0,
    ) -> None:
        self.response = response
        self.abort = abort
        self.portion = portion
        self.honest = honest
        self.over_seconds = over_seconds

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:  # noqa: ARG002
        """Send it."""
        length = _body_length(self.response)
        left = int(length * self.portion)
        headers = list(self.response.raw_headers)
        if not self.honest:
            headers = [(name, value) for name, value in headers if name != b"content-length"]
        start = {"type": "http.response.start", "status": self.response.status_code}
        await send(start | {"headers": headers})
        pause = self.over_seconds / _SLOW_PIECES
        for piece in self._cut(left, length):
            if pause:
                await asyncio.sleep(pause)
            await send({"type": "http.response.body", "body": piece, "more_body": True})
        if left < length and self.honest:
            # Let what was sent reach the client before the connection goes.
            await asyncio.sleep(0.02)
            self.abort(scope)
            return
        await send({"type": "http.response.body", "body": b""})

    def _cut(self, left: int, length: int) -> Iterator[bytes]:
        step = max(length // _SLOW_PIECES, 1) if self.over_seconds else _PIECE_BYTES
        for piece in _pieces(self.response):
            for start in range(0, len(piece), step):
                part = piece[start : start + min(step, left)]
                left -= len(part)
                if part:
                    yield part


class Closed(Response):
    """No answer at all: after `seconds`, the connection is closed, or reset."""

    def __init__(self, *, abort: Abort, seconds: float = 0.0) -> None:
        self.abort = abort
        self.seconds = seconds

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:  # noqa: ARG002
        """Close it, and wait until the server knows."""
        if self.seconds:
            gone = asyncio.ensure_future(_gone(receive))
            await asyncio.wait({gone}, timeout=self.seconds)
            gone.cancel()
        self.abort(scope)
        await _gone(receive)


async def _gone(receive: Receive) -> None:
    while (await receive())["type"] != "http.disconnect":
        pass


def reset(transport: asyncio.Transport) -> None:
    """Close a connection at once with a TCP reset."""
    sock = transport.get_extra_info("socket")
    if sock is not None:
        linger = struct.pack("ii" if struct.calcsize("P") else "hh", 1, 0)
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, linger)
    transport.abort()


def outcome(response: Response) -> tuple[int, int]:
    """The status and the body's length that will go out; 0 and 0 where nothing will."""
    match response:
        case Closed():
            return 0, 0
        case Sent():
            length = _body_length(response.response)
            return response.response.status_code, int(length * response.portion)
        case _:
            return response.status_code, _body_length(response)
