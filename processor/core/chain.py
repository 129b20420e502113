"""A chain of stages: which runs it is made of, and when it goes no further."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from processor.core.ids import is_run_id
from processor.core.outcome import Outcome
from processor.errors import ExitCode, WrongUsage

FIRST_STAGE_ONLY = frozenset({"inputs", "exclude", "expect", "from_run", "limit", "sample", "seed"})
"""Options that say what the chain begins with; each later stage reads the one before it."""
_GOES_ON = frozenset({ExitCode.DONE, ExitCode.NOT_ALL_ACCEPTED})


@dataclass(frozen=True, slots=True, kw_only=True)
class Chain:
    """Stages by name or folder, each with the run it makes.

    Attributes:
        tasks: the stages' task names.
        first: the number, from 1, of the stage with which it begins.
        options: of its runs, as they were given.
    """

    name: str
    stages: tuple[str, ...]
    tasks: tuple[str, ...]
    first: int
    options: Mapping[str, Any]

    def run_id(self, number: int) -> str:
        """The run of stage ``number``: so where a chain stands is read from its runs alone.

        Raises:
            WrongUsage: the chain's name makes no run's id.
        """
        made = f"{self.name}-{number}-{self.tasks[number - 1]}"
        if not is_run_id(made):
            raise WrongUsage(
                f"--run {self.name!r}: its stage would be the run {made!r}, and a run's id is 1 to "
                "64 of A-Z a-z 0-9 . _ -"
            )
        return made

    def options_of(self, number: int, *, before: str | None, spent_usd: float) -> dict[str, Any]:
        """The options of one stage's run.

        Args:
            before: the run whose accepted data it reads; None for the inputs.
            spent_usd: by the chain so far; ``max_cost`` holds for all of it.
        """
        options = dict(self.options)
        if number > self.first:
            options = {k: v for k, v in options.items() if k not in FIRST_STAGE_ONLY}
        if number < len(self.stages):
            options.pop("then", None)
            options.pop("then_when", None)
        if before is not None:
            options["from_run"] = before
        if options.get("max_cost") is not None:
            options["max_cost"] = max(0.0, options["max_cost"] - spent_usd)
        return options

    def as_json(self) -> dict[str, Any]:
        """As the journal keeps it with each of its runs."""
        return {
            "name": self.name,
            "stages": list(self.stages),
            "tasks": list(self.tasks),
            "first": self.first,
            "options": dict(self.options),
        }


def read_chain(kept: Mapping[str, Any]) -> Chain:
    """The chain that ``as_json`` kept."""
    return Chain(
        name=kept["name"],
        stages=tuple(kept["stages"]),
        tasks=tuple(kept["tasks"]),
        first=kept["first"],
        options=kept["options"],
    )


def stage_number(wanted: str | None, stages: Sequence[str], tasks: Sequence[str]) -> int:
    """The number, from 1, of the stage that is called ``wanted``; 1 for None.

    Raises:
        WrongUsage: there is none, or there are several.
    """
    if wanted is None:
        return 1
    named = [n for n, names in enumerate(zip(stages, tasks, strict=True), 1) if wanted in names]
    if len(named) != 1:
        what = "several stages are called so" if named else f"stages are {', '.join(tasks)}"
        raise WrongUsage(f"--from {wanted!r}: {what}.")
    return named[0]


def why_stop(code: int, counts: Mapping[str, int]) -> str | None:
    """Why the stage after this one is not begun; None when it is.

    Args:
        code: the exit code that the stage's run ends with.
        counts: of its items, retries included.
    """
    if code not in _GOES_ON:
        return "its job failed" if code == ExitCode.JOB_FAILED else "the rest was held back"
    if not counts.get(Outcome.ACCEPTED, 0) + counts.get(Outcome.REUSED, 0):
        return "it accepted nothing"
    return None


def stage_summary(number: int, report: Mapping[str, Any], code: int) -> dict[str, Any]:
    """One stage as the chain's summary shows it."""
    kept = ("task", "run", "state", "counts", "cost", "tokens")
    return {"number": number, **{name: report[name] for name in kept}, "exit_code": int(code)}


def chain_summary(
    chain: Chain, stages: Sequence[Mapping[str, Any]], reason: str | None
) -> dict[str, Any]:
    """What the chain came to: each stage's counts and cost, and all of it.

    Args:
        reason: why it stopped early.
    """
    costs = [stage["cost"]["actual_usd"] for stage in stages]
    code = max((stage["exit_code"] for stage in stages), default=int(ExitCode.DONE))
    return {
        "pipeline": chain.name,
        "state": "STOPPED" if reason else "DONE",
        "reason": reason,
        "exit_code": max(code, int(ExitCode.NOT_ALL_ACCEPTED)) if reason else code,
        "stages": list(stages),
        "not_begun": list(chain.tasks[chain.first - 1 + len(stages) :]),
        "cost_usd": None if None in costs else round(sum(costs), 6),
    }
