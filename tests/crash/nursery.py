"""The nursery: a process that has imported everything once, and forks a real child for each order.

Importing google-genai takes most of a second; a fork takes some milliseconds, and is a process like
any other: SIGKILL ends it as it would end the program.
"""

from __future__ import annotations

import importlib
import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path
from types import TracebackType

from tests.crash.child import Order, obey, read_order

_WARM = (
    "processor.effects.gemini",
    "processor.cli.running",
    "processor.cli.looking",
    "processor.cli.reported",
    "processor.cli.showing",
    "processor.cli.session",
)
_ROOT = Path(__file__).parents[2]
_LONGEST_SECONDS = 60.0


def serve() -> None:
    """Carry out orders, a line each, until there are no more; answer each with how it ended."""
    for module in _WARM:
        importlib.import_module(module)
    answers = os.dup(1)
    for line in sys.stdin:
        order = read_order(line)
        child = os.fork()
        if child == 0:
            _be(order)
        ended = _watch(child, order.kill_after)
        os.write(answers, f"{ended}\n".encode())


def _be(order: Order) -> None:
    code = 70
    try:
        code = obey(order)
        sys.stdout.flush()
        sys.stderr.flush()
    finally:
        os._exit(code)


def _watch(child: int, kill_after: float | None) -> int:
    """The exit code, or the signal with a minus; never longer than ``_LONGEST_SECONDS``."""
    until = time.monotonic() + (_LONGEST_SECONDS if kill_after is None else kill_after)
    while True:
        pid, status = os.waitpid(child, os.WNOHANG)
        if pid:
            return os.waitstatus_to_exitcode(status)
        if time.monotonic() >= until:
            os.kill(child, signal.SIGKILL)
            _, status = os.waitpid(child, 0)
            return os.waitstatus_to_exitcode(status)
        time.sleep(0.001)


class Nursery:
    """A nursery to give orders to."""

    def __init__(self) -> None:
        # `--import-mode` and the like are pytest's; the child needs the folder of `tests` only.
        self._process = subprocess.Popen(
            [sys.executable, "-m", "tests.crash.nursery"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            cwd=_ROOT,
            env=_environment(),
            text=True,
            encoding="utf-8",
        )

    def obey(self, order: Order) -> int:
        """Have a child carry out the order; its exit code, -9 when it was killed."""
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._process.stdin.write(order.as_json() + "\n")
        self._process.stdin.flush()
        answer = self._process.stdout.readline()
        if not answer:
            raise RuntimeError(f"the nursery ended with {self._process.wait()}")
        return int(json.loads(answer))

    def __enter__(self) -> Nursery:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        for pipe in (self._process.stdin, self._process.stdout):
            if pipe is not None:
                pipe.close()
        self._process.wait(10)


def _environment() -> dict[str, str]:
    hidden = ("GEMINI_API_KEY", "GOOGLE_API_KEY", "GOOGLE_GEMINI_BASE_URL")
    return {name: value for name, value in os.environ.items() if name not in hidden} | {
        "PYTHONUTF8": "1"
    }


if __name__ == "__main__":
    serve()
