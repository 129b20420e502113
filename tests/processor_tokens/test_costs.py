"""The cost report."""

from __future__ import annotations

import json
from datetime import date
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from processor.core.costs import By, CostReport, cost_report
from processor.core.history import PastRun
from tests.processor_tokens.runs import past_run

DAYS = ("2026-11-18", "2026-11-19", "2026-11-20")


@st.composite
def past_runs(draw: st.DrawFn) -> list[PastRun]:
    """Some runs, oldest first, ended and running, priced or not."""
    made = []
    for number in range(draw(st.integers(0, 6))):
        changes: dict[str, Any] = {
            "task": draw(st.sampled_from(["notes", "news"])),
            "model": draw(st.sampled_from(["m", "n"])),
            "created_at": f"{DAYS[number // 2]}T0{number}:00:00+00:00",
            "ended": draw(st.booleans()),
            "estimated": draw(st.sampled_from([None, 1_000])),
        }
        if draw(st.booleans()):
            changes |= {"actual_usd": None, "interactive_usd": None}
        made.append(past_run(f"r{number}", **changes))
    return made


def _report(runs: list[PastRun], **options: Any) -> CostReport:
    return cost_report(runs, service="sandbox", **options)


@given(past_runs(), st.sampled_from(By))
def test_rows_add_up_to_the_total(runs: list[PastRun], by: By) -> None:
    report = _report(runs, by=by)
    rows = [row.as_json() for row in report.rows]
    total = report.total.as_json()
    assert total["runs"] + total["running"] == len(runs)
    for name in ("runs", "running", "unpriced", "requests"):
        assert total[name] == sum(row[name] for row in rows)
    for name in ("actual_usd", "interactive_usd", "saved_usd", "estimated_usd", "on_the_way_usd"):
        amounts = [row[name] for row in rows if row[name] is not None]
        assert total[name] == pytest.approx(sum(amounts)) or (not amounts and total[name] is None)
    for kind in ("prompt", "cached", "output", "thoughts"):
        assert total["tokens"][kind] == sum(row["tokens"][kind] for row in rows)


@pytest.mark.parametrize(
    ("by", "names"),
    [
        ("run", ["a", "b", "c"]),
        ("task", ["notes", "news"]),
        ("model", ["m", "n"]),
        ("day", ["2026-11-18", "2026-11-20"]),
    ],
)
def test_rows_stand_in_the_order_of_their_first_run(by: str, names: list[str]) -> None:
    runs = [
        past_run("a", created_at="2026-11-18T08:00:00+00:00"),
        past_run("b", task="news"),
        past_run("c", model="n"),
    ]
    assert [row.name for row in _report(runs, by=By(by)).rows] == names


def test_since_leaves_out_earlier_days() -> None:
    runs = [past_run("a", created_at="2026-11-18T23:59:59+00:00"), past_run("b")]
    report = _report(runs, since=date(2026, 11, 19))
    assert [row.name for row in report.rows] == ["b"]
    assert report.as_json()["since"] == "2026-11-19"


def test_saved_is_one_by_one_less_actual() -> None:
    total = _report([past_run("a"), past_run("b")]).total.as_json()
    assert (total["actual_usd"], total["interactive_usd"]) == (0.02, 0.04)
    assert (total["saved_usd"], total["estimated_usd"]) == (0.02, 0.004)


def test_money_for_answers_of_no_use_is_shown_as_such() -> None:
    spent = {"accepted": 0.05, "rejected": 0.01, "truncated": 0.02, "failed": 0.03}
    run = past_run("a")
    assert run.spending is not None
    changed = past_run("a", spending={**run.spending, "usd": spent})
    lost = _report([changed, changed]).total.as_json()["lost_usd"]
    assert lost == {"rejected": 0.02, "truncated": 0.04, "failed": 0.06}


def test_what_was_not_recorded_is_null_and_not_0() -> None:
    old = past_run("a", estimated=None, spending=None, output=None)
    total = _report([old]).total.as_json()
    assert total["lost_usd"] is None
    assert total["estimated_usd"] is None


def test_runs_without_a_price_count_their_tokens_only() -> None:
    total = _report([past_run("a", actual_usd=None, interactive_usd=None), past_run("b")]).total
    assert (total.runs, total.unpriced, total.actual_usd) == (2, 1, 0.01)
    assert total.tokens["prompt"] == 2_000


def test_running_runs_are_on_their_way() -> None:
    total = _report([past_run("a", ended=False, tokens={}, actual_usd=None)]).total
    assert (total.runs, total.running, total.on_the_way_usd) == (0, 1, 0.002)
    assert total.requests == 0


@given(past_runs(), st.sampled_from(By))
def test_report_is_json(runs: list[PastRun], by: By) -> None:
    report = _report(runs, by=by).as_json()
    assert json.loads(json.dumps(report)) == report
    assert report["service"] == "sandbox"
