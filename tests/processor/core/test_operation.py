"""Reading the operation's own JSON, sound or not."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from processor.core.operation import JobStats, read_operation
from processor.core.state import service_state
from tests.processor.strategies import json_values

RUNNING: dict[str, Any] = {
    "name": "batches/b1",
    "metadata": {
        "model": "models/gemini-3.6-flash",
        "displayName": "truebatch/r",
        "state": "BATCH_STATE_RUNNING",
        "createTime": "2026-08-20T20:08:31.015405218Z",
        "inputConfig": {"fileName": "files/in"},
        "batchStats": {
            "requestCount": "9",
            "successfulRequestCount": "4",
            "failedRequestCount": "1",
        },
    },
}


def _with(**metadata: Any) -> dict[str, Any]:
    return {**RUNNING, "metadata": {**RUNNING["metadata"], **metadata}}


def test_reads_what_a_running_job_shows() -> None:
    view = read_operation(RUNNING)
    assert (view.name, view.state, view.ended) == ("batches/b1", "RUNNING", False)
    assert (view.model, view.display_name) == ("gemini-3.6-flash", "truebatch/r")
    assert view.request_file == "files/in"
    assert view.stats == JobStats(total=9, succeeded=4, failed=1, pending=0)
    assert view.stats.answered == 5
    assert (view.error, view.answers_file, view.inline_answers) == (None, None, ())


@pytest.mark.parametrize(
    ("state", "shown", "ended"),
    [
        ("BATCH_STATE_PENDING", "PENDING", False),
        ("BATCH_STATE_SUCCEEDED", "SUCCEEDED", True),
        ("JOB_STATE_SUCCEEDED", "SUCCEEDED", True),
        ("JOB_STATE_PARTIALLY_SUCCEEDED", "PARTIALLY_SUCCEEDED", True),
        ("BATCH_STATE_FAILED", "FAILED", True),
        ("BATCH_STATE_CANCELLED", "CANCELLED", True),
        ("BATCH_STATE_EXPIRED", "EXPIRED", True),
        ("BATCH_STATE_CANCELLING", "CANCELLING", False),
        ("BATCH_STATE_PAUSED", "PAUSED", False),
        ("BATCH_STATE_DREAMING", "DREAMING", False),
        ("SOMETHING_ELSE", "SOMETHING_ELSE", False),
        ("", "UNSPECIFIED", False),
        (None, "UNSPECIFIED", False),
        (7, "UNSPECIFIED", False),
    ],
)
def test_state_is_shown_as_it_is_and_only_five_end_a_job(
    state: Any, shown: str, ended: bool
) -> None:
    view = read_operation(_with(state=state))
    assert (view.state, view.ended) == (shown, ended)


@pytest.mark.parametrize(
    ("body", "state"),
    [
        ({"done": True, "error": {"code": 13}}, "FAILED"),
        ({"done": True}, "SUCCEEDED"),
        ({}, "UNSPECIFIED"),
    ],
)
def test_done_speaks_where_no_state_is_given(body: dict[str, Any], state: str) -> None:
    assert read_operation({"name": "batches/b1", **body}).state == state


@given(st.text(min_size=1).filter(lambda t: not t.startswith(("BATCH_STATE_", "JOB_STATE_"))))
def test_both_prefixes_mean_the_same(word: str) -> None:
    assert service_state("BATCH_STATE_" + word) == service_state("JOB_STATE_" + word) == word


@pytest.mark.parametrize(
    "output",
    [
        {"metadata": {"output": {"responsesFile": "files/out"}}},
        {"response": {"responsesFile": "files/out"}},
        {"metadata": {"output": {}}, "response": {"responsesFile": "files/out"}},
    ],
)
def test_answers_file_is_found_in_either_place(output: dict[str, Any]) -> None:
    assert read_operation(output).answers_file == "files/out"


@pytest.mark.parametrize("place", ["metadata", "response"])
def test_inline_answers_become_result_lines(place: str) -> None:
    answers = [
        {"response": {"a": 1}, "metadata": {"key": "k1"}},
        {"error": {"code": 13, "details": [{"@type": "x"}]}, "metadata": {"key": "k2"}},
        {"response": {"a": 2}},
        "junk",
    ]
    held = {"inlinedResponses": {"inlinedResponses": answers}}
    body = {"metadata": {"output": held}} if place == "metadata" else {"response": held}
    assert read_operation(body).inline_answers == (
        {"key": "k1", "response": {"a": 1}},
        {"key": "k2", "error": {"code": 13, "details": [{"@type": "x"}]}},
        {"response": {"a": 2}},
    )


@pytest.mark.parametrize(
    ("error", "shown"),
    [
        ({"code": 8, "message": "quota"}, "code 8: quota"),
        ({"code": 1}, "code 1"),
        ({"message": "quota"}, "quota"),
        ({}, None),
        ("quota", None),
        (None, None),
    ],
)
def test_error_is_the_service_s_own(error: Any, shown: str | None) -> None:
    assert read_operation({**RUNNING, "error": error}).error == shown


_JUNK = st.dictionaries(
    st.sampled_from(
        ["name", "metadata", "done", "error", "response", "state", "batchStats", "output",
         "requestCount", "inlinedResponses", "responsesFile", "inputConfig", "fileName", "code"]
    ),
    json_values | st.dictionaries(
        st.sampled_from(["state", "batchStats", "output", "requestCount", "inlinedResponses", "name"]),
        json_values,
    ),
)  # fmt: skip


@given(_JUNK)
def test_fields_of_a_wrong_type_count_as_absent(body: dict[str, Any]) -> None:
    view = read_operation(body)
    assert isinstance(view.name, str)
    assert isinstance(view.state, str)
    assert view.stats is None or isinstance(view.stats.answered, int)
    assert view.answers_file is None or isinstance(view.answers_file, str)
