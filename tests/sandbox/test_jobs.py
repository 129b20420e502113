"""A job through its time: states, counts, cancellation, restarts."""

import json
import time
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sandbox.jobs import SETTLE_SECONDS, State, served_rows, standing
from sandbox.options import JOB_SECONDS_LIMIT
from sandbox.process import Sandbox
from sandbox.records import Job, Plan
from tests.forked import running
from tests.sandbox.client import answers, call, create, ended, request_line, result_lines


def _job(*faults: str, **changes: Any) -> Job:
    fields: dict[str, Any] = {
        "id": "x", "number": 1, "project": "p", "version": "v1", "model": "m",
        "display_name": "d", "input_file": "files/f", "priority": 0, "requests": 100,
        "tokens": 1, "created": 1000.0, "seconds": 10.0, "plan": Plan(job=faults),
    }  # fmt: skip
    return Job(**(fields | changes))


def test_goes_from_pending_over_running_to_succeeded() -> None:
    job = _job(ready=1001.0, failed=10)
    seen = [standing(job, 1000.0 + second) for second in range(12)]
    states = [now.state for now in seen]
    assert states == [State.PENDING] * 3 + [State.RUNNING] * 7 + [State.SUCCEEDED] * 2
    assert [now.done for now in seen] == [False] * 10 + [True] * 2
    assert (seen[-1].successful, seen[-1].failed, seen[-1].pending) == (90, 10, 0)
    assert seen[-1].ended == 1010.0


@given(st.floats(0, 20), st.integers(0, 50), st.integers(0, 50))
def test_counts_always_add_up_to_the_requests(after: float, requests: int, failed: int) -> None:
    job = _job(requests=requests, failed=min(failed, requests), ready=1000.5)
    now = standing(job, 1000.0 + after)
    assert now.successful + now.failed + now.pending == requests
    assert min(now.successful, now.failed, now.pending) >= 0


@given(st.floats(0, 20), st.floats(0, 20))
def test_rows_served_never_become_fewer(one: float, other: float) -> None:
    early, late = sorted((one, other))
    assert served_rows(_job(), 1000 + early) <= served_rows(_job(), 1000 + late)


def test_runs_on_while_its_results_are_being_written() -> None:
    late = _job()
    assert standing(late, 5000.0).state == State.RUNNING
    assert standing(_job(ready=1500.0), 5000.0).ended == 1500.0


def test_expires_after_48_hours() -> None:
    job = _job(seconds=JOB_SECONDS_LIMIT * 2, ready=1001.0)
    assert standing(job, 1000.0 + JOB_SECONDS_LIMIT - 1).state == State.RUNNING
    now = standing(job, 1000.0 + JOB_SECONDS_LIMIT)
    assert (now.state, now.done, now.has_results) == (State.EXPIRED, True, False)


ENDS: dict[str, tuple[str, dict[str, Any] | None]] = {
    "job_failed=8": (
        State.FAILED,
        {"code": 8, "message": "Resource has been exhausted (e.g. check quota)."},
    ),
    "job_failed": (State.FAILED, {"code": 13, "message": "Internal error encountered."}),
    "job_expired": (State.EXPIRED, None),
    "job_cancelled": (State.CANCELLED, {"code": 13, "message": "Batch x failed without error."}),
}


@pytest.mark.parametrize("fault", ENDS)
def test_ends_without_results(fault: str) -> None:
    state, error = ENDS[fault]
    job = _job(fault, ready=1001.0)
    assert standing(job, 1009.0).state == State.RUNNING
    now = standing(job, 1010.0)
    assert (now.state, now.done, now.has_results, now.error) == (state, True, False, error)
    assert now.pending == 100


def test_an_odd_state_is_shown_for_a_while() -> None:
    job = _job("odd_state=BATCH_STATE_MELTING", ready=1001.0)
    states = [standing(job, 1000.0 + second).state for second in (3, 5, 8, 11)]
    assert states == [State.RUNNING, "BATCH_STATE_MELTING", State.RUNNING, State.SUCCEEDED]


