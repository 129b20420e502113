"""The built-in models.toml: the figures that were read, restated, and their sources."""

from __future__ import annotations

import re
import tomllib
from datetime import date
from typing import Any

import pytest

from processor.core.model import Kind
from processor.core.models import find_model
from tests.processor_models.tasks import DAY, FILE, MODELS

_M, _B = 1_000_000, 1_000_000_000
# model, on, batch input, batch output, cached (the dearer reading), interactive input and output
_PRICES = [
    ("gemini-4-carbon", date(2026, 11, 30), 1, 5, 0.1, 2, 10),
    ("gemini-4-carbon", date(2026, 12, 1), 2, 10, 0.2, 4, 20),
    ("gemini-4-argon", date(2026, 11, 30), 1, 5, 0.1, 2, 10),
    ("gemini-4-argon", date(2026, 12, 1), 2, 10, 0.2, 4, 20),
    ("gemini-3.8-flash", date(2026, 12, 31), 0.375, 1.875, 0.075, 0.75, 3.75),
    ("gemini-3.8-flash", date(2027, 1, 1), 0.75, 3.75, 0.15, 1.5, 7.5),
    ("gemini-3.7-flash", DAY, 0.375, 1.875, 0.075, 0.75, 3.75),
    ("gemini-3.6-flash", date(2026, 12, 31), 0.375, 1.875, 0.075, 0.75, 3.75),
    ("gemini-3.6-flash", date(2027, 1, 1), 0.75, 3.75, 0.15, 1.5, 7.5),
    ("gemini-3.5-flash", DAY, 0.75, 4.5, 0.15, 1.5, 9),
    ("gemini-3.5-flash-lite", DAY, 0.15, 1.25, 0.03, 0.3, 2.5),
    ("gemini-3.1-flash-lite", DAY, 0.125, 0.75, 0.025, 0.25, 1.5),
    ("gemini-3.1-pro-preview", DAY, 1, 6, 0.2, 2, 12),
    ("gemini-3-flash-preview", DAY, 0.25, 1.5, 0.05, 0.5, 3),
    ("gemini-2.5-pro", DAY, 0.625, 5, 0.125, 1.25, 10),
    ("gemini-2.5-flash", DAY, 0.15, 1.25, 0.03, 0.3, 2.5),
    ("gemini-2.5-flash-lite", DAY, 0.05, 0.2, 0.01, 0.1, 0.4),
    ("gemini-embedding-001", DAY, 0.075, 0, 0.075, 0.15, 0),
    ("gemini-embedding-2", DAY, 0.1, 0, 0.1, 0.2, 0),
]
_LONG = [("gemini-3.1-pro-preview", 2, 9, 0.4, 4, 18), ("gemini-2.5-pro", 1.25, 7.5, 0.25, 2.5, 15)]
_ENQUEUED = [
    (("gemini-3.6-flash", "gemini-3.5-flash", "gemini-2.5-flash"), 3 * _M, 400 * _M, _B),
    (("gemini-3.7-flash",), 3 * _M, None, _B),
    (
        ("gemini-3.5-flash-lite", "gemini-3.1-flash-lite", "gemini-2.5-flash-lite"),
        10 * _M,
        500 * _M,
        _B,
    ),
    (("gemini-3.1-pro-preview", "gemini-2.5-pro"), 5 * _M, 500 * _M, _B),
    (("gemini-3.1-flash-image",), _M, 250 * _M, 750 * _M),
    (("gemini-3.1-flash-lite-image", "gemini-3-pro-image"), 2 * _M, 270 * _M, _B),
    (("gemini-embedding-001", "gemini-embedding-2"), 500_000, 5 * _M, 10 * _M),
    (("gemini-2.5-flash-preview-tts",), 100_000, 100_000, 4 * _M),
    (("gemini-2.5-pro-preview-tts",), 25_000, 100_000, _M),
    (("gemini-3.8-flash", "gemini-4-argon", "gemini-4-carbon"), None, None, None),
]


@pytest.mark.parametrize("row", _PRICES, ids=lambda row: f"{row[0]} on {row[1]}")
def test_price_is_the_one_that_was_read(row: Any) -> None:
    name, day, *figures = row
    price = MODELS[name].price_on(day)
    assert price is not None
    assert [
        price.batch_input,
        price.batch_output,
        price.batch_cached,
        price.interactive_input,
        price.interactive_output,
    ] == figures


