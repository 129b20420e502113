"""Sandboxes forked from a process that has imported everything: the tests start some hundreds.

A forked sandbox is a process like any other; it is spared a third of a second of imports.
"""

from __future__ import annotations

import contextlib
import json
import os
import select
import signal
import socket
import subprocess
import sys
from collections.abc import Sequence
from functools import cache, partial
from pathlib import Path
from typing import IO

from sandbox import process
from sandbox.__main__ import main

_ROOT = Path(__file__).parents[1]
_ORDER_BYTES = 65536


class Forked:
    """A forked sandbox, with what a sandbox needs of ``subprocess.Popen`` (``process.Child``)."""

    def __init__(self, zygote: socket.socket, arguments: Sequence[str]) -> None:
        their_input, our_input = os.pipe()
        our_output, their_output = os.pipe()
        our_news, their_news = os.pipe()
        theirs = [their_input, their_output, 2, their_news]
        socket.send_fds(zygote, [json.dumps(list(arguments)).encode()], theirs)
        for number in (their_input, their_output, their_news):
            os.close(number)
        self.stdin: IO[bytes] | None = os.fdopen(our_input, "wb")
        self.stdout: IO[bytes] | None = os.fdopen(our_output, "rb")
        self._news = os.fdopen(our_news, "rb", buffering=0)
        self._pid = int(self._news.read(8))
        self._code: int | None = None

    def poll(self) -> int | None:
        if self._code is None and select.select([self._news], [], [], 0)[0]:
            self._read_code()
        return self._code

    def wait(self, timeout: float | None = None) -> int:
        if self._code is None and not select.select([self._news], [], [], timeout)[0]:
            raise subprocess.TimeoutExpired("sandbox", timeout or 0)
        return self._read_code()

    def kill(self) -> None:
        with contextlib.suppress(ProcessLookupError):
            os.kill(self._pid, signal.SIGKILL)

    def _read_code(self) -> int:
        if self._code is None:
            self._code = int(self._news.read(8))
            self._news.close()
        return self._code


@cache
def _zygote() -> socket.socket:
    """The socket of this process's zygote, which ends with it."""
    ours, theirs = socket.socketpair()
    with theirs:
        subprocess.Popen(
            [sys.executable, "-m", "tests.forked", str(theirs.fileno())],
            stdin=subprocess.DEVNULL,
            pass_fds=[theirs.fileno()],
            cwd=_ROOT,
            env=os.environ | {"PYTHONUTF8": "1"},
        ).returncode = 0  # it is not waited for, and no warning says so
    return ours


def _fork(arguments: Sequence[str]) -> Forked:
    return Forked(_zygote(), arguments)


running = partial(process.running, launch=_fork if hasattr(os, "fork") else process.launch_program)
"""``sandbox.process.running``, forked where the system can."""


def _serve(number: int) -> None:
    orders = socket.socket(fileno=number)
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)  # keepers need no wait
    while True:
        order, numbers, _, _ = socket.recv_fds(orders, _ORDER_BYTES, 4)
        if not order:
            return
        if os.fork() == 0:
            orders.close()
            _keep(json.loads(order), numbers)
        for each in numbers:
            os.close(each)


def _keep(arguments: list[str], numbers: Sequence[int]) -> None:
    """Fork the sandbox, tell its number at once, and its exit code in the end."""
    news = numbers[3]
    signal.signal(signal.SIGCHLD, signal.SIG_DFL)
    pid = os.fork()
    if pid == 0:
        os.close(news)
        _be(arguments, numbers[:3])
    for each in numbers[:3]:
        os.close(each)
    os.write(news, f"{pid:8d}".encode())
    _, status = os.waitpid(pid, 0)
    with contextlib.suppress(BrokenPipeError):
        os.write(news, f"{os.waitstatus_to_exitcode(status):8d}".encode())
    os._exit(0)


def _be(arguments: list[str], numbers: Sequence[int]) -> None:
    signal.signal(signal.SIGINT, signal.default_int_handler)
    for place, number in enumerate(numbers):
        os.dup2(number, place)
        os.close(number)
    code = 70
    try:
        code = main(arguments)
        sys.stdout.flush()
    finally:
        os._exit(code)


if __name__ == "__main__":
    _serve(int(sys.argv[1]))
