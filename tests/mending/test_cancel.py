"""cancel and list --remote: the service's side."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from processor.core.ids import JobName
from processor.core.report import exit_code
from processor.core.state import State
from processor.errors import ServiceRefused
from tests.bench import INTERVAL, NOTES, Bench, notes, write_notes
from tests.cut import Cut, CutAt

MakeBench = Callable[..., Bench]


def test_job_that_had_not_begun_ends_cancelled(bench_with: MakeBench) -> None:
    bench = bench_with(faults="slow=3600")
    bench.submit(3)
    processor = bench.processor()
    assert processor.cancel("r").state is State.SUBMITTED
    report = processor.resume("r")
    assert report["jobs"][0]["service_state"] == "CANCELLED"
    assert report["counts"]["failed"] == 3
    assert set(report["findings"]) == {"job.cancelled"}
    assert exit_code(report) == 5


def test_run_that_sent_nothing_is_ended_here(bench_with: MakeBench) -> None:
    bench = bench_with(faults="400@batches.create*all")
    with pytest.raises(ServiceRefused):
        bench.submit(2)
    processor = bench.processor()
    processor.cancel("r")
    report = processor.resume("r")
    assert report["counts"]["failed"] == 2
    assert "cancelled before it was submitted" in report["reason"]
    assert [call["status"] for call in bench.calls("batches.create")] == [400]


@pytest.mark.parametrize("step", ["load", "build"])
def test_run_that_was_cut_while_it_was_built_is_ended_and_sends_nothing(
    bench: Bench, tmp_path: Path, step: str
) -> None:
    inputs = write_notes(tmp_path / "in", notes(3))
    with pytest.raises(Cut):
        bench.processor(observer=CutAt(step)).submit(str(NOTES), inputs=str(inputs), run="r")
    assert bench.processor().cancel("r").state is State.FAILED
    report = bench.processor().resume("r")
    assert exit_code(report) == 5
    assert report["reason"] == "cancelled before it was submitted"
    assert sum(report["counts"].values()) == 0
    assert bench.processor().report("r")["state"] == "FAILED"
    assert list(bench.processor().results("r")) == []
    assert bench.calls() == []


@pytest.mark.parametrize(
    ("faults", "jobs"), [("lost@batches.create", 1), ("503@batches.create", 0)]
)
def test_run_whose_create_was_cut_is_decided_and_never_sent_again(
    bench_with: MakeBench, faults: str, jobs: int
) -> None:
    bench = bench_with(faults=f"{faults},slow=3600")
    cut = bench.processor(observer=CutAt("submit", "looking for the job"))
    with pytest.raises(Cut):
        cut.submit(str(NOTES), items=notes(3), run="r", poll_interval=INTERVAL)
    cut.close()
    (job,) = bench.processor().status("r").jobs
    assert job.state is State.SUBMITTING
    bench.processor().cancel("r")
    assert len(bench.calls("batches.cancel")) == jobs
    report = bench.processor().resume("r")
    assert report["jobs"][0]["service_state"] == "CANCELLED"
    assert exit_code(report) == 5
    assert len(bench.calls("batches.create")) == 1


def test_ended_run_stays_as_it_is(bench: Bench) -> None:
    bench.run(2)
    assert bench.processor().cancel("r").state is State.DONE
    assert bench.calls("batches.cancel") == []


def test_remote_list_tells_ours_from_others(bench: Bench) -> None:
    run = bench.submit(2)
    (job,) = [job for job in bench.processor().remote_jobs() if job.run == run]
    assert job.ours
    elsewhere = bench.processor(outputs=bench.outputs.with_name("elsewhere"))
    names = {job.view.name: job for job in elsewhere.remote_jobs()}
    seen = names[JobName(job.view.name)]
    assert (seen.run, seen.ours) == (None, True)
