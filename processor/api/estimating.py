"""Estimating a run that has been built: what its plan says, and what its journal keeps."""

from __future__ import annotations

from dataclasses import replace

from processor.api.counting import Counted
from processor.api.workplace import Workplace
from processor.core.estimate import Estimate, make_estimate
from processor.core.history import History
from processor.core.models import TIERS
from processor.core.plan import Build
from processor.core.task import Task

# Of all current models. Source: the models page, read 2026-11-21.
_MOST_OUTPUT_TOKENS = 65_536


def estimate(
    place: Workplace,
    task: Task,
    build: Build,
    history: History,
    *,
    counted: Counted | None = None,
    prefix_tokens: int = 0,
) -> Estimate:
    """What ``build`` would send and cost today.

    Args:
        history: with whose calibration the tokens of ``build`` were estimated.
        counted: what the service counted for a sample of its requests; it replaces that calibration.
        prefix_tokens: with how many tokens every request begins alike.
    """
    model = place.models.get(task.model)
    tokens = build.tokens
    if counted is not None:
        tokens = round(tokens / history.calibration.factor * counted.calibration.factor)
        history = replace(history, calibration=counted.calibration)
    limits = {tier: model.enqueued_tokens(tier) for tier in TIERS} if model else {}
    return make_estimate(
        items=build.item_count,
        requests=build.request_count,
        size_bytes=build.size_bytes,
        jobs=len(build.files),
        input_tokens=tokens,
        history=history,
        max_output_tokens=_most_output(task, model.max_output_tokens if model else None),
        price=model.price_on(place.clock.now().date()) if model else None,
        enqueued_tokens={tier: limit for tier, limit in limits.items() if limit is not None},
        prefix_tokens=prefix_tokens,
    )


def _most_output(task: Task, most: int | None) -> int:
    """What one answer may have at most, thoughts included."""
    own = task.generation_config.get("maxOutputTokens")
    return own if isinstance(own, int) and own > 0 else most or _MOST_OUTPUT_TOKENS
