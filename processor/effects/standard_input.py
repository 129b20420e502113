"""The standard input, which can be read once."""

from __future__ import annotations

import shutil
import sys
from typing import BinaryIO

from processor.errors import WrongUsage

_BLOCK_BYTES = 1024 * 1024


def copy_standard_input(target: BinaryIO) -> None:
    """Read the standard input to its end, into ``target``.

    Raises:
        WrongUsage: there is none, or it is a terminal, at which nobody types items.
    """
    if sys.stdin is None or sys.stdin.isatty():
        raise WrongUsage(
            "--inputs - reads items from the standard input, and nothing is piped into it: "
            "`zcat items.jsonl.gz | truebatch run --inputs -`."
        )
    shutil.copyfileobj(sys.stdin.buffer, target, _BLOCK_BYTES)
