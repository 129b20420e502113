"""The file writer: a child process that makes small files while this one goes on with other work.

Making a file takes the system about as long as judging an answer takes us (each some 100 µs on a virtual
disk, measured 2026-11-22), so two processors do both in little more than the time of one. Threads would
not: every call that lets go of the interpreter waits to have it back.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from contextlib import suppress
from struct import Struct
from types import TracebackType

_CHILD = "processor.effects.file_writer_child"
_PIPE_BYTES = 1024 * 1024
HEAD = Struct("<II")
"""Before every file: how many bytes its path has, and its content. Both follow."""


def has_processor_to_spare() -> bool:
    """Whether a child would run beside this process. On Windows an orphan would not know that it is one."""
    if sys.platform == "win32":
        return False
    affinity = getattr(os, "sched_getaffinity", None)  # not on macOS
    return (len(affinity(0)) if affinity is not None else os.cpu_count() or 1) > 1


class FileWriter:
    """Writes files in the order in which they are given; all of them are there when the block ends well.

    The child holds nothing that is not on its way to the disk: it ends as soon as this process is gone,
    however it went, before it makes another file.

    Raises:
        OSError: the child cannot be started; or a file could not be made, which ``filename`` names. That
            is not always told at once, but at the latest when the block ends.
    """

    def __init__(self) -> None:
        self._process = subprocess.Popen(  # noqa: S603 - our own program
            [sys.executable, "-m", _CHILD, str(os.getpid())],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            bufsize=_PIPE_BYTES,
            start_new_session=True,  # Ctrl-C is ours to hear
        )
        assert self._process.stdin is not None
        self._pipe = self._process.stdin
        if sys.platform == "linux":
            import fcntl

            with suppress(OSError):  # the system may allow less
                fcntl.fcntl(self._pipe, fcntl.F_SETPIPE_SZ, _PIPE_BYTES)

    def __enter__(self) -> FileWriter:
        return self

    def write(self, path: str, content: bytes) -> None:
        """Hand a file over."""
        name = os.fsencode(path)
        try:
            self._pipe.write(b"".join((HEAD.pack(len(name), len(content)), name, content)))
        except BrokenPipeError:
            raise self._fault() from None

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        try:
            if error is None:
                self._finish()
        finally:
            self._end()

    def _finish(self) -> None:
        try:
            self._pipe.close()
        except BrokenPipeError:
            raise self._fault() from None
        assert self._process.stdout is not None
        said = self._process.stdout.read()
        if said or self._process.wait():
            raise self._fault(said)

    def _fault(self, said: bytes | None = None) -> OSError:
        assert self._process.stdout is not None
        told = self._process.stdout.read() if said is None else said
        if not told:
            code = self._process.wait()
            return OSError(0, f"the process that writes the files ended with code {code}")
        number, words, path = json.loads(told)
        return OSError(number, words, path)

    def _end(self) -> None:
        self._process.kill()
        self._process.wait()
        for pipe in (self._process.stdin, self._process.stdout):
            if pipe is not None:
                with suppress(OSError):  # what it did not take any more
                    pipe.close()
