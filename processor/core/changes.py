"""Changes: what judging a run again has changed."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from typing import Any

MOST_CHANGES_LISTED = 1_000


@dataclass(slots=True)
class Changes:
    """What judging again has changed.

    Attributes:
        outcomes: how many items went from which outcome to which other.
        same_outcome: how many kept theirs, with other data or findings.
        items: the first 1,000 whose outcome changed.
        promoted, withdrawn: outputs written because their item passes now, or removed.
        rewritten: outputs of items that passed before too, whose data changed.
        kept: outputs left alone, since a newer run, or somebody else, has written them.
    """

    outcomes: dict[str, Counter[str]] = field(default_factory=dict)
    same_outcome: int = 0
    items: list[dict[str, str]] = field(default_factory=list)
    promoted: int = 0
    withdrawn: int = 0
    rewritten: int = 0
    kept: int = 0

    def note(self, item_id: str, before: str, after: str) -> None:
        """Count one item that changed."""
        if before == after:
            self.same_outcome += 1
            return
        self.outcomes.setdefault(before, Counter())[after] += 1
        if len(self.items) < MOST_CHANGES_LISTED:
            self.items.append({"item_id": item_id, "from": before, "to": after})

    def as_json(self) -> dict[str, Any]:
        """As the report has it, under ``rejudged``."""
        changed = sum(counter.total() for counter in self.outcomes.values())
        return {
            "changes": {before: dict(after) for before, after in self.outcomes.items()},
            "same_outcome": self.same_outcome,
            "items": self.items,
            "items_left_out": changed - len(self.items),
            "outputs": {
                name: getattr(self, name) for name in ("promoted", "withdrawn", "rewritten", "kept")
            },
        }
