"""Several jobs: within the limit, in order, across kills, and shared between runs."""

from __future__ import annotations

import os
import shutil
import signal
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from threading import Thread
from typing import Any

import pytest

from benchmarks.plan import write_articles
from processor import Processor
from processor.core.state import State
from processor.effects.journal import SqliteJournal
from processor.errors import NotFinished
from processor.ports import ActiveJob
from sandbox.process import Sandbox
from tests.bench import INTERVAL, NOTES, PROJECT, Bench, notes, read_lines
from tests.forked import running
from tests.plan.service import (
    NOTE_TOKENS,
    assert_within,
    creates,
    keys_asked,
    numbers_in_order_of_creation,
    write_array,
)
from tests.program import started, truebatch

LIMIT = 15_500  # 120 notes have about 20,000 tokens
RUN = "r"


def _killed_after(sandbox: Sandbox, arguments: Sequence[str], jobs: int) -> None:
    """Start the program, and SIGKILL it when so many jobs have been made in all."""
    child = started(arguments)
    try:
        until = time.monotonic() + 120
        while len(creates(sandbox.log())) < jobs:
            assert child.poll() is None, child.communicate()[1].decode()
            assert time.monotonic() < until
            time.sleep(0.01)
        os.kill(child.pid, signal.SIGKILL)
    finally:
        child.kill()
        child.communicate()


def _run_in_pieces(
    sandbox: Sandbox, folder: Path, what: Sequence[str], *, kills: Sequence[int], interval: float
) -> None:
    """A run that is killed after so many jobs, resumed, killed again, and taken to its end."""
    where = (
        "--outputs", str(folder / "outputs"), "--base-url", sandbox.url, "--api-key", "k",
        "--poll-interval", str(interval),
    )  # fmt: skip
    first, again = ("run", *what, "--run", RUN, *where), ("resume", RUN, *where)
    for number, jobs in enumerate(kills):
        _killed_after(sandbox, again if number else first, jobs)
    ended = truebatch(*again, "--json")
    assert ended.code == 0, ended.stderr
    assert ended.json["state"] == "DONE"


def _assert_all_accounted_for(sandbox: Sandbox, outputs: Path, ids: Sequence[str]) -> None:
    """One envelope an item, in order; every request sent in one job only; jobs made in order."""
    envelopes = read_lines(outputs / "runs" / RUN / "items.jsonl")
    assert [envelope["item_id"] for envelope in envelopes] == list(ids)
    assert {envelope["outcome"] for envelope in envelopes} == {"accepted"}
    assert sorted(keys_asked(sandbox.state)) == sorted(envelope["key"] for envelope in envelopes)
    numbers = numbers_in_order_of_creation(sandbox, outputs, RUN)
    assert numbers == list(range(1, len(numbers) + 1))


def test_killed_run_of_many_jobs_stays_within_the_limit(tmp_path: Path) -> None:
    inputs = write_array(tmp_path / "notes.json", 120)
    with running(job_seconds=0.4, enqueued_tokens=LIMIT) as sandbox:
        what = (str(NOTES), "--inputs", str(inputs), "--enqueued-tokens", str(LIMIT))
        _run_in_pieces(sandbox, tmp_path, what, kills=(9,), interval=0.1)
        ids = [note["note_id"] for note in notes(120)]
        _assert_all_accounted_for(sandbox, tmp_path / "outputs", ids)
        assert assert_within(sandbox.log(), LIMIT) > LIMIT / 15
        assert len(creates(sandbox.log())) > 15


@pytest.mark.soak
def test_twelve_thousand_articles_stay_within_the_limit(tmp_path: Path) -> None:
    limit, count = 9_000_000, 12_000
    task = tmp_path / "news"
    shutil.copytree(PROJECT / "processor" / "tasks" / "news", task)
    settings = (task / "task.toml").read_text("utf-8")
    mine = 'accept_models = ["sandbox/gemini-3.6-flash"]'
    (task / "task.toml").write_text(settings.replace("accept_models = []", mine), encoding="utf-8")
    # The stand-in's answers name companies by chance, which no article does.
    fields = (task / "fields.toml").read_text("utf-8").partition("[[relation]]")[0]
    (task / "fields.toml").write_text(fields, encoding="utf-8")
    inputs = tmp_path / "articles.json"
    with inputs.open("wb") as file:
        write_articles(file, count)
    with running(job_seconds=8.0, enqueued_tokens=limit) as sandbox:
        what = (str(task), "--inputs", str(inputs), "--enqueued-tokens", str(limit))
        _run_in_pieces(sandbox, tmp_path, what, kills=(20, 50), interval=1.0)
        ids = [f"a{number:06}" for number in range(1, count + 1)]
        _assert_all_accounted_for(sandbox, tmp_path / "outputs", ids)
        # Our estimate is above what the stand-in counts, so not all of the room is used.
        assert assert_within(sandbox.log(), limit) > limit / 2


