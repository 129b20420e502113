"""The lock that makes one process the driver of a run; the kernel lets go of it when that process dies."""

from __future__ import annotations

import os
import socket
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from filelock import FileLock, Timeout

from processor.errors import DiskFailed, DrivenElsewhere


@contextmanager
def driving(path: Path, run: str) -> Iterator[None]:
    """Hold the lock at ``path`` for the block.

    Raises:
        DrivenElsewhere: another process holds it; the message says which.
        DiskFailed: the file cannot be made.
    """
    lock = FileLock(path, timeout=0, fallback_to_soft=False)
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        lock.acquire()
    except Timeout:
        raise DrivenElsewhere(
            f"Run {run} is driven by another process ({_holder(path)}). "
            f"Wait for it, or look with `truebatch status {run}`.",
            run=run,
        ) from None
    except OSError as error:
        raise DiskFailed(f"{path}: {error.strerror or error}.", run=run) from None
    try:
        with suppress(OSError):  # who holds it is only told; a full disk is told by what needs it
            path.write_text(f"process {os.getpid()} on {socket.gethostname()}\n", encoding="utf-8")
        yield
    finally:
        lock.release()


def _holder(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8").strip() or "unknown"
    except OSError:  # Windows lets nobody read a locked file
        return "unknown"