def test_cancelled_before_it_starts_it_ends_cancelled_with_code_13() -> None:
    with running(job_seconds=30) as sandbox:
        name = create(sandbox, [request_line("a")]).json["name"]
        assert call(sandbox, "POST", f"/v1beta/{name}:cancel").json == {}
        assert call(sandbox, "GET", f"/v1beta/{name}").json["metadata"]["state"] in (
            State.PENDING,
            State.CANCELLED,
        )
        operation = ended(sandbox, name)
    bare = name.removeprefix("batches/")
    assert operation["metadata"]["state"] == State.CANCELLED
    assert operation["error"] == {"code": 13, "message": f"Batch {bare} failed without error."}
    assert operation["metadata"]["batchStats"]["pendingRequestCount"] == "1"
    assert "response" not in operation


def test_cancelled_while_it_runs_it_succeeds_with_the_rest_as_errors() -> None:
    lines = [request_line(f"k{n}") for n in range(20)]
    with running(job_seconds=3.0) as sandbox:
        name = create(sandbox, lines).json["name"]
        while call(sandbox, "GET", f"/v1beta/{name}").json["metadata"]["state"] != State.RUNNING:
            time.sleep(0.02)
        time.sleep(0.3)
        call(sandbox, "POST", f"/v1beta/{name}:cancel")
        operation = ended(sandbox, name)
        rows = [json.loads(line) for line in result_lines(sandbox, operation)]
    assert operation["metadata"]["state"] == State.SUCCEEDED
    failed = [row for row in rows if "error" in row]
    assert [row["key"] for row in rows] == [f"k{n}" for n in range(20)]
    assert 0 < len(failed) < 20
    assert all(row["error"] == {"code": 1} for row in failed)
    assert rows[-len(failed) :] == failed
    assert operation["metadata"]["batchStats"]["failedRequestCount"] == str(len(failed))


def test_cancelling_what_has_ended_changes_nothing(sandbox: Sandbox) -> None:
    name = create(sandbox, [request_line("a")]).json["name"]
    before = ended(sandbox, name)
    call(sandbox, "POST", f"/v1beta/{name}:cancel")
    time.sleep(SETTLE_SECONDS)
    assert call(sandbox, "GET", f"/v1beta/{name}").json == before


def test_goes_on_by_the_clock_while_it_is_down() -> None:
    with running(job_seconds=0.5) as sandbox:
        name = create(sandbox, [request_line("a")]).json["name"]
        sandbox.kill()
        time.sleep(0.5)
        sandbox.start()
        operation = ended(sandbox, name)
        assert len(result_lines(sandbox, operation)) == 1
        sandbox.restart()
        assert call(sandbox, "GET", f"/v1beta/{name}").json == operation


def test_killed_again_and_again_it_gives_the_same_answers() -> None:
    lines = [request_line(f"k{n}", f"Plot {n} gave 4.{n} t/ha in 2004.") for n in range(300)]
    with running(job_seconds=0.1) as sandbox:
        uncut = answers(sandbox, lines)
    with running(job_seconds=0.1) as sandbox:
        name = create(sandbox, lines).json["name"]
        for _ in range(3):
            sandbox.restart()
        assert result_lines(sandbox, ended(sandbox, name)) == uncut
    assert len(uncut) == 300


@pytest.mark.soak
def test_job_of_another_sandbox_that_ended_is_taken_over() -> None:
    lines = [request_line(f"k{n}", f"Plot {n} gave 4.{n} t/ha in 2004.") for n in range(3_000)]
    with running(job_seconds=0.1) as first, running(state=first.state) as second:
        name = create(first, lines).json["name"]
        first.kill()
        assert not call(second, "GET", f"/v1beta/{name}").json.get("done")
        assert len(result_lines(second, ended(second, name))) == 3_000


def test_an_input_may_be_deleted_while_the_job_runs() -> None:
    with running(job_seconds=0.5) as sandbox:
        made = create(sandbox, [request_line("a")]).json
        file = made["metadata"]["inputConfig"]["fileName"]
        call(sandbox, "DELETE", f"/v1beta/{file}")
        assert len(result_lines(sandbox, ended(sandbox, made["name"]))) == 1


def test_the_same_seed_gives_the_same_bytes_and_another_seed_others() -> None:
    lines = [request_line(f"k{n}") for n in range(5)]
    said = []
    for seed in (1, 1, 2):
        with running(job_seconds=0.05, seed=seed) as sandbox:
            said.append(answers(sandbox, lines))
    assert said[0] == said[1] != said[2]
