"""Runs a sandbox in a process of its own, for tests and other programs."""

import contextlib
import os
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import orjson

from sandbox.log import read_log

_END_SECONDS = 10


class SandboxError(RuntimeError):
    """The child did not start; the message is what it said."""


class Sandbox:
    """A running sandbox: `url`, `state` (its folder), `pid`."""

    def __init__(self, arguments: Sequence[str], state: Path) -> None:
        self._arguments = list(arguments)
        self._port = 0
        self.state = state
        self.url = ""
        self.pid = 0
        self._child: subprocess.Popen[bytes] | None = None

    def start(self, *more: str) -> None:
        """Start the child and wait until it is ready; `more` arguments come after the others.

        Raises
        ------
        SandboxError: it ended at once.
        """
        command = [sys.executable, "-m", "sandbox", *self._arguments, *more]
        command += ["--state", str(self.state), "--port", str(self._port), "--parent-pipe"]
        self._child = subprocess.Popen(  # noqa: S603
            command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, env=_environment()
        )
        assert self._child.stdout is not None
        line = self._child.stdout.readline()
        if not line:
            code = self._child.wait()
            raise SandboxError(f"the sandbox did not start (exit {code}): {' '.join(command)}")
        ready = orjson.loads(line)
        self.url, self.pid = ready["url"], ready["pid"]
        self._port = urlsplit(self.url).port or 0

    def log(self) -> list[dict[str, Any]]:
        """The request log so far, in order: see `sandbox.log.read_log`."""
        return read_log(self.state)

    def kill(self) -> None:
        """End it as SIGKILL does, at this instant."""
        self._end(lambda child: child.kill())

    def stop(self) -> int:
        """End it cleanly, by the end of its input; its exit code."""
        return self._end(_close_input)

    def wait(self) -> int:
        """Wait for an end that somebody else asked for; its exit code."""
        return self._end(lambda _: None)

    def restart(self, *more: str) -> None:
        """Kill it if it runs, and start it again: same state, same address, `more` arguments."""
        self.kill()
        self.start(*more)

    def _end(self, how: Callable[[subprocess.Popen[bytes]], None]) -> int:
        child = self._child
        if child is None:
            return 0
        if child.poll() is None:
            how(child)
        try:
            code = child.wait(_END_SECONDS)
        except subprocess.TimeoutExpired:
            child.kill()
            code = child.wait()
        for pipe in (child.stdin, child.stdout):
            if pipe is not None:
                with contextlib.suppress(OSError):
                    pipe.close()
        self._child = None
        return code


def _close_input(child: subprocess.Popen[bytes]) -> None:
    if child.stdin is not None:
        child.stdin.close()


def _environment() -> dict[str, str]:
    # Proxies and the like are the caller's matter; the child only listens.
    return os.environ | {"PYTHONIOENCODING": "utf-8", "PYTHONUTF8": "1"}


@contextmanager
def running(
    *,
    faults: str = "none",
    seed: int = 0,
    job_seconds: float = 0.2,
    accept_keys: Sequence[str] = (),
    enqueued_tokens: int | None = None,
    file_seconds: float | None = None,
    state: Path | None = None,
) -> Iterator[Sandbox]:
    """A sandbox for the length of a `with` block; without `state`, in a temporary folder.

        with running(faults="429@batches.create*2") as sandbox:
            client = genai.Client(api_key="any", http_options={"base_url": sandbox.url})

    Raises
    ------
    SandboxError: it did not start, for example for a fault that is not known.
    """
    arguments = ["--faults", faults, "--seed", str(seed), "--job-seconds", str(job_seconds)]
    for key in accept_keys:
        arguments += ["--accept-key", key]
    if enqueued_tokens is not None:
        arguments += ["--enqueued-tokens", str(enqueued_tokens)]
    if file_seconds is not None:
        arguments += ["--file-seconds", str(file_seconds)]
    with contextlib.ExitStack() as stack:
        if state is None:
            folder = tempfile.TemporaryDirectory(prefix="sandbox-", ignore_cleanup_errors=True)
            state = Path(stack.enter_context(folder))
        sandbox = Sandbox(arguments, state)
        stack.callback(sandbox.stop)
        sandbox.start()
        yield sandbox
