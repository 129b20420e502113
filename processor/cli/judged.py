"""What people see of files that were judged."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from rich.console import Console
from rich.text import Text

from processor.cli.terminal import print_lines
from processor.core.printable import one_line

if TYPE_CHECKING:
    from processor.steps.texts import Found
    from validation import Verdict

_FINDINGS_SHOWN = 5


def show_refused(found: Found, verdict: Verdict) -> None:
    """Print an answer that is not accepted, as soon as it is judged."""
    if verdict.accepted:
        return
    lines = [f"{verdict.outcome:<8} {one_line(found.name)}"]
    lines += [
        f"         {one_line(f'{one.rule} {one.path} {one.message}')}"
        for one in verdict.findings[:_FINDINGS_SHOWN]
    ]
    more = len(verdict.findings) - _FINDINGS_SHOWN
    if more > 0:
        lines.append(f"         and {more:,} more findings")
    print_lines(*lines)


def show_judged(console: Console, result: Mapping[str, Any]) -> None:
    """The sum of all."""
    counts = result["counts"]
    total = sum(counts.values())
    shown = ", ".join(f"{n:,} {outcome}" for outcome, n in counts.items() if n)
    console.print(Text(f"{shown} of {total:,} answers, by the rules of {result['task']}"))
    for title in ("repairs", "findings"):
        if result[title]:
            said = ", ".join(f"{name} {n:,}×" for name, n in result[title].items())
            console.print(Text(f"{title.capitalize()}: {said}"))
    if not result["relations_checked"]:
        console.print(
            "Not checked: rules that compare an answer with its item. --inputs PATH gives the items."
        )
    for number, one in enumerate(result["suggestions"], 1):
        console.print()
        console.print(Text(f"Suggestion {number}: {one['reason']}", style="bold"))
        console.print(Text(_indented(f"{one['table']}\n{one['line']}")))
        console.print(Text(f"    accepts {one['items']:,} more; {one_line(one['example'])}"))


def show_applied(console: Console, applied: Mapping[str, Any]) -> None:
    """What a suggestion would change."""
    counts = ", ".join(f"{n:,} {outcome}" for outcome, n in applied["counts"].items() if n)
    console.print()
    console.print(Text(f"With suggestion {applied['number']}: {counts}", style="bold"))
    for before, ends in applied["changes"].items():
        for after, n in ends.items():
            console.print(Text(f"    {n:,} {before} → {after}"))
    console.print("No file was changed. To keep it, paste this into the task's rules:")
    console.print(Text(_indented(applied["paste"])))


def _indented(text: str) -> str:
    return "\n".join(f"    {one_line(line)}" for line in text.split("\n"))
