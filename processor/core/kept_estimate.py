"""The estimate that the journal kept of a run, at the prices of another day."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from processor.core.context import ContextPlan, Mode
from processor.core.estimate import Estimate, Interval, TierLimit, cost_of, with_context_plan
from processor.core.price import Price

_INTERVALS = ("output_tokens", "batch_usd", "interactive_usd", "job_seconds")
_COMPUTED = ("reused", "saved_usd")


def read_estimate(kept: Mapping[str, Any]) -> Estimate:
    """What ``Estimate.as_json`` made, up to its rounding."""
    values = {name: value for name, value in kept.items() if name not in _COMPUTED}
    for name in _INTERVALS:
        values[name] = None if values[name] is None else Interval(**values[name])
    values["tiers"] = tuple(TierLimit(**tier) for tier in values["tiers"])
    if context := values.get("context"):
        values["context"] = ContextPlan(**{**context, "mode": Mode(context["mode"])})
    return Estimate(**values)


def priced_again(estimate: Estimate, price: Price | None) -> Estimate:
    """The same tokens at another price; None: none is known."""
    tokens, error = estimate.input_tokens, estimate.input_error
    tokens_in = Interval(low=tokens * (1 - error), expected=tokens, high=tokens * (1 + error))
    batch, interactive = (
        cost_of(price, tokens_in, estimate.output_tokens, estimate.requests, batch=way)
        for way in (True, False)
    )
    priced = replace(estimate, batch_usd=batch, interactive_usd=interactive)
    plan = estimate.context
    return with_context_plan(priced, plan.priced(price)) if plan is not None else priced
