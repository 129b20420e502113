"""The options that shape a run, and what the journal keeps of them for ``resume`` and ``retry``."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any, TypedDict

from processor.api.contexts import check_references
from processor.api.pages import host_names
from processor.api.standard_input import check_once
from processor.api.workplace import Workplace
from processor.core.after import parse_after
from processor.core.portion import check_portion
from processor.errors import WrongUsage

DEFAULT_INPUTS = "inputs"


class RunOptions(TypedDict, total=False):
    """What ``plan``, ``submit`` and ``run`` take besides the task.

    Attributes:
        inputs: files, folders or globs, ``-`` for the standard input; ``inputs`` when neither these
            nor items are given.
        limit: only the first so many items.
        sample, seed: only so many of the items, drawn by lot; the same seed (0) draws the same.
        from_run: the items are what this run and its retries accepted, by the same ids.
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
        allow_host: names of hosts that pages may come from although they are not on the public internet.
        skip_unreachable: leave out pages that give no article, and name them in ``excluded``.
        context: a text file that stands before every prompt, instead of the task's own.
        context_mode: ``auto`` (whichever the plan shows to be cheaper), ``explicit``, ``implicit``.
        attachments_from: folders that attachments may come from, besides the folder of their item.
        then: a command to run when the run has ended, instead of the task's ``[after]`` command.
        then_when: on which end: ``accepted``, ``finished`` (the default) or ``always``.
    """

    inputs: str | Sequence[str] | None
    exclude: Sequence[str]
    limit: int | None
    sample: int | None
    seed: int | None
    expect: int | None
    fresh: bool
    tier: int | None
    enqueued_tokens: int | None
    max_requests: int | None
    canary: int | None
    max_cost: float | None
    unpriced: bool
    count_tokens: bool
    from_run: str | None
    allow_host: Sequence[str]
    skip_unreachable: bool
    context: str | None
    context_mode: str | None
    attachments_from: str | Sequence[str]
    then: str | Sequence[str] | None
    then_when: str | None


_DEFAULTS: RunOptions = {
    "limit": None,
    "sample": None,
    "seed": None,
    "expect": None,
    "fresh": False,
    "tier": None,
    "enqueued_tokens": None,
    "max_requests": None,
    "canary": None,
    "max_cost": None,
    "unpriced": False,
    "count_tokens": False,
    "from_run": None,
    "skip_unreachable": False,
}


def recorded(
    task: str,
    options: RunOptions,
    *,
    inputs_given: bool,
    pace: dict[str, Any],
    urls: int | None = None,
) -> dict[str, Any]:
    """The options as the journal keeps them.

    Args:
        inputs_given: whether the items come from files, not from a Python program.
        urls: how many addresses a Python program hands over.

    Raises:
        WrongUsage: there is no such option, or both inputs and items are given.
    """
    unknown = set(options) - set(RunOptions.__annotations__)
    if unknown:
        known = ", ".join(RunOptions.__annotations__)
        raise WrongUsage(f"There is no option {', '.join(sorted(unknown))}; there are {known}.")
    check_portion(options)
    paths = as_list(options.get("inputs"))
    check_once(paths or ())
    from_run = options.get("from_run")
    if bool(paths) + bool(from_run) + bool(urls) + (not inputs_given) > 1:
        raise WrongUsage(
            "Items come from inputs, from another run, from urls, or from items: from one of them."
        )
    from_files = inputs_given and not from_run and not urls
    return {
        **_DEFAULTS,
        **options,
        "task": task,
        "inputs": (paths or [DEFAULT_INPUTS]) if from_files else None,
        "folder": str(Path.cwd()),
        "urls": urls,
        "exclude": list(options.get("exclude", ())),
        "allow_host": host_names(options.get("allow_host", ())),
        "then": _then(options),
        **check_references(options),
        **pace,
    }


def _then(options: RunOptions) -> dict[str, Any] | None:
    """``then`` as the table that ``[after]`` is."""
    command, when = options.get("then"), options.get("then_when")
    if command is None:
        if when is not None:
            raise WrongUsage("--then-when goes with --then: it says when that command runs.")
        return None
    line = command if isinstance(command, str) else list(command)
    table = {"command": line, **({"when": when} if when else {})}
    return parse_after(table, "--then").as_json()


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
