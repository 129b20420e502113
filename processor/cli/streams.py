"""The three streams: there, in UTF-8, and let go of once nobody reads them."""

from __future__ import annotations

import errno
import os
import sys
from typing import Any

_NO_ROOM = (errno.ENOSPC, errno.EDQUOT, errno.EIO, errno.EFBIG)


def prepare_streams() -> None:
    """Give every stream that the caller closed the null device, and let the others speak UTF-8.

    Without that, the first file that is opened, the journal say, takes the number of a closed
    stream, and what is printed goes into it.
    """
    for name, mode in (("stdin", "r"), ("stdout", "w"), ("stderr", "w")):
        if getattr(sys, name) is None:
            setattr(sys, name, os.fdopen(os.open(os.devnull, os.O_RDWR), mode, encoding="utf-8"))
    for stream in (sys.stdout, sys.stderr):
        reconfigure: Any = getattr(stream, "reconfigure", None)
        if reconfigure is not None:
            reconfigure(encoding="utf-8", errors="backslashreplace")


def drop_stdout() -> None:
    """Send what is still to be printed nowhere: the interpreter flushes it at its end, too."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


def is_no_room(error: OSError) -> bool:
    """Whether something could not be written because there is no room: no fault of ours."""
    return error.errno in _NO_ROOM
