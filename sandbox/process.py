"""Runs a sandbox in a process of its own, for tests and other programs."""

import contextlib
import os
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import IO, Any, Protocol
from urllib.parse import urlsplit

import orjson

from sandbox.log import read_log

_END_SECONDS = 10


class SandboxError(RuntimeError):
    """The child did not start; the message is what it said."""


class Child(Protocol):
    """A started sandbox, as `subprocess.Popen` has it."""

    @property
    def stdin(self) -> IO[bytes] | None:
        """The pipe at whose end the child ends."""

    @property
    def stdout(self) -> IO[bytes] | None:
        """The pipe in which it says that it is ready."""

    def poll(self) -> int | None:
        """Its exit code, None while it runs."""

    def wait(self, timeout: float | None = None) -> int:
        """Its exit code, once it has ended; subprocess.TimeoutExpired when it has not."""

    def kill(self) -> None:
        """End it at once."""


def launch_program(arguments: Sequence[str]) -> Child:
    """Start the sandbox as a program of its own, both pipes attached."""
    command = [sys.executable, "-m", "sandbox", *arguments]
    return subprocess.Popen(  # noqa: S603
        command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, env=_environment()
    )


class Sandbox:
    """A running sandbox: `url`, `state` (its folder), `pid`."""

    def __init__(
        self,
        arguments: Sequence[str],
        state: Path,
        launch: Callable[[Sequence[str]], Child] = launch_program,
    ) -> None:
        self._arguments = list(arguments)
        self._launch = launch
        self._port = 0
        self.state = state
        self.url = ""
        self.pid = 0
        self._child: Child | None = None

    def start(self, *more: str) -> None:
        """Start the child and wait until it is ready; `more` arguments come after the others.

        Raises
        ------
        SandboxError: it ended at once.
        """
        arguments = [*self._arguments, *more]
        arguments += ["--state", str(self.state), "--port", str(self._port), "--parent-pipe"]
        self._child = self._launch(arguments)
        assert self._child.stdout is not None
        line = self._child.stdout.readline()
        if not line:
            code = self._child.wait()
            raise SandboxError(f"the sandbox did not start (exit {code}): {' '.join(arguments)}")
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

    def _end(self, how: Callable[[Child], None]) -> int:
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


def _close_input(child: Child) -> None:
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
    launch: Callable[[Sequence[str]], Child] = launch_program,
) -> Iterator[Sandbox]:
    """A sandbox for the length of a `with` block; without `state`, in a temporary folder.

    `launch` starts the process: who starts hundreds may have a quicker way than a new interpreter.

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
        sandbox = Sandbox(arguments, state, launch)
        stack.callback(sandbox.stop)
        sandbox.start()
        yield sandbox
