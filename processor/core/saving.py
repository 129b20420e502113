"""Saving: what changes of a prompt did to the cost, and what would lower it."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from hashlib import sha256
from itertools import pairwise
from typing import Any

from processor.core.history import PastRun
from processor.core.price import Price

PROMPT_FILES = ("prompt.md", "system.md")
"""The files of a task that say how it is asked."""
_MOST_THOUGHT = 0.5
_NEARLY = 0.5  # of the least that is cached: so much can often be reached
_MILLION = 1_000_000


def prompt_digest(files: Mapping[str, bytes]) -> str:
    """SHA-256, in hex, of how a task asks; equal digests ask alike."""
    digest = sha256()
    for name in PROMPT_FILES:
        content = files.get(name, b"")
        digest.update(f"{name} {len(content)}\n".encode() + content)
    return digest.hexdigest()


@dataclass(frozen=True, slots=True, kw_only=True)
class PerItem:
    """Means over the answers of one run: tokens with thoughts, USD as a batch."""

    run: str
    answers: int
    input_tokens: float
    output_tokens: float
    usd: float | None
    accepted: float | None


@dataclass(frozen=True, slots=True, kw_only=True)
class PromptChange:
    """Two consecutive runs of one task and model between which the prompt changed.

    The items of the two may differ, too: it is a comparison of means, no proof.

    Attributes:
        saved_usd: what the later run would have cost more with the earlier one's means; below 0, less.
    """

    task: str
    model: str
    before: PerItem
    after: PerItem
    saved_usd: float | None

    def as_json(self) -> dict[str, Any]:
        """The change as JSON shows it."""
        return asdict(self)


def read_change(shown: Mapping[str, Any]) -> PromptChange:
    """The change that ``as_json`` showed."""
    sides = {side: PerItem(**shown[side]) for side in ("before", "after")}
    return PromptChange(**{**shown, **sides})


def prompt_changes(runs: Sequence[PastRun]) -> Iterator[PromptChange]:
    """Every change of a prompt among ``runs``, oldest first, that was recorded on both sides."""
    lines: dict[tuple[str, str], list[PastRun]] = defaultdict(list)
    for run in runs:
        if run.answers and run.prompt_sha256:
            lines[run.task, run.model].append(run)
    for (task, model), line in lines.items():
        for before, after in pairwise(line):
            if before.prompt_sha256 != after.prompt_sha256:
                old, new = _per_item(before), _per_item(after)
                saved = None
                if old.usd is not None and new.usd is not None:
                    saved = round((old.usd - new.usd) * new.answers, 6)
                yield PromptChange(task=task, model=model, before=old, after=new, saved_usd=saved)


def _per_item(run: PastRun) -> PerItem:
    answers = run.answers or 0
    good = run.counts.get("accepted", 0) if run.counts else None
    return PerItem(
        run=run.run,
        answers=answers,
        input_tokens=round(run.tokens["prompt"] / answers, 1),
        output_tokens=round((run.tokens["output"] + run.tokens["thoughts"]) / answers, 1),
        usd=None if run.actual_usd is None else run.actual_usd / answers,
        accepted=None if good is None or not run.requests else round(good / run.requests, 4),
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class ThriftModel:
    """What advice needs to know of a model; None is: not known.

    Attributes:
        least_cached: from how many tokens on a shared beginning is cached by itself.
    """

    price: Price | None
    least_cached: int | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Advice:
    """What would cost less.

    Attributes:
        topic: ``thoughts`` or ``prefix``.
        usd: how much of what was spent it is about; None without a price.
    """

    topic: str
    task: str
    model: str
    message: str
    usd: float | None

    def as_json(self) -> dict[str, Any]:
        """The advice as JSON shows it."""
        return asdict(self)


def advise(runs: Sequence[PastRun], models: Mapping[str, ThriftModel]) -> Iterator[Advice]:
    """What would have made ``runs``, oldest first, cost less; one of each topic for a task and model."""
    lines: dict[tuple[str, str], list[PastRun]] = defaultdict(list)
    for run in runs:
        if run.tokens:
            lines[run.task, run.model].append(run)
    for (task, model), line in lines.items():
        known = models.get(model, ThriftModel(price=None, least_cached=None))
        yield from _on_thoughts(task, model, line, known.price)
        yield from _on_prefix(task, model, line[-1], known)


def _on_thoughts(
    task: str, model: str, runs: Sequence[PastRun], price: Price | None
) -> Iterator[Advice]:
    thoughts = sum(run.tokens["thoughts"] for run in runs)
    output = thoughts + sum(run.tokens["output"] for run in runs)
    if not output or thoughts <= _MOST_THOUGHT * output:
        return
    usd = None if price is None else price.batch_output * thoughts / _MILLION
    yield Advice(
        topic="thoughts",
        task=task,
        model=model,
        message=(
            f"Thoughts are {thoughts / output:.0%} of the output tokens of {task} with {model}. A lower "
            "thinking_level or thinking_budget in [generation_config] thinking_config costs less; hold "
            "the accepted share against it."
        ),
        usd=None if usd is None else round(usd, 6),
    )


def _on_prefix(task: str, model: str, run: PastRun, known: ThriftModel) -> Iterator[Advice]:
    prefix, least = run.prefix_tokens, known.least_cached
    if not prefix or not least or run.requests < 2 or prefix < _NEARLY * least:
        return
    if run.tokens["cached"]:
        return
    if prefix >= least:
        message = (
            f"All prompts of {task} begin with the same {prefix:,} tokens or so, and {model} may cache "
            f"such a beginning by itself from {least:,} on; run {run.run} was told of no cached token. "
            "Whether batch jobs get it is the service's choice: keep in front what is the same for all."
        )
    else:
        message = (
            f"All prompts of {task} begin with the same {prefix:,} tokens or so; {model} may cache "
            f"such a beginning by itself from {least:,} on. What is the same for every item, moved "
            "before what differs, brings it nearer."
        )
    yield Advice(
        topic="prefix",
        task=task,
        model=model,
        message=message,
        usd=_cached_usd(known.price, prefix * (run.requests - 1)),
    )


def _cached_usd(price: Price | None, tokens: int) -> float | None:
    """What so many tokens cost more fresh than cached."""
    if price is None:
        return None
    return round((price.batch_input - price.batch_cached) * tokens / _MILLION, 6)
