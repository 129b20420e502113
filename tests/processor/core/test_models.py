"""Prices and the days on which they hold."""

from __future__ import annotations

from datetime import date, timedelta
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

import processor
from processor.core.models import Model, Price, parse_models
from processor.effects.tasks import task_folders
from processor.errors import WrongUsage

_MODELS = Path(processor.__file__).parent / "models.toml"
_ENTRY = """
[models.m]
context_tokens = 10
max_output_tokens = 5
[[models.m.prices]]
since = {since}
batch_input = 1
batch_output = 2
batch_cached = 0.5
interactive_input = 2
interactive_output = 4
interactive_cached = 0.5
"""


def _price(since: date, output: float) -> Price:
    return Price(
        since=since,
        batch_input=1.0,
        batch_output=output,
        batch_cached=0.25,
        interactive_input=2.0,
        interactive_output=2 * output,
        interactive_cached=0.25,
    )


DAY = date(2026, 11, 22)


@given(st.lists(st.integers(0, 400), min_size=1, max_size=5, unique=True), st.integers(-10, 410))
def test_price_is_the_last_that_began(offsets: list[int], asked: int) -> None:
    prices = tuple(_price(DAY + timedelta(days=n), float(n)) for n in sorted(offsets))
    model = Model(name="m", context_tokens=1, max_output_tokens=1, prices=prices)
    found = model.price_on(DAY + timedelta(days=asked))
    begun = [n for n in offsets if n <= asked]
    assert (found.batch_output if found else None) == (float(max(begun)) if begun else None)


@given(st.integers(0, 10**9), st.integers(0, 10**9), st.integers(0, 10**9))
def test_batch_costs_what_its_tokens_cost(prompt: int, cached: int, output: int) -> None:
    price = _price(DAY, 8.0)
    cached = min(prompt, cached)
    expected = ((prompt - cached) * 1.0 + cached * 0.25 + output * 8.0) / 1_000_000
    assert price.batch_usd(prompt=prompt, cached=cached, output=output) == pytest.approx(expected)
    assert price.interactive_usd(prompt=prompt, cached=cached, output=output) >= expected * 0.999


def test_order_in_the_file_does_not_matter() -> None:
    text = _ENTRY.format(since="2027-01-01") + _ENTRY.split("[[")[1].join(["[[", ""]).format(
        since="2026-01-01"
    )
    model = parse_models(text, origin="models.toml")["m"]
    assert [price.since.year for price in model.prices] == [2026, 2027]


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("[models", "models.toml"),
        ("[models.m]\ncontext_tokens = 1", "model m"),
        (_ENTRY.format(since='"soon"'), "model m"),
        (_ENTRY.format(since="2026-01-01").replace("batch_input", "batch_inputs"), "model m"),
        (_ENTRY.format(since="2026-01-01").replace("= 0.5", '= "x"'), "model m"),
    ],
)
def test_mistake_in_models_toml_is_named(text: str, words: str) -> None:
    with pytest.raises(WrongUsage, match=r"models\.toml") as caught:
        parse_models(text, origin="models.toml")
    assert words in caught.value.message


def test_every_built_in_task_has_a_priced_model() -> None:
    models = parse_models(_MODELS.read_text(encoding="utf-8"), origin="models.toml")
    for folder in task_folders():
        lines = (folder / "task.toml").read_text(encoding="utf-8").splitlines()
        named = next(line.split('"')[1] for line in lines if line.startswith("model ="))
        price = models[named].price_on(DAY)
        assert price is not None
        assert 0 < price.batch_input < price.interactive_input
        assert 0 < price.batch_output < price.interactive_output
