"""A small file, written in as few calls as the system allows: there are millions of them."""

from __future__ import annotations

import errno
import os
from pathlib import Path

_NEW_FILE = os.O_WRONLY | os.O_CREAT | os.O_TRUNC | getattr(os, "O_BINARY", 0)


def write_small(path: Path | str, content: bytes) -> None:
    """Write a file, whatever was there; its folder is there already.

    Raises:
        OSError: it cannot be made, or there is no room for all of it.
    """
    # What `open` asks of a file besides takes as long as writing it.
    descriptor = os.open(path, _NEW_FILE, 0o666)
    try:
        if os.write(descriptor, content) != len(content):
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
    finally:
        os.close(descriptor)
