"""The journal's runs, as costs and plans look at them; and the estimate of a run that is built."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import pytest

from processor.api.costs import past_run
from processor.api.counting import Counted
from processor.api.estimating import estimate
from processor.core.history import Calibration, History, learn
from processor.core.ids import JobName, RunId
from processor.core.plan import Build, RequestFile
from processor.core.spending import OutputSums, Spending
from processor.core.state import State
from processor.ports import JobRow, RunRow
from tests.bench import Bench
from tests.clock import FakeClock
from tests.processor_tokens.corpora import notes_task

SPENT = {
    "outcome": "accepted",
    "findings": [],
    "usage": {"prompt": 110, "cached": 0, "output": 20, "thoughts": 5},
    "cost_usd": 0.25,
}
ESTIMATE = {"requests": 2, "input_tokens": 240, "calibration_factor": 1.2, "prefix_tokens": 70}


def _row(**changes: Any) -> RunRow:
    values: dict[str, Any] = {
        "number": 1,
        "id": RunId("r"),
        "task": "notes",
        "model": "m",
        "state": State.DONE,
        "reason": None,
        "created_at": "2026-11-20T10:00:00+00:00",
        "ended_at": "2026-11-20T12:00:00+00:00",
        "item_count": 3,
        "options": {},
        "excluded": (),
        "result": None,
        "retry_of": None,
    }
    return RunRow(**(values | changes))


def _job(**changes: Any) -> JobRow:
    values: dict[str, Any] = {
        "run": RunId("r"),
        "number": 1,
        "state": State.FETCHED,
        "first_position": 0,
        "item_count": 3,
        "request_count": 2,
        "request_file": "requests.json",
        "request_bytes": 1,
        "tokens": 240,
        "request_digest": "",
        "display_name": "",
        "upload_name": None,
        "uploaded_at": None,
        "name": JobName("batches/x"),
        "unclear": 0,
        "submitted_at": "2026-11-20T10:00:00+00:00",
        "ended_at": "2026-11-20T10:05:30+00:00",
        "service_state": "SUCCEEDED",
        "answered": None,
        "error": None,
        "answers_file": None,
    }
    return JobRow(**(values | changes))


def _result() -> dict[str, Any]:
    spending = Spending()
    spending.add(SPENT)
    spending.add(SPENT)
    return {
        "counts": {"accepted": 2, "reused": 1},
        "tokens": {"prompt": 220, "cached": 0, "output": 40, "thoughts": 10},
        "cost": {"actual_usd": 0.5, "interactive_usd": 1.0},
        "spending": spending.as_json(),
        "estimate": ESTIMATE,
        "prompt_sha256": "ab",
    }


def test_everything_recorded_is_read() -> None:
    found = past_run(_row(result=_result()), [_job()])
    assert (found.requests, found.answers, found.ended) == (2, 2, True)
    assert (found.actual_usd, found.interactive_usd) == (0.5, 1.0)
    assert (found.prefix_tokens, found.prompt_sha256, found.job_seconds) == (70, "ab", (330.0,))
    assert found.output == OutputSums(answers=2, tokens=50, squares=1_250, buckets={37: 2})
    assert found.prompt_tokens() == (200.0, 220)


def test_runs_of_older_versions_lack_the_newer_sums() -> None:
    result = {
        name: value for name, value in _result().items() if name in ("counts", "cost", "tokens")
    }
    found = past_run(_row(result=result), [_job(ended_at=None)])
    assert (found.answers, found.spending, found.output, found.estimate) == (None,) * 4
    assert (found.job_seconds, found.prompt_tokens()) == ((), None)
    assert found.actual_usd == 0.5


def test_running_runs_have_their_estimate_from_their_options() -> None:
    row = _row(state=State.BUILT, ended_at=None, options={"estimate": ESTIMATE})
    found = past_run(row, [_job(state=State.SUBMITTED, ended_at=None, service_state="RUNNING")])
    assert (found.ended, found.estimate, found.job_seconds) == (False, ESTIMATE, ())


@pytest.mark.parametrize("state", ["FAILED", "EXPIRED", "CANCELLED"])
def test_jobs_that_did_not_succeed_tell_no_duration(state: str) -> None:
    assert past_run(_row(), [_job(service_state=state)]).job_seconds == ()


# -- the estimate of a built run -----------------------------------------------------------------


def _build(tokens: int = 12_000) -> Build:
    file = RequestFile(
        name="requests.json",
        first_position=0,
        item_count=10,
        request_count=8,
        size_bytes=50_000,
        tokens=tokens,
        digest="",
    )
    return Build(item_count=10, files=(file,))


@pytest.fixture
def bench_in_2026(bench: Bench) -> Bench:
    bench.clock = FakeClock(datetime(2026, 11, 22, tzinfo=UTC))
    return bench


def test_built_run_is_estimated_at_the_days_prices(bench_in_2026: Bench) -> None:
    made = estimate(bench_in_2026.processor()._place, notes_task(), _build(), History())
    assert (made.items, made.requests, made.reused, made.jobs) == (10, 8, 2, 1)
    assert (made.size_bytes, made.input_tokens) == (50_000, 12_000)
    assert made.output_tokens.high == 8 * 2_048
    assert made.batch_usd is not None
    assert made.batch_usd.high == pytest.approx((12_000 * 1.35 * 0.375 + 8 * 2_048 * 1.875) / 1e6)
    assert [tier.tier for tier in made.tiers] == [1, 2, 3]
    assert made.tiers[0].share == pytest.approx(12_000 / 3_000_000)


def test_counts_replace_the_calibration(bench_in_2026: Bench) -> None:
    history = learn([past_run(_row(result=_result()), [_job()])], task="notes", model="m")
    assert history.calibration.factor == pytest.approx(1.1)
    counted = Counted(
        requests=4,
        estimated_tokens=6_600,
        counted_tokens=6_000,
        calibration=Calibration(factor=1.0, answers=4, between=0.02, basis="counted"),
    )
    made = estimate(
        bench_in_2026.processor()._place, notes_task(), _build(13_200), history, counted=counted
    )
    assert (made.input_tokens, made.input_basis) == (12_000, "counted")
    assert made.calibration_factor == 1.0


def test_unknown_models_have_limits_and_no_price(bench_in_2026: Bench) -> None:
    task = replace(notes_task(), model="nobody-knows", generation_config={})
    made = estimate(bench_in_2026.processor()._place, task, _build(), History())
    assert (made.batch_usd, made.tiers) == (None, ())
    assert made.output_tokens.high == 8 * 65_536
