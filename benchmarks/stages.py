"""Measures the local stages, load + build and fetch + validate + save, beside the floor of each.

    python -m benchmarks.stages                      # 1,000 and 100,000 items; 10,000 of 90 KB
    python -m benchmarks.stages --million            # and 1,000,000 of 1 KB
    python -m benchmarks.stages --counts 20000 --sizes 9 --rounds 3

Every measurement is a child process of its own, which runs the floor and then the stage: the same bytes,
the same disk, the same minute. The stages are those of a real run, the journal, the estimates, the digests
and the report included; fetching is a result file that lies there already. Of several rounds the best of
each is taken, for the machine may be busy with other things. The table and benchmarks/results/stages.json
hold what came of it.
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import resource
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import asdict, dataclass, field
from datetime import UTC, datetime
from itertools import product
from pathlib import Path
from typing import Any

from benchmarks import child, floor, material
from processor import Processor
from processor.api.options import recorded
from processor.api.starting import start, task_named
from processor.api.workplace import Workplace
from processor.core.ids import JobName, RunId
from processor.core.layout import Layout
from processor.core.lessons import Lessons
from processor.core.state import State
from processor.effects.clock import SystemClock
from processor.effects.log import Silence
from processor.effects.service import Service
from processor.pipeline.judging import Judging
from processor.steps.fetch import answers_name

RESULTS = child.ROOT / "benchmarks" / "results" / "stages.json"
RUN = RunId("bench")
KILOBYTE = 1_000
_MANY_FILES = 500
_MOST_BYTES = 1_000_000_000  # of items by default: what is larger is asked for


@dataclass(frozen=True, slots=True, kw_only=True)
class Timed:
    """Seconds by the clock and of the processor, threads and children included."""

    seconds: float
    cpu_seconds: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Measured:
    """One stage over so many items.

    Attributes:
        stage: ``build`` or ``collect``.
        form: ``folder`` (a file for each item) or ``lines`` (JSONL).
        judging: collect without its files: answers read, accounted for and judged.
        peak_bytes: the child's largest resident size, floor and stage together.
    """

    stage: str
    form: str
    count: int
    item_bytes: int
    read_bytes: int
    floor: Timed
    ours: Timed
    judging: Timed | None = None
    peak_bytes: int

    def as_json(self) -> dict[str, Any]:
        """With what follows from the figures."""
        return {
            **asdict(self),
            "items_per_second": round(self.count / self.ours.seconds),
            "megabytes_per_second": round(self.read_bytes / self.ours.seconds / 1e6, 1),
            "ratio": round(self.floor.seconds / self.ours.seconds, 3),
            "cpu_ratio": round(self.floor.cpu_seconds / self.ours.cpu_seconds, 3),
        }


# -- in the child ------------------------------------------------------------------------------


def timed(call: Callable[[], object]) -> Timed:
    """How long a call takes."""
    cpu, begun = _cpu(), time.perf_counter()
    call()
    return Timed(seconds=time.perf_counter() - begun, cpu_seconds=_cpu() - cpu)


def _cpu() -> float:
    used = [resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)]
    return sum(one.ru_utime + one.ru_stime for one in used)


def workplace(outputs: Path) -> Workplace:
    """A workplace that never talks to anybody."""
    layout = Layout(outputs)
    service = Service(
        layout=layout, observer=Silence(), api_key="none", api_key_file=None, env_file=None,
        base_url="http://127.0.0.1:9", sandbox=False, faults=None, timeout_seconds=1.0,
    )  # fmt: skip
    return Workplace(layout=layout, service=service, clock=SystemClock(), observer=Silence())


def build_in_child(folder: Path, task_folder: Path, source: Path) -> dict[str, Timed]:
    """The floor of build, then build."""
    target = folder / "floor.json"
    lowest = timed(lambda: floor.build(source, target))
    target.unlink()
    place = workplace(folder / "outputs")
    options = recorded(str(task_folder), {"inputs": [str(source)]}, inputs_given=True, pace={})
    task = task_named(place, str(task_folder), None)
    ours = timed(lambda: start(place, RUN, task, options))
    place.close()
    return {"floor": lowest, "ours": ours}


def collect_in_child(folder: Path) -> dict[str, Timed]:
    """The floor of collect, then collect: the run is built, and its answers lie there."""
    lowest = timed(
        lambda: floor.collect(
            folder / "answers.jsonl", folder / "floor.jsonl", folder / "floor-outputs"
        )
    )
    (folder / "floor.jsonl").unlink()
    place = workplace(folder / "outputs")
    fetched(place, folder / "answers.jsonl")
    processor = Processor.at(place)
    report: dict[str, Any] = {}
    ours = timed(lambda: report.update(processor.collect(RUN)))
    judging = timed(lambda: judged_only(place))
    processor.close()
    accepted, item_count = report["counts"]["accepted"], sum(report["counts"].values())
    assert accepted == item_count, f"{accepted} of {item_count} accepted"
    return {"floor": lowest, "ours": ours, "judging": judging}


def judged_only(place: Workplace) -> None:
    """Read, account and judge every answer, and save nothing."""
    row, task = place.row(RUN), place.copied_task(place.row(RUN))
    judging = Judging(
        journal=place.journal, observer=Silence(), layout=place.layout, run=row, task=lambda: task
    )
    jobs = place.journal.jobs(RUN)
    assert sum(1 for _ in judging.answers(jobs, Lessons(task.profile))) == row.item_count


def fetched(place: Workplace, answers: Path) -> None:
    """Take the run's one job to FETCHED, as if ``answers`` had been downloaded."""
    (job,) = place.journal.jobs(RUN)
    now = datetime.now(UTC).isoformat()
    job = place.journal.move_job(job, State.UPLOADED, upload_name="files/u", uploaded_at=now)
    job = place.journal.move_job(job, State.SUBMITTING)
    job = place.journal.move_job(job, State.SUBMITTED, name=JobName("batches/b"), submitted_at=now)
    job = place.journal.move_job(job, State.ENDED, ended_at=now, service_state="SUCCEEDED")
    (place.layout.run(RUN) / answers_name(job)).hardlink_to(answers)
    place.journal.move_job(
        job, State.FETCHED, answers_file=answers_name(job), answered=job.request_count
    )


