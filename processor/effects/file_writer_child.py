"""The child of a file writer: files in, until its input ends; out nothing, or the fault that ended it."""

from __future__ import annotations

import json
import os
import sys
from typing import BinaryIO

from processor.effects.file_writer import HEAD
from processor.effects.small_file import write_small


def main() -> None:
    """Write files until there are no more, one fails, or nobody waits for them."""
    parent = int(sys.argv[1])
    source = sys.stdin.buffer
    while (file := _next(source)) is not None and os.getppid() == parent:
        path, content = file
        try:
            write_small(path, content)
        except OSError as error:
            sys.stdout.write(json.dumps([error.errno, error.strerror, path]))
            break


def _next(source: BinaryIO) -> tuple[str, bytes] | None:
    """The next file; None at the end, and of a file of which the end is missing."""
    head = source.read(HEAD.size)
    if len(head) < HEAD.size:
        return None
    path_bytes, content_bytes = HEAD.unpack(head)
    path, content = source.read(path_bytes), source.read(content_bytes)
    return (os.fsdecode(path), content) if len(content) == content_bytes else None


if __name__ == "__main__":
    main()
