"""The program as users run it: a child process with arguments, an environment, and an exit code."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tests.bench import PROJECT

_MOST_SECONDS = (
    180  # a busy machine starts a child slowly; a child that hangs is ended all the same
)


@dataclass(frozen=True)
class Ended:
    """How a command ended."""

    code: int
    stdout: str
    stderr: str

    @property
    def json(self) -> Any:
        """stdout, which is one JSON object on one line and nothing else."""
        assert self.stdout.endswith("\n")
        assert self.stdout.count("\n") == 1, self.stdout
        value = json.loads(self.stdout)
        assert isinstance(value, dict)
        return value


def command(*arguments: str) -> list[str]:
    """The command line of ``truebatch`` with these arguments."""
    return [sys.executable, "-m", "processor", *arguments]


def environment(more: Mapping[str, str] | None = None) -> dict[str, str]:
    """A child's environment: this tree's code first."""
    return {**os.environ, "PYTHONPATH": str(PROJECT), "NO_COLOR": "1", **(more or {})}


def truebatch(
    *arguments: str, cwd: Path = PROJECT, env: Mapping[str, str] | None = None, stdin: str = ""
) -> Ended:
    """Run one command to its end."""
    done = subprocess.run(
        command(*arguments),
        cwd=cwd,
        env=environment(env),
        input=stdin.encode(),
        capture_output=True,
        timeout=_MOST_SECONDS,
        check=False,
    )
    return Ended(done.returncode, done.stdout.decode("utf-8"), done.stderr.decode("utf-8"))


def started(arguments: Sequence[str], *, cwd: Path = PROJECT) -> subprocess.Popen[bytes]:
    """A command that goes on while the test looks; stdout and stderr are pipes."""
    return subprocess.Popen(
        command(*arguments),
        cwd=cwd,
        env=environment(),
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    )


def lives(pid: int) -> bool:
    """Whether a process runs; one that only waits to be asked how it ended does not."""
    try:
        if not Path("/proc/self").exists():  # not Linux
            os.kill(pid, 0)
            return True
        state = Path(f"/proc/{pid}/stat").read_text(encoding="utf-8").rpartition(")")[2].split()[0]
    except OSError:
        return False
    return state != "Z"
