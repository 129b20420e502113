"""Past runs as the tests need them."""

from __future__ import annotations

from datetime import date
from typing import Any

from processor.core.history import PastRun
from processor.core.price import Price
from processor.core.spending import Spending, read_output

PRICE = Price(
    since=date(2026, 1, 1),
    batch_input=1.0,
    batch_output=5.0,
    batch_cached=0.25,
    interactive_input=2.0,
    interactive_output=10.0,
    interactive_cached=0.5,
)


def past_run(
    name: str = "r1",
    *,
    answers: int = 10,
    requests: int = 10,
    prompt: int = 1_000,
    outputs: list[int] | None = None,
    thoughts: int = 0,
    estimated: float | None = 1_000,
    factor: float = 1.0,
    **changes: Any,
) -> PastRun:
    """A run that has ended: ``prompt`` tokens in over all answers, ``outputs`` of each."""
    outputs = [100] * answers if outputs is None else outputs
    spending = Spending()
    for output in outputs:
        usage = {"prompt": prompt // answers, "cached": 0, "output": output, "thoughts": 0}
        cost = PRICE.batch_usd(prompt=prompt // answers, cached=0, output=output)
        spending.add({"outcome": "accepted", "findings": [], "usage": usage, "cost_usd": cost})
    kept = spending.as_json()
    estimate = None
    if estimated is not None:
        estimate = {
            "requests": requests,
            "input_tokens": estimated * factor,
            "calibration_factor": factor,
            "batch_usd": {"low": 0.001, "expected": 0.002, "high": 0.003},
        }
    values: dict[str, Any] = {
        "run": name,
        "task": "notes",
        "model": "m",
        "created_at": "2026-11-20T10:00:00+00:00",
        "ended": True,
        "requests": requests,
        "answers": answers,
        "counts": {"accepted": answers, "rejected": requests - answers},
        "tokens": {
            "prompt": prompt, "cached": 0, "output": sum(outputs) - thoughts, "thoughts": thoughts,
        },
        "actual_usd": 0.01,
        "interactive_usd": 0.02,
        "estimate": estimate,
        "spending": kept,
        "output": read_output(kept),
    }  # fmt: skip
    return PastRun(**(values | changes))
