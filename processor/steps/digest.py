"""A digest of a file that is being written, computed beside the writing."""

from __future__ import annotations

from hashlib import sha256
from queue import Queue
from threading import Thread
from types import TracebackType

_MOST_WAITING = 4  # blocks: memory stays bounded where writing is faster


class Digest:
    """SHA-256 of blocks in the order in which they are given.

    Hashing a megabyte takes more time than encoding it took, and needs none of the interpreter: a
    thread does it on another processor. Small blocks would cost more in handing over than they save.
    """

    def __init__(self) -> None:
        self._sum = sha256()
        self._blocks: Queue[bytes | None] = Queue(_MOST_WAITING)
        self._thread: Thread | None = None

    def __enter__(self) -> Digest:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self._finish()

    def update(self, block: bytes) -> None:
        """Append a block."""
        if self._thread is None:
            self._thread = Thread(target=self._hash, name="digest", daemon=True)
            self._thread.start()
        self._blocks.put(block)

    def hexdigest(self) -> str:
        """The digest of all blocks so far, in hex."""
        self._finish()
        return self._sum.hexdigest()

    def _finish(self) -> None:
        if self._thread is not None:
            self._blocks.put(None)
            self._thread.join()
            self._thread = None

    def _hash(self) -> None:
        while (block := self._blocks.get()) is not None:
            self._sum.update(block)
