"""cancel and list --remote: the service's side."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from processor.core.ids import JobName
from processor.core.report import exit_code
from processor.core.state import State
from processor.errors import ServiceRefused
from tests.bench import Bench

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
