"""What envelopes add up to."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from processor.core.models import Price
from processor.core.outcome import Outcome
from processor.core.tally import MOST_FINDINGS_LISTED, MOST_ITEMS_LISTED, Tally
from tests.processor.strategies import envelopes

PRICE = Price(
    since=date(2026, 1, 1),
    batch_input=1.0,
    batch_output=2.0,
    batch_cached=0.5,
    interactive_input=2.0,
    interactive_output=4.0,
    interactive_cached=0.5,
)


def _tally(given: list[dict[str, Any]], price: Price | None = PRICE) -> Tally:
    tally = Tally(price)
    for envelope in given:
        tally.add(envelope)
    return tally


@given(st.lists(envelopes(), max_size=12))
def test_every_item_has_exactly_one_outcome(made: list[dict[str, Any]]) -> None:
    counts = _tally(made).counts()
    assert set(counts) == {"accepted", "rejected", "failed", "reused", "pending"}
    assert sum(counts.values()) == len(made)
    for outcome in Outcome:
        assert counts[outcome] == sum(envelope["outcome"] == outcome for envelope in made)


@given(st.lists(envelopes(), max_size=12))
def test_tokens_and_cost_are_the_sums_of_what_was_paid_for(made: list[dict[str, Any]]) -> None:
    tally = _tally(made)
    paid = [e for e in made if e["outcome"] != "reused" and e["usage"] is not None]
    for kind in ("prompt", "cached", "output", "thoughts"):
        assert tally.token_counts()[kind] == sum(e["usage"][kind] for e in paid)
    assert tally.actual_usd == pytest.approx(sum(e["cost_usd"] for e in paid))


@given(st.lists(envelopes(), max_size=12))
def test_nothing_is_priced_without_a_price(made: list[dict[str, Any]]) -> None:
    assert not _tally(made, None).priced


@given(st.lists(envelopes(), max_size=12))
def test_items_not_good_are_listed_with_their_findings(made: list[dict[str, Any]]) -> None:
    bad = [e for e in made if e["outcome"] not in ("accepted", "reused")]
    assert _tally(made).items == [
        {name: e[name] for name in ("item_id", "outcome", "findings")} for e in bad
    ]


def test_list_of_items_does_not_grow_without_end() -> None:
    frame = {"item_id": "i", "outcome": "failed", "findings": [], "repairs": [], "variants": {}}
    tally = _tally([{**frame, "usage": None, "cost_usd": None}] * (MOST_ITEMS_LISTED + 7))
    assert (len(tally.items), tally.items_left_out) == (1_000, 7)


def test_list_of_one_items_findings_does_not_grow_without_end() -> None:
    found = [{"rule": "fields.extra", "path": f"$.x{n}", "message": ""} for n in range(100_000)]
    frame = {"item_id": "i", "outcome": "rejected", "findings": found, "repairs": []}
    tally = _tally([{**frame, "variants": {}, "usage": None, "cost_usd": None}])
    assert tally.items[0]["findings"] == found[:MOST_FINDINGS_LISTED]
    assert tally.findings == {"fields.extra": 100_000}


def test_findings_of_no_item_are_counted_too() -> None:
    tally = _tally([])
    tally.note("account.unknown_key", 3)
    assert tally.findings == {"account.unknown_key": 3}
    assert sum(tally.counts().values()) == 0
