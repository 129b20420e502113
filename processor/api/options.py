"""The options that shape a run, and what the journal keeps of them for ``resume`` and ``retry``."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any, TypedDict

from processor.api.workplace import Workplace
from processor.errors import WrongUsage

DEFAULT_INPUTS = "inputs"


class RunOptions(TypedDict, total=False):
    """What ``plan``, ``submit`` and ``run`` take besides the task.

    Attributes:
        inputs: files, folders or globs; ``inputs`` when neither these nor items are given.
        exclude: names to leave out, besides the task's.
        expect: refuse unless exactly so many items were loaded.
        fresh: ask for every item, also where an accepted answer to the same request is there.
        tier: the project's usage tier, 1 to 3, whose enqueued-token limit holds.
        enqueued_tokens: that limit itself: above it, the items are cut into several jobs, which are
            submitted as room appears.
        max_requests: at most so many items in one job.
        canary: first a job of so many items; the rest only if it does as well as ``[canary]`` asks.
        max_cost: refuse to submit above this estimate, USD.
        unpriced: submit although no price of the model is known.
        count_tokens: have the service count the tokens of a sample first; free, no inference.
    """

    inputs: str | Sequence[str] | None
    exclude: Sequence[str]
    expect: int | None
    fresh: bool
    tier: int | None
    enqueued_tokens: int | None
    max_requests: int | None
    canary: int | None
    max_cost: float | None
    unpriced: bool
    count_tokens: bool


_DEFAULTS: RunOptions = {
    "expect": None,
    "fresh": False,
    "tier": None,
    "enqueued_tokens": None,
    "max_requests": None,
    "canary": None,
    "max_cost": None,
    "unpriced": False,
    "count_tokens": False,
}


def recorded(
    task: str, options: RunOptions, *, inputs_given: bool, pace: dict[str, Any]
) -> dict[str, Any]:
    """The options as the journal keeps them.

    Args:
        inputs_given: whether the items come from files, not from a Python program.

    Raises:
        WrongUsage: there is no such option, or both inputs and items are given.
    """
    unknown = set(options) - set(RunOptions.__annotations__)
    if unknown:
        known = ", ".join(RunOptions.__annotations__)
        raise WrongUsage(f"There is no option {', '.join(sorted(unknown))}; there are {known}.")
    paths = as_list(options.get("inputs"))
    if paths and not inputs_given:
        raise WrongUsage("Items come from inputs or from items, not from both.")
    return {
        **_DEFAULTS,
        **options,
        "task": task,
        "inputs": (paths or [DEFAULT_INPUTS]) if inputs_given else None,
        "folder": str(Path.cwd()),
        "exclude": list(options.get("exclude", ())),
        **pace,
    }


def pace(place: Workplace, poll_interval: float | None, max_wait: float | None) -> dict[str, Any]:
    """How long to wait, and what the sandbox plays, for ``resume``."""
    return {
        "poll_interval": place.interval(poll_interval),
        "max_wait": max_wait,
        "faults": place.service.faults,
    }


def as_list(inputs: str | Path | Sequence[str] | None) -> list[str] | None:
    """Inputs as a list of texts."""
    if inputs is None:
        return None
    return [str(inputs)] if isinstance(inputs, (str, Path)) else [str(path) for path in inputs]
