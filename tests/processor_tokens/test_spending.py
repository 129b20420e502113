"""The sums over a run's answers."""

from __future__ import annotations

import json
import statistics
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from processor.core.spending import KINDS, OutputSums, Spending, read_output
from tests.processor.strategies import envelopes

counts = st.lists(st.integers(0, 70_000), min_size=1, max_size=60)


def _envelope(output: int, **changes: Any) -> dict[str, Any]:
    usage = {"prompt": 100, "cached": 0, "output": output, "thoughts": 0}
    return {
        "outcome": "accepted", "findings": [], "usage": usage, "cost_usd": 0.5, **changes,
    }  # fmt: skip


def _sums(given: list[int]) -> OutputSums:
    spending = Spending()
    for tokens in given:
        spending.add(_envelope(tokens))
    return spending.output()


@given(counts)
def test_mean_and_spread_are_those_of_the_answers(given: list[int]) -> None:
    sums = _sums(given)
    assert sums.mean == pytest.approx(statistics.fmean(given))
    assert sums.spread == pytest.approx(statistics.pstdev(given), rel=1e-6, abs=1e-3)


@given(counts, st.sampled_from([0.05, 0.1, 0.5, 0.9, 0.95, 1.0]))
def test_quantiles_are_within_5_percent(given: list[int], share: float) -> None:
    ordered = sorted(given)
    exact = ordered[max(0, -(-round(share * len(ordered) * 1e6) // 1_000_000) - 1)]
    assert _sums(given).quantile(share) == pytest.approx(exact, rel=0.05, abs=1.0)


@given(counts, counts)
def test_sums_of_two_runs_are_those_of_all_their_answers(one: list[int], other: list[int]) -> None:
    assert _sums(one) + _sums(other) == _sums(one + other)


@given(st.lists(envelopes(), max_size=12))
def test_journal_gives_back_what_was_summed(made: list[dict[str, Any]]) -> None:
    spending = Spending()
    for envelope in made:
        spending.add(envelope)
    kept = json.loads(json.dumps(spending.as_json()))
    assert read_output(kept) == spending.output()
    assert set(kept["answers"]) == set(kept["tokens"]) == set(kept["usd"]) == set(KINDS)


@given(st.lists(envelopes(), max_size=12))
def test_every_answer_that_was_paid_for_is_of_one_kind(made: list[dict[str, Any]]) -> None:
    spending = Spending()
    for envelope in made:
        spending.add(envelope)
    paid = [e for e in made if e["usage"] is not None and e["outcome"] != "reused"]
    assert spending.answers.total() == len(paid)
    assert sum(spending.usd.values()) == pytest.approx(sum(e["cost_usd"] for e in paid))
    used = [e["usage"] for e in paid]
    total = sum(u["prompt"] + u["output"] + u["thoughts"] for u in used)
    assert spending.tokens.total() == total


@pytest.mark.parametrize(
    ("outcome", "rule", "kind"),
    [
        ("accepted", "account.duplicate_identical", "accepted"),
        ("rejected", "schema.type", "rejected"),
        ("rejected", "envelope.truncated", "truncated"),
        ("rejected", "decode.truncated", "truncated"),
        ("failed", "envelope.thoughts_only", "truncated"),
        ("failed", "envelope.finish_safety", "failed"),
    ],
)
def test_cut_answers_are_told_from_rejected_ones(outcome: str, rule: str, kind: str) -> None:
    spending = Spending()
    spending.add(_envelope(7, outcome=outcome, findings=[{"rule": rule}]))
    assert spending.usd[kind] == 0.5
    assert spending.answers.total() == spending.answers[kind] == 1


def test_nothing_is_known_without_answers() -> None:
    empty = OutputSums()
    assert (empty.mean, empty.spread, empty.quantile(0.5)) == (0.0, 0.0, 0)
