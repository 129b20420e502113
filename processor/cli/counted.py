"""Counts of outcomes as people see them, each outcome in its colour."""

from __future__ import annotations

from collections.abc import Mapping

from rich.text import Text

from processor.core.outcome import Outcome

COLOURS = {
    Outcome.ACCEPTED: "green",
    Outcome.REUSED: "green",
    Outcome.REJECTED: "yellow",
    Outcome.FAILED: "red",
    Outcome.PENDING: "cyan",
}


def outcomes_line(counts: Mapping[str, int]) -> Text:
    """Every outcome that was met, and of how many items."""
    text = Text()
    for outcome in Outcome:
        if counts[outcome]:
            text.append(f"{counts[outcome]:,} {outcome}", style=f"bold {COLOURS[outcome]}")
            text.append("   ")
    text.append(f"of {sum(counts.values()):,} items")
    return text
