"""Each fault of a job does what the table says."""

import json
import time
import warnings
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from google.genai import types

from sandbox.faults.table import JOBS
from sandbox.process import Sandbox
from tests.forked import running
from tests.sandbox.client import MODEL, call, create, ended, google, request_line, result_lines

LINES = [request_line(f"k{n}") for n in range(9)]


def _rows(sandbox: Sandbox, operation: dict[str, Any]) -> list[dict[str, Any]]:
    return [json.loads(line) for line in result_lines(sandbox, operation)]


def _state(operation: dict[str, Any]) -> str:
    return str(operation["metadata"]["state"]).removeprefix("BATCH_STATE_")


def _failed(sandbox: Sandbox, operation: dict[str, Any]) -> None:
    assert _state(operation) == "FAILED"
    assert operation["error"]["code"] == 8
    assert "response" not in operation
    with google(sandbox) as client:
        job = client.batches.get(name=operation["name"])
    assert job.state == types.JobState.JOB_STATE_FAILED
    assert job.dest is None


def _expired(_: Sandbox, operation: dict[str, Any]) -> None:
    assert _state(operation) == "EXPIRED"
    assert not {"response", "error"} & set(operation)
    assert "output" not in operation["metadata"]


def _cancelled(_: Sandbox, operation: dict[str, Any]) -> None:
    assert _state(operation) == "CANCELLED"
    assert operation["error"]["code"] == 13


def _partial(sandbox: Sandbox, operation: dict[str, Any]) -> None:
    assert _state(operation) == "PARTIALLY_SUCCEEDED"
    rows = _rows(sandbox, operation)
    assert ["error" in row for row in rows] == [True, False, False] * 3
    assert operation["metadata"]["batchStats"]["failedRequestCount"] == "3"


def _all_failed(sandbox: Sandbox, operation: dict[str, Any]) -> None:
    assert _state(operation) == "SUCCEEDED"
    rows = _rows(sandbox, operation)
    assert [row["error"]["code"] for row in rows] == [7] * 9
    assert operation["metadata"]["batchStats"] == {"requestCount": "9", "failedRequestCount": "9"}


def _response_only(sandbox: Sandbox, operation: dict[str, Any]) -> None:
    assert "output" not in operation["metadata"]
    assert len(_rows(sandbox, operation)) == 9
    with google(sandbox) as client:
        assert client.batches.get(name=operation["name"]).dest is None


def _inline(_: Sandbox, operation: dict[str, Any]) -> None:
    rows = operation["response"]["inlinedResponses"]["inlinedResponses"]
    assert [row["metadata"]["key"] for row in rows] == [f"k{n}" for n in range(9)]
    assert operation["metadata"]["inputConfig"]["fileName"].startswith("files/")


def _no_stats(_: Sandbox, operation: dict[str, Any]) -> None:
    assert "batchStats" not in operation["metadata"]


def _shuffled(sandbox: Sandbox, operation: dict[str, Any]) -> None:
    keys = [row["key"] for row in _rows(sandbox, operation)]
    assert keys != sorted(keys) == [f"k{n}" for n in range(9)]


ENDS: dict[str, Callable[[Sandbox, dict[str, Any]], None]] = {
    "job_failed=8": _failed,
    "job_expired": _expired,
    "job_cancelled": _cancelled,
    "job_partial": _partial,
    "all_rows_failed=7": _all_failed,
    "response_only": _response_only,
    "inline_output_for_file": _inline,
    "no_stats": _no_stats,
    "shuffled": _shuffled,
}
OTHERS = {"slow", "odd_state", "vanished"}


def test_every_fault_of_jobs_is_tested() -> None:
    assert {name.partition("=")[0] for name in ENDS} | OTHERS == {fault.name for fault in JOBS}


@pytest.fixture(scope="module")
def sandbox() -> Iterator[Sandbox]:
    # Each fault falls on the job of its own name.
    faults = ",".join(f"{fault}@{fault.partition('=')[0]}" for fault in ENDS)
    with running(faults=faults, job_seconds=0.1) as child:
        yield child


@pytest.mark.parametrize("fault", ENDS)
def test_ends_with(sandbox: Sandbox, fault: str) -> None:
    made = create(sandbox, LINES, name=f"a {fault}").json
    ENDS[fault](sandbox, ended(sandbox, made["name"]))


def test_counts_the_jobs_that_a_fault_falls_on_over_restarts() -> None:
    with running(faults="job_expired@old*2", job_seconds=0.05) as sandbox:
        states = []
        for name in ("new", "old 1", "old 2", "old 3"):
            states.append(_state(ended(sandbox, create(sandbox, LINES, name=name).json["name"])))
            if name == "old 1":
                sandbox.restart()
    assert states == ["SUCCEEDED", "EXPIRED", "EXPIRED", "SUCCEEDED"]


def test_a_job_that_is_refused_uses_up_no_fault() -> None:
    with running(faults="job_expired*1", enqueued_tokens=100, job_seconds=0.05) as sandbox:
        assert create(sandbox, [request_line("a", "x" * 900)]).status == 429
        made = create(sandbox, [request_line("a")]).json
        assert _state(ended(sandbox, made["name"])) == "EXPIRED"


def test_slow_is_as_long_as_it_says() -> None:
    with running(faults="slow=60@slow", job_seconds=0.05) as sandbox:
        slow = create(sandbox, LINES, name="slow").json["name"]
        ended(sandbox, create(sandbox, LINES, name="other").json["name"])
        assert "done" not in call(sandbox, "GET", f"/v1beta/{slow}").json


def test_an_odd_state_is_shown_and_the_job_goes_on() -> None:
    with running(faults="odd_state=BATCH_STATE_MELTING", job_seconds=2.0) as sandbox:
        name = create(sandbox, LINES).json["name"]
        states = []
        while "done" not in (operation := call(sandbox, "GET", f"/v1beta/{name}").json):
            states.append(_state(operation))
            if states[-1] == "MELTING":
                with google(sandbox) as client, warnings.catch_warnings():
                    warnings.simplefilter("ignore")
                    job = client.batches.get(name=name)
                assert not job.done
            time.sleep(0.02)
    assert "MELTING" in states
    assert _state(operation) == "SUCCEEDED"


def test_a_job_that_vanished_is_404_and_not_listed() -> None:
    with running(faults="vanished*1", job_seconds=2.0) as sandbox:
        name = create(sandbox, LINES).json["name"]
        assert call(sandbox, "GET", f"/v1beta/{name}").status == 200
        time.sleep(1.05)
        assert call(sandbox, "GET", f"/v1beta/{name}").status == 404
        assert call(sandbox, "GET", "/v1beta/batches").json == {}
        ended(sandbox, create(sandbox, LINES).json["name"])


def test_an_inline_row_with_details_is_too_much_for_google_genai() -> None:
    with running(faults="error_details", job_seconds=0.05) as sandbox, google(sandbox) as client:
        job = client.batches.create(model=MODEL, src=[types.InlinedRequest(contents="Hello")])
        ended(sandbox, job.name or "")
        with pytest.raises(ValueError, match="details"):
            client.batches.get(name=job.name or "")
