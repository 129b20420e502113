"""poll and fetch: one look an interval, whatever happens on the way, and every end of a job."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from processor.core.report import exit_code
from processor.errors import NotFinished
from tests.bench import INTERVAL, NOTES, Bench, notes

BenchWith = Callable[..., Bench]


def test_polls_at_the_fixed_interval_once_each(bench_with: BenchWith) -> None:
    bench = bench_with(job_seconds=0.8)
    bench.run()
    polls = bench.endpoints().count("batches.get")
    assert polls >= 2
    assert bench.clock.waits == [INTERVAL] * polls
    assert len(bench.observer.views) == polls
    assert bench.observer.next_polls == [INTERVAL] * (polls - 1) + [0.0]


def test_progress_is_the_operation_s_own_count(bench_with: BenchWith) -> None:
    bench = bench_with(job_seconds=0.5)
    bench.run(20)
    counted = [view.stats.answered for view in bench.observer.views if view.stats]
    assert counted == sorted(counted)
    assert counted[-1] == 20
    assert any(0 < answered < 20 for answered in counted)


@pytest.mark.parametrize(
    "faults",
    [
        "503@batches.get*3",
        "500@batches.get,429@batches.get,408@batches.get,504@batches.get",
        "reset@batches.get*2",
        "lost@batches.get,lost_empty@batches.get",
        "html@batches.get,garbage@batches.get,empty@batches.get",
        "cut@batches.get",
    ],
)
def test_failed_poll_is_never_a_failed_job(bench_with: BenchWith, faults: str) -> None:
    bench = bench_with(faults=faults)
    report = bench.run()
    assert report["counts"]["accepted"] == 3
    assert bench.endpoints().count("batches.create") == 1
    assert set(bench.clock.waits) == {INTERVAL}
    assert len(bench.clock.waits) == bench.endpoints().count("batches.get")


@pytest.mark.parametrize(
    "state", ["BATCH_STATE_PAUSED", "BATCH_STATE_DREAMING", "JOB_STATE_QUEUED"]
)
def test_state_that_does_not_end_a_job_is_shown_and_polled_on(
    bench_with: BenchWith, state: str
) -> None:
    bench = bench_with(faults=f"odd_state={state}", job_seconds=1.2)
    assert bench.run()["counts"]["accepted"] == 3
    assert state.split("_STATE_")[1] in {view.state for view in bench.observer.views}


def test_max_wait_stops_waiting_and_leaves_the_job(bench_with: BenchWith) -> None:
    bench = bench_with(job_seconds=1.5)
    with pytest.raises(NotFinished, match="resume r") as caught:
        bench.run(max_wait=3 * INTERVAL)
    assert caught.value.exit_code == 4
    assert sum(bench.clock.waits) == pytest.approx(3 * INTERVAL)
    report = bench.processor().resume("r", max_wait=1e9)
    assert report["counts"]["accepted"] == 3
    assert bench.endpoints().count("batches.create") == 1
    assert bench.endpoints().count("upload.start") == 1


def test_network_that_is_gone_once_a_job_exists_is_ridden_out(bench_with: BenchWith) -> None:
    bench = bench_with()
    bench.submit()
    bench.sandbox.kill()
    with pytest.raises(NotFinished) as caught:
        bench.processor().wait("r", max_wait=100 * INTERVAL)
    assert caught.value.exit_code == 4
    assert sum(bench.clock.waits) == pytest.approx(100 * INTERVAL)
    bench.sandbox.start()
    assert bench.processor().resume("r")["counts"]["accepted"] == 3
    assert bench.endpoints().count("batches.create") == 1


def test_nothing_is_collected_before_the_end(bench_with: BenchWith) -> None:
    bench = bench_with(job_seconds=30)
    bench.submit()
    with pytest.raises(NotFinished):
        bench.processor().collect("r")
    with pytest.raises(NotFinished):
        bench.processor().results("r")
    with pytest.raises(NotFinished):
        bench.processor().report("r")
    assert not (bench.folder() / "items.jsonl").exists()


def test_resume_goes_on_with_the_pace_the_run_was_started_with(bench: Bench) -> None:
    bench.submit(poll_interval=123.0)
    bench.processor().resume()
    assert set(bench.clock.waits) <= {123.0}


@pytest.mark.parametrize(
    ("faults", "rule", "words"),
    [
        ("job_failed=8", "job.failed", "code 8"),
        ("job_failed", "job.failed", "code 13"),
        ("job_expired", "job.expired", "EXPIRED"),
        ("job_cancelled", "job.cancelled", "CANCELLED"),
    ],
)
def test_job_that_ends_badly_shows_the_service_s_own_reason(
    bench_with: BenchWith, faults: str, rule: str, words: str
) -> None:
    bench = bench_with(faults=faults)
    report = bench.run()
    assert exit_code(report) == 5
    assert report["state"] == "FAILED"
    assert words in report["reason"]
    assert report["counts"]["failed"] == 3
    assert report["findings"] == {rule: 3}
    assert words in bench.envelopes()[0]["findings"][0]["message"]
    assert bench.processor().status("r").reason == report["reason"]
    assert not list((bench.outputs / "notes").iterdir())


def test_job_that_ends_in_part_is_fetched_and_judged(bench_with: BenchWith) -> None:
    bench = bench_with(faults="job_partial")
    report = bench.run(9)
    counts = report["counts"]
    assert counts["accepted"] >= 1
    assert counts["failed"] >= 1
    assert counts["accepted"] + counts["failed"] == 9
    assert exit_code(report) == 1


def test_success_of_a_job_is_no_success_of_its_rows(bench_with: BenchWith) -> None:
    bench = bench_with(faults="all_rows_failed=3")
    report = bench.run()
    assert report["jobs"][0]["service_state"] == "SUCCEEDED"
    assert report["counts"]["failed"] == 3
    assert exit_code(report) == 1


@pytest.mark.parametrize(
    "faults",
    [
        "response_only",
        "inline_output_for_file",
        "no_stats",
        "shuffled",
        "short_results@files.download",
        "cut@files.download",
        "503@files.download*2",
        "reset@files.download",
        "redirect_same@batches.get",
    ],
)
def test_answers_come_whole_by_whatever_way(bench_with: BenchWith, faults: str) -> None:
    bench = bench_with(faults=faults)
    report = bench.run(6)
    assert report["counts"]["accepted"] == 6, faults
    assert exit_code(report) == 0
    assert [envelope["item_id"] for envelope in bench.envelopes()] == [f"n{n}" for n in range(1, 7)]


def test_run_that_has_ended_is_not_driven_again(bench: Bench) -> None:
    first = bench.run()
    calls = len(bench.calls())
    again = bench.processor().resume("r")
    assert again["counts"] == first["counts"]
    assert len(bench.calls()) == calls


def test_status_asks_once_and_tells_when_results_can_be_collected(bench_with: BenchWith) -> None:
    bench = bench_with(job_seconds=0.3)
    bench.submit()
    processor = bench.processor()
    first = processor.status("r")
    assert bench.endpoints().count("batches.get") == 1
    assert first.state == "SUBMITTED"
    while not processor.status("r").collectable:
        bench.clock.wait(INTERVAL)
    assert processor.status(processor.status("r").jobs[0].name).run == "r"
    assert processor.resume("r")["counts"]["accepted"] == 3
    ended = processor.status("r")
    assert (ended.state, ended.collectable) == ("DONE", False)
    assert ended.counts is not None
    assert ended.counts["accepted"] == 3


def test_list_shows_all_runs_newest_first(bench: Bench) -> None:
    for name in ("first", "second"):
        bench.processor().submit(str(NOTES), items=notes(1), run=name)
    assert [status.run for status in bench.processor().list()] == ["second", "first"]
