"""Files of models: one over the other, and their mistakes."""

from __future__ import annotations

import math
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from processor.core.model import Kind
from processor.core.models import merge_models, parse_models
from processor.core.price import Price, Rates
from processor.effects.models import read_models
from processor.errors import WrongUsage
from tests.processor_models.tasks import MINIMAL, PRICE, made_model

_ONE_PRICE = "[[models.m.prices]]" + PRICE.format(since="2026-01-01")


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("[models", "f.toml"),
        ("models = 3", "`models`"),
        ("models.m = 3", "model m"),
        ("[model.m]", "unknown table `model`"),
        ("[models.m]\nmax_output_tokens = 1", "model m: `context_tokens` is missing"),
        (MINIMAL.replace("1000", '"many"'), "`context_tokens` is a whole number"),
        (MINIMAL.replace("1000", "true"), "`context_tokens` is a whole number"),
        (MINIMAL.replace("1000", "0"), "1 or more"),
        (MINIMAL.replace("100\n", "-1\n"), "`max_output_tokens` is a whole number, 0 or more"),
        (MINIMAL + "max_outputs = 3", "unknown field `max_outputs`; do you mean `max_output"),
        (MINIMAL + "zebra = 3", "unknown field `zebra`; known are"),
        (MINIMAL + 'kind = "video"', "`kind` is text, image, speech, embedding"),
        (MINIMAL + 'aliases = "a"', "`aliases` is a list of texts"),
        (MINIMAL + 'shared_context = "yes"', "`shared_context` is true or false"),
        (MINIMAL + 'released = "2026"', "`released` is a date"),
        (MINIMAL + "released = 2026-01-01T00:00:00Z", "`released` is a date"),
        (MINIMAL + 'notes = [""]', "`notes` is a list of texts"),
        (MINIMAL + "prices = 1", "`prices` is a list of tables"),
        (MINIMAL + "prices = [1]", "prices 1 is a table"),
        (MINIMAL + _ONE_PRICE.replace("batch_cached = 0.5\n", ""), "prices 1: `batch_cached`"),
        (MINIMAL + _ONE_PRICE.replace("= 4", "= -4"), "`interactive_output` is a number, 0 or"),
        (MINIMAL + _ONE_PRICE.replace("= 4", "= nan"), "`interactive_output` is a number"),
        (MINIMAL + _ONE_PRICE.replace("= 4", "= inf"), "`interactive_output` is a number"),
        (MINIMAL + _ONE_PRICE + _ONE_PRICE, "two `prices` begin on one day"),
        (MINIMAL + _ONE_PRICE + "above_200k = {}", "above_200k: `batch_input` is missing"),
        (MINIMAL + "[models.m.thinking]", "either `levels`"),
        (MINIMAL + '[models.m.thinking]\nlevels = ["low"]\nmost_budget = 3', "either `levels`"),
        (MINIMAL + "[models.m.thinking]\nmost_budget = 3", "go together"),
        (MINIMAL + '[models.m.thinking]\nlevels = ["low"]\ndefault = "high"', "one of its levels"),
        (MINIMAL + "[models.m.enqueued_tokens]\ntier_4 = 3", "unknown field `tier_4`"),
        (MINIMAL + "[models.m.reroute]\non = 2026-01-01", "reroute: `to` is missing"),
        (MINIMAL + '[models.m.reroute]\nto = "m"\non = 2026-01-01', "is another model"),
        (MINIMAL + '[models.m.shutdown]\non = "soon"', "shutdown: `on` is a date"),
        ("[models.gemini-3.6-flash]\ncontext_tokens = 1", '[models."gemini-3.6-flash"]'),
        ("[sources]\na = 3", "sources: `a` is a text"),
    ],
)
def test_mistake_is_named_with_its_place(text: str, words: str) -> None:
    with pytest.raises(WrongUsage) as caught:
        parse_models(text, origin="f.toml")
    assert caught.value.message.startswith("f.toml")
    assert words in caught.value.message


