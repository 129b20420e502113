"""Figures: what the dashboard adds up of one run."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, NamedTuple

from processor.core.outcome import GOOD
from processor.core.state import FINAL, State


class Figures(NamedTuple):
    """A run in short; a plain tuple, for a folder may hold tens of thousands.

    Attributes:
        number: runs made later have higher ones.
        created_at, ended_at: ISO 8601, UTC.
        state: of the run itself, not of its jobs.
        counts: items by outcome; empty before the end.
        cost: ``actual_usd`` and its like, as the report has them; empty before the end.
        findings: times by rule; empty before the end, and where an older version did not record it.
        expected_usd: what the estimate said; None when it said nothing.
    """

    number: int
    run: str
    task: str
    model: str
    state: State
    created_at: str
    ended_at: str | None
    items: int
    counts: Mapping[str, int]
    cost: Mapping[str, Any]
    findings: Mapping[str, int]
    expected_usd: float | None

    @property
    def ended(self) -> bool:
        """Whether nothing more will happen."""
        return self.state in FINAL

    @property
    def good(self) -> int:
        """Items with data."""
        return sum(self.counts.get(outcome, 0) for outcome in GOOD)

    @property
    def judged(self) -> int:
        """Items whose outcome is known."""
        return sum(self.counts.values()) - self.counts.get("pending", 0)