# -- in the parent -----------------------------------------------------------------------------


def measure(stage: str, form: str, count: int, size: int, rounds: int, scratch: Path) -> Measured:
    """One stage, the best of the rounds."""
    folder = scratch / f"{stage}-{form}-{count}-{size}"
    folder.mkdir()
    material.write_task(folder / "task")
    if form == "folder":
        source = material.write_folder(folder / "items", count, size)
    else:
        source = material.write_lines(folder / "items.jsonl", count, size)
    read = sum(path.stat().st_size for path in ([source] if source.is_file() else source.iterdir()))
    if stage == "collect":
        material.write_answers(folder / "answers.jsonl", count, size)
        read = (folder / "answers.jsonl").stat().st_size
    found = [_one_round(stage, folder, source, number) for number in range(rounds)]
    _remove_large(folder)
    return Measured(
        stage=stage,
        form=form,
        count=count,
        item_bytes=size,
        read_bytes=read,
        floor=_best([one[0]["floor"] for one in found]),
        ours=_best([one[0]["ours"] for one in found]),
        judging=_best([one[0]["judging"] for one in found]) if stage == "collect" else None,
        peak_bytes=max(peak for _, peak in found),
    )


def _one_round(stage: str, folder: Path, source: Path, number: int) -> tuple[dict[str, Timed], int]:
    own = folder / f"round-{number}"
    own.mkdir()
    if stage == "collect":
        (own / "answers.jsonl").hardlink_to(folder / "answers.jsonl")
    steps = ("build", "collect") if stage == "collect" else ("build",)
    for step in steps:
        command = [sys.executable, "-m", "benchmarks.stages", "--child", step, "--folder", str(own),
                   "--task", str(folder / "task"), "--source", str(source)]  # fmt: skip
        used = child.run(command, own)
    _remove_large(own)
    times = json.loads(used.printed)
    return {name: Timed(**one) for name, one in times.items()}, used.peak_bytes


