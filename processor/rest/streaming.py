"""Streaming: files from the disk to a client, a block in memory at a time."""

from __future__ import annotations

from collections.abc import AsyncGenerator, Collection
from contextlib import aclosing
from pathlib import Path
from typing import BinaryIO

from fastapi.responses import StreamingResponse
from starlette.types import Send

from processor.core.envelope_line import outcome_in
from processor.errors import DiskFailed
from processor.rest.desk import Desk

_BLOCK_BYTES = 256 * 1024


class Stream(StreamingResponse):
    """An answer that lets go of its source at once, however it ends: a client that leaves closes it."""

    async def stream_response(self, send: Send) -> None:
        """Send all of it."""
        source = self.body_iterator
        assert isinstance(source, AsyncGenerator)
        async with aclosing(source):
            await super().stream_response(send)


async def blocks(
    desk: Desk, path: Path, outcomes: Collection[str] | None = None
) -> AsyncGenerator[bytes, None]:
    """Whole lines of a file of envelopes, some at a time.

    Args:
        outcomes: only envelopes with one of these; None for all.
    """
    file = await desk.office.ask(lambda _: _open(path))
    try:
        while block := await desk.office.ask(lambda _: _read(file)):
            wanted = block if outcomes is None else _only(block, outcomes)
            if wanted:
                yield wanted
    finally:
        file.close()


def _open(path: Path) -> BinaryIO:
    try:
        return path.open("rb")
    except OSError as error:
        raise DiskFailed(f"{path.name}: {error.strerror or error}.") from None


def _read(file: BinaryIO) -> bytes:
    block = file.read(_BLOCK_BYTES)
    return block if not block or block.endswith(b"\n") else block + file.readline()


def _only(block: bytes, outcomes: Collection[str]) -> bytes:
    return b"".join(
        line + b"\n" for line in block.split(b"\n")[:-1] if outcome_in(line) in outcomes
    )
