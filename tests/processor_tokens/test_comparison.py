"""Estimated against actual."""

from __future__ import annotations

from typing import Any

from processor.core.comparison import compare
from processor.core.estimate import make_estimate
from processor.core.history import History
from tests.processor_tokens.runs import PRICE

ESTIMATE = make_estimate(
    items=10,
    requests=10,
    size_bytes=1,
    jobs=1,
    input_tokens=1_000,
    history=History(),
    max_output_tokens=100,
    price=PRICE,
).as_json()
TOKENS = {"prompt": 1_100, "cached": 0, "output": 500, "thoughts": 300}


def test_says_how_far_the_estimate_was_off() -> None:
    found = compare(ESTIMATE, answers=10, tokens=TOKENS, actual_usd=0.0051)
    assert found is not None
    assert (found.input_estimated, found.input_actual, found.input_off) == (1_000, 1_100, 0.1)
    assert (found.output_low, found.output_high, found.output_actual) == (500, 1_000, 800)
    assert found.output_within
    assert found.line() == (
        "Estimated against actual: 1,000 tokens in were estimated (± 35%), 1,100 came (+10.0%); "
        "800 out, as expected (500 to 1,000); 0.0051 USD, estimated 0.0035."
    )


def test_estimate_counts_for_the_share_that_was_answered() -> None:
    found = compare(ESTIMATE, answers=5, tokens={**TOKENS, "prompt": 550}, actual_usd=None)
    assert found is not None
    assert (found.input_estimated, found.input_off) == (500, 0.1)
    assert not found.output_within
    assert "800 out, not as expected (250 to 500)" in found.line()
    assert "(5 of 10 requests told no usage)" in found.line()
    assert "USD" not in found.line()


def test_nothing_is_compared_where_nothing_was_asked_or_answered() -> None:
    nothing: dict[str, Any] = {**ESTIMATE, "requests": 0}
    assert compare(nothing, answers=0, tokens=TOKENS, actual_usd=0.0) is None
    assert compare(ESTIMATE, answers=0, tokens=TOKENS, actual_usd=0.0) is None
