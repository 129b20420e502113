"""What runs that have ended teach."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from processor.core.history import Calibration, learn
from processor.core.tokens import UNCALIBRATED_ERROR
from tests.processor_tokens.runs import past_run


def _factor(*runs: Any) -> float:
    return learn(runs, task="notes", model="m").calibration.factor


def test_without_runs_nothing_is_calibrated() -> None:
    history = learn([], task="notes", model="m")
    assert history.calibration == Calibration()
    assert history.calibration.error(1_000) == UNCALIBRATED_ERROR
    assert (history.outputs, history.job_seconds) == ((), ())


def test_factor_is_real_tokens_for_each_estimated_one() -> None:
    assert _factor(past_run(prompt=1_200, estimated=1_000)) == pytest.approx(1.2)


@given(st.floats(0.3, 3.0))
def test_factor_of_a_calibrated_run_is_not_applied_twice(earlier: float) -> None:
    run = past_run(prompt=1_200, estimated=1_000, factor=earlier)
    assert _factor(run) == pytest.approx(1.2)


def test_larger_runs_count_for_more() -> None:
    small = past_run("small", prompt=2_000, estimated=1_000)
    large = past_run("large", prompt=99_000, estimated=99_000, answers=990, requests=990)
    assert _factor(small, large) == pytest.approx(1.01)


def test_estimate_counts_for_the_share_that_was_answered() -> None:
    run = past_run(prompt=1_080, answers=9, requests=10, estimated=1_000)
    assert _factor(run) == pytest.approx(1.2)


@pytest.mark.parametrize(
    "useless",
    [
        past_run(answers=8, requests=10),
        past_run(estimated=None),
        past_run(estimated=0),
        past_run(ended=False),
        past_run(tokens={}),
        past_run(model="another"),
    ],
    ids=["few answers", "no estimate", "empty", "running", "no usage", "other model"],
)
def test_runs_that_tell_nothing_are_passed_over(useless: Any) -> None:
    told = past_run(prompt=1_500, estimated=1_000)
    assert _factor(useless) == 1.0
    assert _factor(useless, told) == pytest.approx(1.5)


def test_another_tasks_runs_count_when_there_are_none_of_this_one() -> None:
    other = past_run(task="other", prompt=1_500, estimated=1_000)
    own = past_run(prompt=1_100, estimated=1_000)
    assert _factor(other) == pytest.approx(1.5)
    assert _factor(other, own) == pytest.approx(1.1)
    from_other = learn([other], task="notes", model="m").calibration
    from_own = learn([own], task="notes", model="m").calibration
    assert from_other.error(10**6) > from_own.error(10**6)
    assert "other tasks with m" in from_other.basis
    assert "1 run of notes with m" in from_own.basis


def test_only_the_newest_runs_count() -> None:
    newest = [past_run(f"n{n}", prompt=1_000, estimated=1_000) for n in range(5)]
    assert _factor(*newest, past_run("old", prompt=9_000, estimated=1_000)) == pytest.approx(1)


@given(st.lists(st.floats(0.5, 2.0), min_size=1, max_size=5), st.integers(1, 10**6))
def test_error_is_never_below_what_is_known_of_runs(ratios: list[float], requests: int) -> None:
    runs = [past_run(f"r{n}", prompt=round(1_000 * r)) for n, r in enumerate(ratios)]
    calibration = learn(runs, task="notes", model="m").calibration
    assert calibration.error(requests) >= max(0.02, calibration.between)
    assert calibration.error(requests) >= calibration.error(requests + 1)


def test_error_grows_with_the_difference_between_runs() -> None:
    alike = [past_run("a", prompt=1_000), past_run("b", prompt=1_000)]
    unlike = [past_run("a", prompt=700), past_run("b", prompt=1_300)]
    one, other = (learn(runs, task="notes", model="m").calibration for runs in (alike, unlike))
    assert one.factor == other.factor
    assert other.error(1_000) == pytest.approx(0.6, rel=0.01)
    assert one.error(1_000) < 0.05


def test_outputs_are_of_the_task_and_durations_of_the_model() -> None:
    runs = [
        past_run("a", job_seconds=(60.0, 70.0)),
        past_run("b", task="other", job_seconds=(600.0,)),
        past_run("c", model="another", job_seconds=(9.0,)),
    ]
    history = learn(runs, task="notes", model="m")
    assert history.outputs == (runs[0].output,)
    assert history.job_seconds == (60.0, 70.0, 600.0)
