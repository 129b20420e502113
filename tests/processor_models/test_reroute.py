"""Who answers for a model, on fixed days."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from processor.core.models import parse_models
from processor.core.reroute import (
    WARNING_DAYS,
    Rerouted,
    ReroutedSoon,
    Served,
    Serving,
    ShutDown,
    ShutDownSoon,
    Unlisted,
    check_priced,
    check_serving,
    sentence,
    serving,
    serving_as_json,
)
from processor.errors import ExitCode, HeldBack
from tests.processor_models.tasks import DAY, MINIMAL, MODELS

# model, day, who answers
_WHO = [
    ("gemini-3.7-flash", date(2026, 10, 7), "gemini-3.8-flash", "soon"),
    ("gemini-3.7-flash", date(2026, 10, 8), "gemini-3.8-flash", "now"),
    ("gemini-3.5-flash", date(2026, 10, 8), "gemini-3.6-flash", "now"),
    ("gemini-2.5-pro", date(2026, 11, 16), None, "not yet"),
    ("gemini-2.5-pro", date(2026, 11, 17), "gemini-3.8-flash", "soon"),
    ("gemini-2.5-pro", date(2026, 12, 1), "gemini-3.8-flash", "now"),
    ("gemini-2.5-flash", date(2026, 12, 1), "gemini-3.5-flash-lite", "now"),
    ("gemini-2.5-flash-lite", date(2026, 12, 1), None, "not yet"),
    ("gemini-3.6-flash", date(2027, 6, 1), None, "not yet"),
]


@pytest.mark.parametrize(("name", "day", "by", "when"), _WHO)
def test_who_answers_is_what_was_announced(name: str, day: date, by: str | None, when: str) -> None:
    who = serving(MODELS, name, day)
    if when == "now":
        assert isinstance(who, Rerouted)
        assert who.by == by
    elif when == "soon":
        assert isinstance(who, ReroutedSoon)
        assert who.by == by
    else:
        assert who == Served()


_MOVED = MINIMAL + '[models.m.reroute]\nto = "n"\non = {}\n'
_OFF = MINIMAL + "[models.m.shutdown]\non = {}\n"


@given(st.integers(-400, 400))
def test_a_change_is_warned_of_for_14_days_and_then_holds(days: int) -> None:
    on = DAY + timedelta(days=days)
    moved = serving(parse_models(_MOVED.format(on), origin="f"), "m", DAY)
    off = serving(parse_models(_OFF.format(on), origin="f"), "m", DAY)
    if days <= 0:
        assert isinstance(moved, Rerouted)
        assert isinstance(off, ShutDown)
    elif days <= WARNING_DAYS:
        assert isinstance(moved, ReroutedSoon)
        assert isinstance(off, ShutDownSoon)
        assert moved.days == off.days == days
    else:
        assert moved == off == Served()


def test_reroute_of_a_reroute_names_the_last() -> None:
    chain = _MOVED.format("2026-01-01") + _MOVED.format("2026-02-01").replace(
        "models.m", "models.n"
    ).replace('"n"', '"o"')
    models = parse_models(chain, origin="f")
    assert serving(models, "m", date(2026, 1, 15)) == Rerouted(
        by="n", since=date(2026, 1, 1), source=""
    )
    who = serving(models, "m", date(2026, 2, 1))
    assert isinstance(who, Rerouted)
    assert who.by == "o"


def test_reroutes_in_a_circle_end() -> None:
    circle = _MOVED.format("2026-01-01") + _MOVED.format("2026-01-01").replace(
        "models.m", "models.n"
    ).replace('"n"', '"m"')
    assert isinstance(serving(parse_models(circle, origin="f"), "m", DAY), Rerouted)


def test_rerouted_model_is_refused_naming_who_would_answer() -> None:
    with pytest.raises(HeldBack, match=r"answered by gemini-3\.8-flash") as caught:
        check_serving(MODELS, "gemini-3.7-flash", DAY)
    assert caught.value.exit_code is ExitCode.HELD_BACK


def test_model_that_is_off_is_refused() -> None:
    with pytest.raises(HeldBack, match="shut down on 2027-05-07"):
        check_serving(MODELS, "gemini-3.1-flash-lite", date(2027, 5, 7))


def test_change_that_comes_is_a_warning() -> None:
    said = check_serving(MODELS, "gemini-2.5-flash", DAY)
    assert said is not None
    assert "From 2026-12-01 (in 9 days)" in said
    assert "gemini-3.5-flash-lite" in said
    assert "48 hours" not in said


def test_change_within_the_time_of_a_job_says_so() -> None:
    for day, words in ((date(2026, 11, 29), "in 2 days"), (date(2026, 11, 30), "tomorrow")):
        said = check_serving(MODELS, "gemini-2.5-pro", day)
        assert said is not None
        assert words in said
        assert "48 hours" in said


def test_served_model_needs_no_words() -> None:
    assert check_serving(MODELS, "gemini-3.6-flash", DAY) is None
    assert check_serving(MODELS, "gemini-3.6-flash-001", DAY) is None


def test_unlisted_model_is_said_to_be_unknown_with_a_guess() -> None:
    assert serving(MODELS, "gemini-3.6-flahs", DAY) == Unlisted(similar="gemini-3.6-flash")
    assert serving(MODELS, "zebra", DAY) == Unlisted(similar=None)
    said = check_priced(MODELS, "gemini-3.6-flahs", DAY)
    assert said is not None
    assert "--unpriced" in said
    assert "Do you mean gemini-3.6-flash?" in said


def test_model_without_a_price_on_the_day_is_said_to_be_unpriced() -> None:
    assert check_priced(MODELS, "gemini-3.6-flash", DAY) is None
    said = check_priced(MODELS, "gemini-3.6-flash", date(2026, 1, 1))
    assert said is not None
    assert "2026-01-01" in said


def test_every_state_has_its_words_and_its_json() -> None:
    states: dict[str, Serving] = {
        "served": Served(),
        "rerouted": Rerouted(by="n", since=DAY, source="s"),
        "rerouted_soon": ReroutedSoon(by="n", on=DAY, days=3, source="s"),
        "shut_down": ShutDown(since=DAY, source="s"),
        "shut_down_soon": ShutDownSoon(on=DAY, days=3, source="s"),
        "unlisted": Unlisted(similar=None),
    }
    for state, who in states.items():
        shown = serving_as_json("m", who)
        assert shown["state"] == state
        assert shown["message"] == sentence("m", who)
        assert shown["message"].startswith(("m ", "From 2026-11-22"))
        assert "2026-11-22" in shown["message"] or state in ("served", "unlisted")
