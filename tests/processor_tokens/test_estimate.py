"""What a run would take and cost."""

from __future__ import annotations

import json
from dataclasses import replace
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from processor.core.estimate import (
    Estimate,
    Interval,
    expected_output,
    expected_seconds,
    make_estimate,
    price_of,
)
from processor.core.history import History, learn
from processor.core.kept_estimate import priced_again, read_estimate
from processor.core.price import Price, Rates
from processor.core.spending import OutputSums
from tests.processor_tokens.runs import PRICE, past_run


def _estimate(
    history: History | None = None, *, requests: int = 100, price: Price | None = PRICE
) -> Estimate:
    return make_estimate(
        items=requests + 5,
        requests=requests,
        size_bytes=4_000 * requests,
        jobs=min(1, requests),
        input_tokens=1_000 * requests,
        history=history or History(),
        max_output_tokens=2_000,
        price=price,
        enqueued_tokens={1: 50_000, 3: 10_000_000},
    )


def _ordered(interval: Interval) -> bool:
    return 0 <= interval.low <= interval.expected <= interval.high


def test_without_history_output_is_bounded_by_its_limit() -> None:
    made = _estimate()
    assert made.output_tokens == Interval(low=5_000, expected=50_000, high=200_000)
    assert "at most 2,000 for each" in made.output_basis


def test_costs_are_those_of_the_price_list() -> None:
    made = _estimate()
    assert made.input_error == 0.35
    assert made.batch_usd is not None
    assert made.interactive_usd is not None
    assert made.batch_usd.low == pytest.approx(0.065 + 5_000 * 5e-6)
    assert made.batch_usd.expected == pytest.approx(0.1 + 50_000 * 5e-6)
    assert made.batch_usd.high == pytest.approx(0.135 + 200_000 * 5e-6)
    assert made.interactive_usd.expected == pytest.approx(2 * made.batch_usd.expected)
    assert made.saved_usd == pytest.approx(made.batch_usd.expected)


def test_nothing_asked_costs_nothing() -> None:
    made = _estimate(requests=0)
    nothing = Interval(low=0.0, expected=0.0, high=0.0)
    assert made.batch_usd == made.interactive_usd == made.output_tokens == nothing
    assert (made.reused, made.input_tokens, made.saved_usd) == (5, 0, 0.0)


def test_without_a_price_costs_are_unknown() -> None:
    made = _estimate(price=None)
    assert (made.batch_usd, made.interactive_usd, made.saved_usd) == (None, None, None)
    assert made.as_json()["batch_usd"] is None


def test_tiers_say_how_full_they_would_be() -> None:
    shares = {tier.tier: tier.share for tier in _estimate().tiers}
    assert shares == {1: 2.0, 3: 0.01}


def test_estimate_is_json() -> None:
    history = learn([past_run(job_seconds=(61.25,))], task="notes", model="m")
    kept = json.loads(json.dumps(_estimate(history).as_json()))
    assert kept["requests"] == 100
    assert kept["reused"] == 5
    assert kept["input_tokens"] == 100_000
    assert kept["calibration_factor"] == 1.0
    assert set(kept["output_tokens"]) == {"low", "expected", "high"}
    assert kept["job_seconds"]["expected"] == 61.2
    assert kept["jobs_known"] == 1


@given(
    st.lists(st.lists(st.integers(0, 3_000), min_size=1, max_size=30), max_size=4),
    st.integers(0, 100_000),
    st.integers(1, 2_500),
)
def test_intervals_never_cross_and_output_stays_below_its_limit(
    runs: list[list[int]], requests: int, limit: int
) -> None:
    known = [
        past_run(f"r{n}", answers=len(o), requests=len(o), outputs=o) for n, o in enumerate(runs)
    ]
    made = make_estimate(
        items=requests,
        requests=requests,
        size_bytes=0,
        jobs=1,
        input_tokens=700 * requests,
        history=learn(known, task="notes", model="m"),
        max_output_tokens=limit,
        price=PRICE,
    )
    assert made.batch_usd is not None
    assert made.interactive_usd is not None
    for interval in (made.output_tokens, made.batch_usd, made.interactive_usd):
        assert _ordered(interval)
    assert made.output_tokens.high <= requests * limit


def test_output_of_another_such_run_is_within_the_interval() -> None:
    outputs = [80 + 7 * (n % 11) for n in range(200)]
    known = past_run(answers=200, requests=200, outputs=outputs)
    interval, basis = expected_output([known.output or OutputSums()], 200, 2_000)
    assert interval.low < sum(outputs) < interval.high
    assert interval.high < 1.3 * interval.expected
    assert basis.startswith("from 200 answers: half have at most")


def test_runs_that_differ_widen_the_interval() -> None:
    alike = [past_run(outputs=[100] * 10).output or OutputSums() for _ in range(2)]
    unlike = [past_run(outputs=[size] * 10).output or OutputSums() for size in (60, 140)]
    widths = [
        interval.high - interval.low
        for interval, _ in (expected_output(runs, 10_000, 2_000) for runs in (alike, unlike))
    ]
    assert widths[1] > 10 * widths[0]


def test_more_answers_narrow_the_interval() -> None:
    def width(count: int) -> float:
        outputs = [50, 150] * count
        runs = [past_run(answers=2 * count, requests=2 * count, outputs=outputs).output] * 2
        interval, _ = expected_output([one for one in runs if one], 1_000, 2_000)
        return interval.high - interval.low

    assert all(more < fewer for fewer, more in pairwise(width(n) for n in (2, 10, 50, 250)))


def test_durations_are_quantiles_of_the_known_ones() -> None:
    assert expected_seconds([]) is None
    assert expected_seconds([60.0]) == Interval(low=60.0, expected=60.0, high=60.0)
    hundred = [float(n) for n in range(100)]
    assert expected_seconds(hundred[::-1]) == Interval(low=10.0, expected=50.0, high=90.0)


def test_long_prompts_are_priced_as_such() -> None:
    long = Rates(
        batch_input=2.0,
        batch_output=6.0,
        batch_cached=0.5,
        interactive_input=4.0,
        interactive_output=12.0,
        interactive_cached=1.0,
    )
    price = replace(PRICE, long=long)
    for tokens, dollars in ((200_000, 0.4), (200_001, 0.800004)):
        usd = price_of(price, prompt=2 * tokens, output=0, requests=2, batch=True)
        assert usd == pytest.approx(dollars)


@given(st.integers(0, 10_000), st.booleans(), st.booleans())
def test_estimate_that_was_kept_is_the_same_at_the_same_price(
    requests: int, known: bool, priced: bool
) -> None:
    history = learn([past_run(job_seconds=(61.25,))], task="notes", model="m") if known else None
    price = PRICE if priced else None
    kept = json.loads(json.dumps(_estimate(history, requests=requests, price=price).as_json()))
    again = priced_again(read_estimate(kept), price)
    assert again.requests == requests
    for way in ("batch_usd", "interactive_usd"):
        made, before = getattr(again, way), kept[way]
        assert (made is None) == (before is None) == (not priced)
        if made is not None:
            assert made.rounded(2) == pytest.approx(
                {name: round(value, 2) for name, value in before.items()}, abs=0.02, rel=1e-3
            )
    assert _unpriced(again.as_json()) == _unpriced(kept)


def _unpriced(kept: dict[str, object]) -> dict[str, object]:
    return {name: value for name, value in kept.items() if not name.endswith("_usd")}