def _remove_large(folder: Path) -> None:
    """Give room back, and leave the many small files until all is measured.

    For minutes after files are deleted, ext4 makes new ones several times more slowly: it looks at the
    freed inodes, and takes none of them yet (Linux 6.18, seen 2026-11-22).
    """
    for place, _, names in os.walk(folder):
        if len(names) < _MANY_FILES:
            for name in names:
                Path(place, name).unlink()


def _best(times: Sequence[Timed]) -> Timed:
    return Timed(
        seconds=min(one.seconds for one in times),
        cpu_seconds=min(one.cpu_seconds for one in times),
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class Table:
    """The figures as they come."""

    rows: list[Measured] = field(default_factory=list)

    def head(self) -> None:
        print(
            "stage    form       items   KB   items/s    MB/s   seconds   CPU s  of floor"
            "  of floor's CPU  peak MB"
        )

    def add(self, one: Measured) -> None:
        """Print a row, and keep it."""
        self.rows.append(one)
        told = one.as_json()
        print(
            f"{one.stage:<8} {one.form:<6} {one.count:>9,} {one.item_bytes / KILOBYTE:>4g}"
            f" {told['items_per_second']:>9,} {told['megabytes_per_second']:>7,.0f}"
            f" {one.ours.seconds:>9.2f} {one.ours.cpu_seconds:>7.2f} {told['ratio']:>9.2f}"
            f" {told['cpu_ratio']:>15.2f} {one.peak_bytes / 1e6:>8.0f}",
            flush=True,
        )


def machine() -> dict[str, Any]:
    """Where and when it was measured."""
    return {
        "date": datetime.now(UTC).date().isoformat(),
        "python": platform.python_version(),
        "system": f"{platform.system()} {platform.machine()}",
        "processors": os.cpu_count(),
    }


def _cases(given: argparse.Namespace) -> Iterator[tuple[str, str, int, int]]:
    for count, kilobytes in product(given.counts, given.sizes):
        size = int(kilobytes * KILOBYTE)
        fitting = (
            count if given.large else min(count, max(1_000, _MOST_BYTES // size // 1_000 * 1_000))
        )
        for stage in given.stages:
            for form in given.forms if stage == "build" else ["lines"]:
                yield stage, form, fitting, size
    if given.million:
        for stage in given.stages:
            yield stage, "lines", 1_000_000, KILOBYTE


def main() -> None:
    """Measure, print, write."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("--counts", type=int, nargs="+", default=[1_000, 100_000])
    parser.add_argument("--sizes", type=float, nargs="+", default=[1, 9, 90], help="KB an item")
    parser.add_argument("--stages", nargs="+", default=["build", "collect"])
    parser.add_argument("--forms", nargs="+", default=["lines", "folder"])
    parser.add_argument("--rounds", type=int, default=2)
    parser.add_argument("--million", action="store_true", help="1,000,000 items of 1 KB, too")
    parser.add_argument("--large", action="store_true", help="also more than 1 GB of items")
    parser.add_argument("--scratch", help="a folder on the disk to be measured")
    parser.add_argument("--results", type=Path, default=RESULTS)
    parser.add_argument("--child", choices=["build", "collect"], help=argparse.SUPPRESS)
    parser.add_argument("--folder", type=Path, help=argparse.SUPPRESS)
    parser.add_argument("--task", type=Path, help=argparse.SUPPRESS)
    parser.add_argument("--source", type=Path, help=argparse.SUPPRESS)
    given = parser.parse_args()
    if given.child:
        found = (
            build_in_child(given.folder, given.task, given.source)
            if given.child == "build"
            else collect_in_child(given.folder)
        )
        print(json.dumps({name: asdict(one) for name, one in found.items()}))
        return
    table = Table()
    table.head()
    with tempfile.TemporaryDirectory(prefix="stages-", dir=given.scratch) as scratch:
        for case in dict.fromkeys(_cases(given)):
            table.add(measure(*case, given.rounds, Path(scratch)))
        told = {**machine(), "measured": [one.as_json() for one in table.rows]}
        given.results.parent.mkdir(exist_ok=True)
        given.results.write_text(json.dumps(told, indent=2) + "\n", encoding="utf-8")
        # Millions of small files go now, which takes minutes.


if __name__ == "__main__":
    main()