@pytest.mark.soak
def test_no_more_than_a_hundred_jobs_are_active(bench_with: Callable[..., Bench]) -> None:
    bench = bench_with(job_seconds=30.0)
    bench.submit(105, max_requests=1)
    assert len(creates(bench.calls())) == 100
    said = [message for step, message in bench.observer.steps if step == "submit"]
    assert said[-1] == "5 jobs to be submitted as room appears: 100 of 100 jobs are active"


# -- the limit that holds ----------------------------------------------------------------------------


def _tier_file(folder: Path, tokens: int) -> Path:
    path = folder / "models.toml"
    path.write_text(
        f'[models."gemini-3.6-flash".enqueued_tokens]\ntier_1 = {tokens}\nsource = "a test"\n',
        encoding="utf-8",
    )
    return path


def test_tiers_limit_holds_while_jobs_are_submitted_and_resumed(
    bench_with: Callable[..., Bench], tmp_path: Path
) -> None:
    limit = 8 * NOTE_TOKENS
    bench = bench_with(enqueued_tokens=limit, job_seconds=600.0)
    models = str(_tier_file(tmp_path, limit))
    bench.processor(models=models).submit(
        str(NOTES), items=notes(12), tier=1, run=RUN, poll_interval=INTERVAL
    )
    with pytest.raises(NotFinished, match=r"[56] jobs wait for room"):
        bench.processor().resume(RUN, max_wait=0)  # it is not told the models again
    assert_within(bench.calls(), limit)
    assert len(creates(bench.calls())) in (6, 7)


def test_refused_create_waits_while_other_jobs_are_active(bench_with: Callable[..., Bench]) -> None:
    """We are told more than the service allows: its 429 is waited out, nothing is uploaded twice."""
    bench = bench_with(enqueued_tokens=3 * NOTE_TOKENS, job_seconds=600.0)
    bench.submit(5, enqueued_tokens=100_000, max_requests=1)
    refused = [call["status"] for call in creates(bench.calls())]
    assert refused[-1] == 429
    assert set(refused[:-1]) == {200}
    waits = [
        message for _, message in bench.observer.steps if "the next tick asks again" in message
    ]
    assert len(waits) == 1
    assert "429" in waits[0]
    bench.sandbox.restart("--enqueued-tokens", "100000")
    with pytest.raises(NotFinished):
        bench.processor().resume(RUN, max_wait=0)
    assert [call["status"] for call in creates(bench.calls())].count(200) == 5
    assert bench.endpoints().count("upload.start") == 5


def test_refusal_of_a_later_job_waits_while_the_first_goes_on(
    bench_with: Callable[..., Bench],
) -> None:
    """Four no's end a job's own tries; the run goes on all the same, for its first job is there."""
    bench = bench_with(faults="ok@upload.start,503@upload.start*5", job_seconds=0.5)
    report = bench.run(2, max_requests=1)
    assert report["counts"]["accepted"] == 2
    waits = [
        message for _, message in bench.observer.steps if "the next tick asks again" in message
    ]
    assert len(waits) == 1
    assert waits[0].startswith("job 2 waits: ")


# -- several runs ------------------------------------------------------------------------------------


def _room_for(items: int) -> dict[str, Any]:
    """Options of a run whose jobs have one item, with room for so many."""
    return {"enqueued_tokens": int(items * NOTE_TOKENS / 0.9) + 60, "max_requests": 1}


def test_run_that_finds_no_room_says_so_and_goes_on_later(bench_with: Callable[..., Bench]) -> None:
    bench = bench_with(faults="slow=600@/first/")
    bench.submit(3, run="first", **_room_for(3))
    bench.submit(3, run="second", items=notes(6)[3:], **_room_for(3))
    assert len(creates(bench.calls())) == 3
    said = bench.observer.steps[-1]
    assert said[0] == "submit"
    assert said[1].startswith("3 jobs to be submitted as room appears: ")
    status = bench.processor().status("second")
    assert (status.state, {job.state for job in status.jobs}) == (State.BUILT, {State.BUILT})
    bench.processor().cancel("first")
    # Nobody drives the first, so the journal does not know of its end: it makes room all the same.
    assert bench.processor().resume("second")["counts"]["accepted"] == 3
    assert bench.processor().resume("first")["counts"]["failed"] == 3
    assert len(creates(bench.calls())) == 6


