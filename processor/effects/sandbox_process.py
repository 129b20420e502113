"""The sandbox as a child process, which dies with us."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

from processor.errors import DiskFailed, WrongUsage

_STOP_SECONDS = 10


class SandboxProcess:
    """``python -m sandbox``, started and ready; its standard input is our lifeline to it."""

    def __init__(self, state: Path, *, faults: str) -> None:
        try:
            state.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise DiskFailed(f"{state}: {error.strerror or error}.") from None
        command = [sys.executable, "-m", "sandbox", "--parent-pipe"]
        complaints = state / "stderr.log"
        with complaints.open("wb") as stderr:
            self._process = subprocess.Popen(  # noqa: S603 - our own program
                [*command, "--state", str(state), "--faults", faults],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=stderr,
                # Ctrl-C in the terminal is ours to handle: the sandbox must answer while we stop.
                start_new_session=True,
            )
        assert self._process.stdout is not None
        line = self._process.stdout.readline()
        if not line:
            self.close()
            complaint = complaints.read_text(encoding="utf-8", errors="replace").strip()
            raise WrongUsage(complaint or "The sandbox did not start.")
        self.url: str = json.loads(line)["url"]

    def close(self) -> None:
        """Let it go, and wait for it."""
        for stream in (self._process.stdin, self._process.stdout):
            if stream is not None:
                stream.close()
        try:
            self._process.wait(_STOP_SECONDS)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()