def test_every_field_is_read() -> None:
    model = made_model(
        """
        [sources]
        here = "a page, read 2026-11-22"
        """
        + MINIMAL
        + """
        kind = "image"
        shared_context = true
        released = 2026-02-03
        aliases = ["m-new"]
        extra_fields = ["newField"]
        notes = ["a note"]
        source = "here"
        [models.m.thinking]
        least_budget = 1
        most_budget = 9
        may_be_off = true
        [models.m.parameters]
        rejected = ["topK"]
        since = 2026-03-04
        [models.m.caching]
        least_tokens = 5
        [models.m.enqueued_tokens]
        tier_2 = 7
        [models.m.shutdown]
        on = 2027-01-01
        [[models.m.prices]]"""
        + PRICE.format(since="2026-01-01")
    )
    assert model.kind is Kind.IMAGE
    assert model.shared_context
    assert model.released == date(2026, 2, 3)
    assert (model.aliases, model.extra_fields) == (("m-new",), ("newField",))
    assert model.source == "a page, read 2026-11-22"
    assert model.thinking is not None
    assert (model.thinking.least_budget, model.thinking.most_budget) == (1, 9)
    assert model.parameters.rejected == ("topK",)
    assert model.parameters.since == date(2026, 3, 4)
    assert model.caching is not None
    assert model.caching.least_tokens == 5
    assert [model.enqueued_tokens(tier) for tier in (1, 2)] == [None, 7]
    assert model.shutdown is not None
    assert model.price_on(date(2025, 12, 31)) is None


def test_later_file_replaces_what_it_gives_and_keeps_the_rest() -> None:
    over = """
    [models.m]
    max_output_tokens = 50
    [[models.m.prices]]""" + PRICE.format(since="2026-05-05")
    merged = merge_models([(MINIMAL + _ONE_PRICE, "a.toml"), (over, "b.toml")])["m"]
    assert (merged.context_tokens, merged.max_output_tokens) == (1000, 50)
    assert [price.since for price in merged.prices] == [date(2026, 5, 5)]
    assert merged.origin == "b.toml over a.toml"


def test_later_file_adds_models() -> None:
    other = MINIMAL.replace("models.m", "models.n")
    assert list(merge_models([(MINIMAL, "a"), (other, "b")])) == ["m", "n"]


def test_mistake_in_a_later_file_names_that_file() -> None:
    with pytest.raises(WrongUsage, match=r"^b\.toml over a\.toml, model m: `context_tokens`"):
        merge_models([(MINIMAL, "a.toml"), ("[models.m]\ncontext_tokens = 0", "b.toml")])


def test_users_file_goes_over_the_built_in_one_and_a_named_file_over_both(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path))
    (tmp_path / "truebatch").mkdir()
    own = '[models."gemini-3.6-flash"]\nmax_output_tokens = {}\n'
    (tmp_path / "truebatch" / "models.toml").write_text(own.format(7), encoding="utf-8")
    assert read_models()["gemini-3.6-flash"].max_output_tokens == 7
    named = tmp_path / "mine.toml"
    named.write_text("\ufeff" + own.format(8), encoding="utf-8")
    model = read_models(str(named))["gemini-3.6-flash"]
    assert model.max_output_tokens == 8
    assert model.context_tokens == 1_048_576


def test_unreadable_file_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path))
    with pytest.raises(WrongUsage, match=r"absent\.toml"):
        read_models(str(tmp_path / "absent.toml"))
    (tmp_path / "bad.toml").write_bytes(b"\xff")
    with pytest.raises(WrongUsage, match=r"bad\.toml is not UTF-8"):
        read_models(str(tmp_path / "bad.toml"))


_RATES: dict[str, Any] = dict.fromkeys(Rates.__dataclass_fields__, 1.0)
_TWICE = Rates(**dict.fromkeys(_RATES, 2.0))


@given(st.integers(0, 1_000_000), st.integers(0, 1_000_000), st.integers(0, 1_000_000))
def test_whole_request_has_the_long_rates_above_200k(prompt: int, cached: int, output: int) -> None:
    cached = min(cached, prompt)
    flat = Price(since=date(2026, 1, 1), **_RATES)
    stepped = Price(since=date(2026, 1, 1), **_RATES, long=_TWICE)
    times = 2 if prompt > 200_000 else 1
    for way in ("batch_usd", "interactive_usd"):
        cost = getattr(flat, way)(prompt=prompt, cached=cached, output=output)
        assert math.isclose(
            getattr(stepped, way)(prompt=prompt, cached=cached, output=output), times * cost
        )
