"""What runs after a run: the user's own next stage, when it runs, and what it is told."""

from __future__ import annotations

import shlex
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import Any

from processor.core.layout import Layout
from processor.core.outcome import Outcome
from processor.errors import ExitCode, WrongUsage


class When(StrEnum):
    """On which end of a run the command runs."""

    ACCEPTED = "accepted"
    FINISHED = "finished"
    ALWAYS = "always"


_ENDS = {
    When.ACCEPTED: frozenset({ExitCode.DONE}),
    When.FINISHED: frozenset({ExitCode.DONE, ExitCode.NOT_ALL_ACCEPTED}),
}
_KNOWN = {"command": (str, list), "when": str}


@dataclass(frozen=True, slots=True, kw_only=True)
class After:
    """A command that is to run when a run has ended.

    Attributes:
        command: the program and its arguments; no shell reads them.
    """

    command: tuple[str, ...]
    when: When

    def wants(self, code: int) -> bool:
        """Whether it runs after a run that ended with this exit code."""
        return self.when is When.ALWAYS or code in _ENDS[self.when]

    def as_json(self) -> dict[str, Any]:
        """As the journal keeps it: the ``[after]`` table."""
        return {"command": list(self.command), "when": self.when.value}


def parse_after(table: Mapping[str, Any], where: str) -> After:
    """The ``[after]`` table: ``command``, a line or a list of arguments, and ``when``.

    A line is taken apart as a POSIX shell would (quotes, backslashes) and nothing else: no
    variables, pipes or redirections. Whoever wants a shell names it: ``sh -c '…'``.

    Raises:
        WrongUsage: it is no command, or there is no such ``when``.
    """
    unknown = set(table) - set(_KNOWN)
    if unknown:
        raise WrongUsage(f"{where}: unknown key `{min(unknown)}`; known are command, when.")
    when = table.get("when", When.FINISHED.value)
    if when not in list(When):
        raise WrongUsage(f"{where}: when is one of {', '.join(When)}, not {when!r}.")
    return After(command=_arguments(table.get("command"), where), when=When(when))


def _arguments(command: object, where: str) -> tuple[str, ...]:
    if isinstance(command, list) and all(isinstance(part, str) for part in command):
        parts = tuple(command)
    elif isinstance(command, str):
        try:
            parts = tuple(shlex.split(command))
        except ValueError as error:
            raise WrongUsage(f"{where}: the command {command!r} has {error}.") from None
    else:
        raise WrongUsage(f"{where}: command is a line, or a list of arguments.")
    if not parts or not parts[0] or any("\0" in part for part in parts):
        raise WrongUsage(f"{where}: {command!r} is no command.")
    return parts


def facts(report: Mapping[str, Any], layout: Layout, code: int) -> dict[str, str]:
    """What the command finds in its environment: the run's absolute paths, and its numbers."""
    run, task, counts = report["run"], report["task"], report["counts"]
    folder = layout.run(run).absolute()
    paths: dict[str, Path] = {
        "RUN_DIR": folder,
        "OUTPUTS": layout.task_outputs(task).absolute(),
        "REPORT": folder / "report.json",
        "ITEMS": folder / "items.jsonl",
    }
    numbers = {outcome.upper(): counts[outcome] for outcome in Outcome}
    told = {"RUN": run, "TASK": task, **paths, **numbers, "EXIT_CODE": int(code)}
    return {f"TRUEBATCH_{name}": str(value) for name, value in told.items()}
