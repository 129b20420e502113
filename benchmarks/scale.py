"""Measures whole runs, from files to outputs, over more and more items against the sandbox.

    python -m benchmarks.scale                      # growth: 10,000 to 1,000,000 of 1 KB; 200,000 of 9 KB
    python -m benchmarks.scale --cases 10000x1 30000x1

Each run is the program itself, `truebatch run`, in a child process; the sandbox is another, so that the
memory of each is told apart. The sandbox answers from a small schema of its own. Everything lies in a
temporary folder, of which 1,000,000 items take some 15 GB. Steps are timed by the run's own log. The table,
benchmarks/results/scale.json and docs/growth.svg hold what came of it; exit 1 when memory grows with the
items, or time faster than they do.
"""

from __future__ import annotations

import argparse
import json
import os
import sys
import tempfile
import time
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

import orjson

from benchmarks import child, material
from benchmarks.scale_plot import plot
from benchmarks.stages import machine
from processor.effects.files import LocalFiles
from sandbox.process import Sandbox

RESULTS = child.ROOT / "benchmarks" / "results" / "scale.json"
PLOT = child.ROOT / "docs" / "growth.svg"
GROWTH = ("10000x1", "30000x1", "100000x1", "300000x1", "1000000x1", "200000x9")
MOST_BYTES = 300_000_000
MOST_GROWTH = 1.2  # of memory, from 100,000 items to 1,000,000
MOST_BEND = 1.1  # of the time an item takes, likewise
SCHEMA = {
    "type": "object",
    "required": ["title", "crop", "year", "finding"],
    "properties": {
        "title": {"type": "string", "minLength": 1},
        "crop": {"enum": ["wheat", "maize", "barley", "other"]},
        "year": {"type": "integer", "minimum": 1900, "maximum": 2100},
        "finding": {"type": "string", "minLength": 1},
    },
}
_STEPS = (
    ("load + build", "build:"),
    ("upload + submit", "submit:"),
    ("the job, polled", "poll:"),
    ("fetch", "fetch:"),
    ("validate + save + report", "report:"),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Run:
    """One whole run.

    Attributes:
        steps: seconds from one step's last line in the log to the next one's.
        peak_bytes: of our process alone.
        sandbox_bytes: the sandbox's.
        disk_bytes: of the outputs folder.
    """

    count: int
    item_bytes: int
    seconds: float
    cpu_seconds: float
    peak_bytes: int
    sandbox_bytes: int
    disk_bytes: int
    jobs: int
    accepted: int
    steps: dict[str, float]

    @property
    def own_seconds(self) -> float:
        """What was not waiting for the service."""
        return self.seconds - self.steps.get("the job, polled", 0.0)


def write_task(folder: Path) -> Path:
    """A task that the sandbox answers in about as many bytes as an abstract has."""
    material.write_task(folder)
    (folder / "fields.toml").write_text('[require]\nall = ["title", "finding"]\n', "utf-8")
    (folder / "schema.json").write_bytes(orjson.dumps(SCHEMA))
    toml = (folder / "task.toml").read_text("utf-8")
    send = '[output]\nsend_schema = "response_schema"\n'
    accept = (
        'accept_models = ["sandbox/gemini-3.6-flash"]\n[input]'  # by --base-url it is any service
    )
    (folder / "task.toml").write_text(toml.replace("[input]", accept) + send, "utf-8")
    return folder


def measure(count: int, size: int, scratch: Path, more: Sequence[str] = ()) -> Run:
    """One run of so many items of so many bytes."""
    folder = scratch / f"{count}-{size}"
    folder.mkdir()
    task = write_task(folder / "paper")
    source = material.write_lines(folder / "items.jsonl", count, size)
    sandbox = Sandbox(["--faults", "none", "--job-seconds", "1"], folder / "state")
    sandbox.start()
    command = [
        sys.executable, "-m", "processor", "run", str(task), "--inputs", str(source),
        "--outputs", str(folder / "outputs"), "--base-url", sandbox.url, "--api-key", "none",
        "--poll-interval", "2", "--run", "scale", "--yes", "--json", "-q", *more,
    ]  # fmt: skip
    try:
        used = child.run(command, folder)
        sandbox_bytes = peak_of(sandbox.pid)
    finally:
        sandbox.stop()
    report = json.loads(used.printed)
    run = Run(
        count=count,
        item_bytes=size,
        seconds=used.seconds,
        cpu_seconds=used.cpu_seconds,
        peak_bytes=used.peak_bytes,
        sandbox_bytes=sandbox_bytes,
        disk_bytes=_disk_bytes(folder / "outputs"),
        jobs=len(report["jobs"]),
        accepted=report["counts"]["accepted"],
        steps=steps_of(folder / "outputs" / "runs" / "scale" / "run.log", used.seconds),
    )
    for large in (source, folder / "state", folder / "outputs" / "runs"):
        LocalFiles().remove(large)  # outputs go last of all: see benchmarks.stages
    return run


def peak_of(pid: int) -> int:
    """The largest resident size of a process that still runs; 0 where the system does not say."""
    status = Path(f"/proc/{pid}/status")
    if not status.is_file():
        return 0
    fields = dict(line.split(":", 1) for line in status.read_text("ascii").splitlines())
    return int(fields["VmHWM"].split()[0]) * 1024


def steps_of(log: Path, seconds: float) -> dict[str, float]:
    """Seconds of each step, by the last line of it in the run's log; what is before counts to the first."""
    last: dict[str, float] = {}
    for line in log.read_text("utf-8").splitlines():
        moment, _, rest = line.partition(" ")
        for name, mark in _STEPS:
            if f" {mark}" in f" {rest}":
                last[name] = datetime.fromisoformat(moment).timestamp()
    found = {}
    names = [name for name, _ in _STEPS if name in last]
    begun = last[names[-1]] - seconds if names else 0.0
    for name in names:
        found[name] = round(last[name] - begun, 2)
        begun = last[name]
    return found


def _disk_bytes(folder: Path) -> int:
    total = 0
    for place, _, names in os.walk(folder):
        total += sum(Path(place, name).stat().st_size for name in names)
    return total


def show(run: Run) -> None:
    """A row of the table."""
    steps = "  ".join(f"{name} {seconds:.0f}" for name, seconds in run.steps.items())
    print(
        f"{run.count:>9,} {run.item_bytes / 1000:>3g} {run.jobs:>4} {run.accepted:>9,}"
        f" {run.seconds:>8.1f} {run.own_seconds:>8.1f} {run.own_seconds / run.count * 1e6:>7.0f}"
        f" {run.cpu_seconds:>8.1f} {run.peak_bytes / 1e6:>7.1f} {run.sandbox_bytes / 1e6:>8.1f}"
        f" {run.disk_bytes / 1e9:>6.2f}   {steps}",
        flush=True,
    )


def faults(runs: Sequence[Run]) -> list[str]:
    """What breaks the promise that memory is flat and time is linear."""
    found = [
        f"{run.count:,} items of {run.item_bytes:,} bytes took {run.peak_bytes:,} bytes of memory"
        for run in runs
        if run.peak_bytes >= MOST_BYTES
    ]
    found += [
        f"{run.accepted:,} of {run.count:,} accepted" for run in runs if run.accepted != run.count
    ]
    by_count = {run.count: run for run in runs if run.item_bytes == 1_000}
    small, large = by_count.get(100_000), by_count.get(1_000_000)
    if small and large:
        memory = large.peak_bytes / small.peak_bytes
        bend = (large.own_seconds / large.count) / (small.own_seconds / small.count)
        print(
            f"\n1,000,000 against 100,000 items: memory × {memory:.2f} (at most {MOST_GROWTH}), "
            f"time of an item × {bend:.2f} (at most {MOST_BEND})"
        )
        if memory >= MOST_GROWTH:
            found.append(f"memory grew by × {memory:.2f}")
        if bend >= MOST_BEND:
            found.append(f"an item took × {bend:.2f} the time")
    return found


def main() -> None:
    """Measure, print, write, plot; exit 1 when it grows."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("--cases", nargs="+", default=GROWTH, help="COUNTxKILOBYTES")
    parser.add_argument("--scratch", help="a folder on a disk with room")
    parser.add_argument(
        "--keep", action="store_true", help="keep the results and the plot there are"
    )
    given = parser.parse_args()
    print(
        "    items  KB jobs  accepted  seconds      own  µs each    CPU s peak MB  sandbox"
        "   disk GB  of which, by the log"
    )
    runs = []
    with tempfile.TemporaryDirectory(prefix="scale-", dir=given.scratch) as scratch:
        for case in given.cases:
            count, _, kilobytes = case.partition("x")
            runs.append(measure(int(count), int(float(kilobytes) * 1_000), Path(scratch)))
            show(runs[-1])
        broken = faults(runs)
        if not given.keep:
            _keep(runs)
    if broken:
        sys.exit("; ".join(broken))


def _keep(runs: Sequence[Run]) -> None:
    told: dict[str, Any] = {**machine(), "load": os.getloadavg()[0], "at": time.strftime("%H:%M")}
    told["runs"] = [{**asdict(run), "own_seconds": run.own_seconds} for run in runs]
    RESULTS.write_text(json.dumps(told, indent=2) + "\n", encoding="utf-8")
    PLOT.write_text(plot(runs), encoding="utf-8")


if __name__ == "__main__":
    main()