def test_two_runs_side_by_side_never_exceed_the_limit(bench_with: Callable[..., Bench]) -> None:
    limit = 10 * NOTE_TOKENS
    bench = bench_with(job_seconds=0.4, enqueued_tokens=limit)
    ended: dict[str, int] = {}

    def drive(run: str, first: int) -> None:
        with Processor(
            api_key=bench.key, base_url=bench.sandbox.url, outputs=bench.outputs
        ) as processor:
            report = processor.run(
                str(NOTES),
                items=notes(24)[first : first + 12],
                run=run,
                poll_interval=0.1,
                enqueued_tokens=limit,
            )
        ended[run] = report["counts"]["accepted"]

    sides = [Thread(target=drive, args=("left", 0)), Thread(target=drive, args=("right", 12))]
    for side in sides:
        side.start()
    for side in sides:
        side.join(60)
    assert ended == {"left": 12, "right": 12}
    assert_within(bench.calls(), limit)


def test_cancel_stops_what_waits_too_while_another_process_drives(
    bench_with: Callable[..., Bench],
) -> None:
    bench = bench_with(faults="slow=600")
    reports = []

    def drive() -> None:
        with Processor(
            api_key=bench.key, base_url=bench.sandbox.url, outputs=bench.outputs
        ) as processor:
            reports.append(
                processor.run(
                    str(NOTES), items=notes(4), run=RUN, poll_interval=0.1, **_room_for(1)
                )
            )

    driver = Thread(target=drive)
    driver.start()
    until = time.monotonic() + 60
    while "batches.get" not in bench.endpoints() and time.monotonic() < until:
        time.sleep(0.01)
    bench.processor().cancel(RUN)
    driver.join(60)
    assert [job["service_state"] for job in reports[0]["jobs"]] == ["CANCELLED"] * 4
    assert reports[0]["findings"] == {"job.cancelled": 4}
    assert len(creates(bench.calls())) == 1


def test_last_room_is_claimed_by_one_run_only(bench: Bench) -> None:
    bench.submit(2, run="r", max_requests=1)
    path = bench.outputs / "journal.sqlite3"
    one, other = SqliteJournal(path), SqliteJournal(path)
    row = one.run("r")
    assert row is not None
    first, second = one.jobs(row.id)
    for job in (first, second):  # as they stood before they were made
        one._db.execute(
            "UPDATE jobs SET state = 'UPLOADED', name = NULL, submitted_at = NULL WHERE number = ?",
            (job.number,),
        )
    first, second = one.jobs(row.id)

    def only_the_first(active: Sequence[ActiveJob]) -> bool:
        return not active

    claimed = one.claim_job(first, since="2000", admits=only_the_first)
    assert claimed is not None
    assert claimed.state is State.SUBMITTING
    assert other.claim_job(second, since="2000", admits=only_the_first) is None
    assert other.jobs(row.id)[1].state is State.UPLOADED
    one.close()
    other.close()


# -- while jobs go on --------------------------------------------------------------------------------


def test_ended_jobs_are_judged_while_others_go_on(bench: Bench) -> None:
    bench.run(4, max_requests=2)
    looks = [message for step, message in bench.observer.steps if step == "validate"]
    assert looks == ["job 1, 2 items: 2 accepted", "job 2, 2 items: 2 accepted"]


def test_jobs_that_do_badly_are_warned_of_while_others_go_on(
    bench_with: Callable[..., Bench],
) -> None:
    bench = bench_with(faults="truncated*9,missing_key@n2")
    report = bench.run(6, max_requests=3)
    told = [warning for warning in bench.observer.warnings if warning.startswith("job ")]
    assert len(told) == 2
    assert told[0].startswith(
        "job 1, 3 items: 2 rejected, 1 without an answer (envelope.truncated 2×)"
    )
    assert report["counts"]["rejected"] == 5


def test_run_of_one_job_is_judged_once(bench: Bench) -> None:
    bench.run(2)
    assert not [message for step, message in bench.observer.steps if step == "validate"]