@pytest.mark.parametrize("row", _LONG, ids=lambda row: row[0])
def test_long_prompts_have_their_own_rates(row: Any) -> None:
    name, *figures = row
    price = MODELS[name].price_on(DAY)
    assert price is not None
    long = price.rates(200_001)
    assert [
        long.batch_input,
        long.batch_output,
        long.batch_cached,
        long.interactive_input,
        long.interactive_output,
    ] == figures
    assert price.rates(200_000) is price


def test_only_two_models_have_rates_for_long_prompts() -> None:
    with_long = {m.name for m in MODELS.values() if any(price.long for price in m.prices)}
    assert with_long == {row[0] for row in _LONG}


@pytest.mark.parametrize("row", _ENQUEUED, ids=lambda row: row[0][0])
def test_enqueued_limits_are_those_that_were_read(row: Any) -> None:
    names, *limits = row
    for name in names:
        assert [MODELS[name].enqueued_tokens(tier) for tier in (1, 2, 3)] == limits, name


def test_every_batch_price_is_at_most_the_interactive_one_and_cached_no_dearer_than_input() -> None:
    for model in MODELS.values():
        for price in model.prices:
            for rates in (price, price.rates(1 << 40)):
                assert rates.batch_input * 2 == pytest.approx(rates.interactive_input), model.name
                assert rates.batch_output * 2 == pytest.approx(rates.interactive_output)
                assert 0 < rates.batch_cached <= rates.batch_input
                assert rates.batch_cached <= rates.interactive_cached <= rates.interactive_input


def test_thinking_is_set_by_level_from_3_on_and_by_budget_before() -> None:
    for model in MODELS.values():
        if model.kind is not Kind.TEXT:
            continue
        thinking = model.thinking
        assert thinking is not None, model.name
        assert bool(thinking.levels) != model.name.startswith("gemini-2.5"), model.name


def test_minimal_thinking_is_not_taken_by_those_that_refuse_it() -> None:
    without = {m.name for m in MODELS.values() if m.thinking and "low" in m.thinking.levels}
    without -= {m.name for m in MODELS.values() if m.thinking and "minimal" in m.thinking.levels}
    assert without == {
        "gemini-4-carbon",
        "gemini-4-argon",
        "gemini-3.8-flash",
        "gemini-3.7-flash",
        "gemini-3.1-pro-preview",
    }


def test_sampling_parameters_are_unwanted_from_3_on() -> None:
    for model in MODELS.values():
        unwanted = {*model.parameters.deprecated, *model.parameters.ignored}
        new = model.kind is Kind.TEXT and not model.name.startswith("gemini-2.5")
        assert ({"temperature", "topP", "topK"} <= unwanted) == new, model.name


def test_every_figure_says_where_and_when_it_was_read() -> None:
    tables = tomllib.loads(FILE.read_text(encoding="utf-8"))
    for name, source in tables["sources"].items():
        assert re.search(r"read 20\d\d-\d\d-\d\d", source), name
    for name, model in tables["models"].items():
        parts = [model, *model["prices"]]
        parts += [part for part in model.values() if isinstance(part, dict)]
        for part in parts:
            assert part["source"] in tables["sources"], (name, part)


def test_every_source_is_used() -> None:
    tables = tomllib.loads(FILE.read_text(encoding="utf-8"))
    used = set(re.findall(r'^source = "(.+)"', FILE.read_text(encoding="utf-8"), re.MULTILINE))
    assert used == set(tables["sources"])


def test_who_takes_over_is_known_too() -> None:
    for model in MODELS.values():
        if model.reroute is not None:
            assert model.reroute.to in MODELS


def test_a_version_of_a_model_is_that_model() -> None:
    assert find_model(MODELS, "gemini-3.6-flash-001") is MODELS["gemini-3.6-flash"]
    assert find_model(MODELS, "gemini-3.6-flash-1") is None
    assert find_model(MODELS, "gemini-flash-latest") is None


def test_the_price_of_storing_a_cache_is_known_where_it_was_read() -> None:
    models = MODELS
    flash = models["gemini-3.8-flash"]
    this_year, next_year = (flash.price_on(date(year, 11, 22)) for year in (2026, 2027))
    assert this_year is not None
    assert next_year is not None
    assert (this_year.cache_storage, next_year.cache_storage) == (0.5, 1.0)
    lite = models["gemini-3.5-flash-lite"].price_on(date(2026, 11, 22))
    assert lite is not None
    assert lite.cache_storage is None
