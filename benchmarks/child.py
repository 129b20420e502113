"""A measurement in a child process of its own, with memory and processor time as the system counts them."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent.parent
# The system counts what a parent holds at the fork to its child: a small one stands between.
_LAUNCHER = """
import json, resource, subprocess, sys
code = subprocess.call(sys.argv[2:])
used = resource.getrusage(resource.RUSAGE_CHILDREN)
with open(sys.argv[1], "w") as file:
    json.dump([used.ru_maxrss, used.ru_utime + used.ru_stime], file)
sys.exit(code)
"""
_RSS_UNIT = 1 if sys.platform == "darwin" else 1024


@dataclass(frozen=True, slots=True, kw_only=True)
class Used:
    """What a child process used.

    Attributes:
        seconds: from its start to its end.
        cpu_seconds: of all its threads and children, user and system.
        peak_bytes: the largest resident size of one of its processes.
        printed: its standard output.
    """

    seconds: float
    cpu_seconds: float
    peak_bytes: int
    printed: bytes

    def as_json(self) -> dict[str, Any]:
        """All but what it printed."""
        return {name: value for name, value in asdict(self).items() if name != "printed"}


class Failed(Exception):
    """The child ended with another code than those allowed; the end of what it said."""


def run(command: Sequence[str], scratch: Path, *, codes: Sequence[int] = (0,)) -> Used:
    """Run ``command`` and measure it.

    Raises:
        Failed: it did not end as it should.
    """
    told = scratch / "used.json"
    begun = time.perf_counter()
    done = subprocess.run(
        [sys.executable, "-S", "-c", _LAUNCHER, str(told), *command],
        cwd=ROOT,
        capture_output=True,
        check=False,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
    )
    seconds = time.perf_counter() - begun
    if done.returncode not in codes:
        said = done.stderr.decode(errors="replace")[-2_000:]
        raise Failed(f"{' '.join(command)} ended with {done.returncode}: {said}")
    peak, cpu = json.loads(told.read_text(encoding="utf-8"))
    return Used(seconds=seconds, cpu_seconds=cpu, peak_bytes=peak * _RSS_UNIT, printed=done.stdout)
