"""What the program's exit code says of a report."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from processor.core.outcome import GOOD, Outcome
from processor.core.report import exit_code
from processor.errors import ExitCode

counts = st.fixed_dictionaries({outcome.value: st.integers(0, 3) for outcome in Outcome})


def _report(given_counts: dict[str, int], *states: str | None) -> dict[str, Any]:
    jobs = [{"state": "FETCHED", "service_state": state} for state in states]
    return {"counts": given_counts, "jobs": jobs}


@given(counts, st.lists(st.sampled_from(["SUCCEEDED", "PARTIALLY_SUCCEEDED"]), max_size=3))
def test_success_is_said_of_runs_whose_items_are_all_good(
    number: dict[str, int], states: list[str]
) -> None:
    bad = sum(n for outcome, n in number.items() if Outcome(outcome) not in GOOD)
    expected = ExitCode.NOT_ALL_ACCEPTED if bad else ExitCode.DONE
    assert exit_code(_report(number, *states)) is expected


@pytest.mark.parametrize("state", ["FAILED", "EXPIRED", "CANCELLED", "GONE", "DREAMING", None])
@given(counts)
def test_job_that_ended_badly_is_said_whatever_its_items(
    state: str | None, number: dict[str, int]
) -> None:
    assert exit_code(_report(number, "SUCCEEDED", state)) is ExitCode.JOB_FAILED


def test_job_whose_answers_were_deleted_is_lost_whatever_the_service_calls_its_end() -> None:
    report = _report(dict.fromkeys(Outcome, 0), "SUCCEEDED")
    report["jobs"][0]["state"] = "FAILED"
    assert exit_code(report) is ExitCode.JOB_FAILED


def test_exit_codes_are_those_of_the_design() -> None:
    assert {code.name: int(code) for code in ExitCode} == {
        "DONE": 0,
        "NOT_ALL_ACCEPTED": 1,
        "USAGE": 2,
        "BAD_INPUT": 3,
        "NOT_FINISHED": 4,
        "JOB_FAILED": 5,
        "REFUSED": 6,
        "DISK": 7,
        "UNKNOWN": 8,
        "HELD_BACK": 9,
        "DRIVEN_ELSEWHERE": 10,
        "BUG": 70,
        "INTERRUPTED": 130,
        "TERMINATED": 143,
    }
