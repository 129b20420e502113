"""What runs add up to: nothing is lost between the total, the tasks and the periods."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from processor.core.figures import Figures
from processor.core.overview import Choice, by_task, repeated, total
from processor.core.overview_chart import MOST_COLOURS, accepted_chart, colours, cost_chart
from processor.core.overview_words import ago, lasting, usd
from processor.core.period import Period, periods
from tests.dashboard.made import figures, going

_MOST_BARS = 32


def _at(day: datetime, task: str, cents: int, good: int) -> Figures:
    return figures(
        task=task,
        created_at=day.isoformat(),
        cost={"actual_usd": cents / 100, "saved_usd": cents / 100},
        counts={"accepted": good, "rejected": 1},
    )


def _days_on(days: int) -> datetime:
    return datetime(2005, 1, 1, 7, tzinfo=UTC) + timedelta(days=days)


_RUNS = st.lists(
    st.builds(
        _at,
        st.integers(min_value=0, max_value=9_500).map(_days_on),
        st.sampled_from([f"task_{number}" for number in range(9)]),
        st.integers(min_value=0, max_value=10**6),
        st.integers(min_value=0, max_value=10**6),
    ),
    max_size=30,
)


@given(_RUNS)
def test_tasks_and_periods_add_up_to_the_total(runs: list[Figures]) -> None:
    whole, tasks, over_time = total(runs), by_task(runs), periods(runs)
    assert sum(one.runs for one in tasks) == sum(one.runs for one in over_time) == whole.runs
    assert sum(one.good for one in tasks) == sum(one.good for one in over_time) == whole.good
    assert sum(one.judged for one in over_time) == whole.judged
    assert sum(one.actual_usd or 0 for one in tasks) == pytest.approx(whole.actual_usd or 0)
    assert sum(one.total_usd for one in over_time) == pytest.approx(whole.actual_usd or 0)


@given(_RUNS)
def test_periods_have_no_gaps_and_fit_a_phone(runs: list[Figures]) -> None:
    found = periods(runs)
    assert len(found) <= _MOST_BARS
    assert len({one.name for one in found}) == len(found)
    assert not runs or (found[0].runs and found[-1].runs)


@pytest.mark.parametrize(
    ("days", "names"),
    [
        (0, ["2026-11-20"]),
        (3, ["2026-11-17", "2026-11-18", "2026-11-19", "2026-11-20"]),
        (40, [f"week of {date(2026, 10, 5) + timedelta(weeks=week)}" for week in range(7)]),
        (300, [f"2026-{month:02}" for month in range(1, 12)]),
        (1200, ["2023", "2024", "2025", "2026"]),
    ],
)
def test_long_spans_have_longer_periods(days: int, names: list[str]) -> None:
    last = datetime(2026, 11, 20, 23, 59, tzinfo=UTC)
    runs = [_at(last - timedelta(days=days), "a", 1, 1), _at(last, "a", 1, 1)]
    assert [one.name for one in periods(runs)] == names


def test_running_runs_count_by_what_is_expected_of_them() -> None:
    found = total([figures(), going(expected_usd=0.5), going(expected_usd=None)])
    assert (found.runs, found.running, found.good, found.judged) == (3, 2, 8, 10)
    assert (found.actual_usd, found.on_the_way_usd) == (0.25, 0.5)


def test_no_price_is_not_a_price_of_nothing() -> None:
    assert total([figures(cost={"actual_usd": None, "saved_usd": None})]).actual_usd is None


def test_a_finding_of_one_run_does_not_repeat() -> None:
    once, twice = {"schema.type": 5}, {"schema.type": 2, "json.syntax": 9}
    runs = [figures(1, findings=once), figures(2, task="other", findings=twice), figures(3)]
    found = {one.rule: one for one in repeated(runs)}
    assert set(found) == {"schema.type"}
    one = found["schema.type"]
    assert (one.runs, one.times, one.newest, dict(one.tasks)) == (
        3, 8, "r3", {"notes": 2, "other": 1},
    )  # fmt: skip


@pytest.mark.parametrize(
    ("choice", "taken"),
    [
        ({}, True),
        ({"words": "R1 Note"}, True),
        ({"words": "r1 nothing"}, False),
        ({"task": "notes"}, True),
        ({"task": "note"}, False),
        ({"state": "done"}, True),
        ({"state": "running"}, False),
        ({"state": "failed"}, False),
    ],
)
def test_choice_takes_what_fits_all_of_it(choice: dict[str, Any], taken: bool) -> None:
    assert Choice(**choice).takes(figures()) is taken


def test_running_is_a_state_of_whatever_has_not_ended() -> None:
    assert Choice(state="running").takes(going())
    assert not Choice(state="done").takes(going())


def test_cheap_tasks_share_a_colour() -> None:
    names = [f"task_{number}" for number in range(8)]
    period = Period("2026-11-20", "20 Nov", dict.fromkeys(names, 1.0))
    found = colours([period], names)
    assert set(found) == set(names)
    assert len(set(found.values())) == MOST_COLOURS
    assert [found[name] for name in names[:5]] == ["t0", "t1", "t2", "t3", "t4"]
    assert {found[name] for name in names[5:]} == {"t5"}
    assert len(set(colours([period], names[:6]).values())) == MOST_COLOURS


def test_charts_escape_names() -> None:
    hostile = Period("<b>x</b>", "</svg><script>", {"t": 1.0}, good=1, judged=2, runs=1)
    for chart in (cost_chart([hostile], {"t": "t0"}), accepted_chart([hostile])):
        assert "<b>" not in chart
        assert "<script>" not in chart
        assert chart.count("</svg>") == 1


def test_charts_show_each_period_that_has_something() -> None:
    days = [figures(1), going(2), figures(3, created_at="2026-11-18T12:00:00+00:00")]
    over_time = periods(days)
    assert cost_chart(over_time, {"notes": "t0"}).count('<rect class="t0"') == 2
    assert accepted_chart(over_time).count("<circle") == 2


@pytest.mark.parametrize(
    ("seconds", "long", "past"),
    [
        (0, "0 s", "now"),
        (59.9, "59 s", "59 s ago"),
        (60, "1 min", "1 min ago"),
        (125, "2 min 5 s", "2 min ago"),
        (3_600 * 5 + 120, "5 h 2 min", "5 h ago"),
        (3_600 * 11 + 120, "11 h", "11 h ago"),
        (86_400 * 40, "40 d", "40 d ago"),
        (-5, "0 s", "now"),
    ],
)
def test_lengths_of_time_are_short_words(seconds: float, long: str, past: str) -> None:
    assert (lasting(seconds), ago(seconds)) == (long, past)


def test_money_that_is_not_known_is_not_zero() -> None:
    assert [usd(None), usd(0), usd(0.0123), usd(1234.5)] == ["–", "$0.00", "$0.0123", "$1,234.50"]
