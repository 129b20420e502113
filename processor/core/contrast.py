"""Contrast: two sets of outputs, held against each other item by item."""

from __future__ import annotations

import heapq
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from processor.core.agreement import Agreement, FieldDifference
from processor.core.compared import ABSENT, Compared
from processor.core.contrast_line import contrast_line

MOST_DIFFERING = 500
"""Items with different data that are listed: those that agree least."""
MOST_ONE_SIDED = 200
"""Items with data on one side only that are listed."""
MOST_ALONE = 200
"""Items that only one side has, of each side, that are listed."""
_MOST_FIELDS_NAMED = 50


@dataclass(slots=True)
class SideSums:
    """What one side adds up to."""

    items: int = 0
    outcomes: Counter[str] = field(default_factory=Counter)
    tokens: Counter[str] = field(default_factory=Counter)
    cost_usd: float = 0.0
    asked: int = 0
    unpriced: int = 0

    def add(self, item: Compared) -> None:
        """Count one item."""
        self.items += 1
        self.outcomes[item.outcome] += 1
        if item.asked:
            self.asked += 1
            self.tokens.update(item.usage)
            self.unpriced += item.cost_usd is None
            self.cost_usd += item.cost_usd or 0.0

    def as_json(self, about: Mapping[str, Any]) -> dict[str, Any]:
        """The side as JSON shows it; tokens and cost are null where nothing tells them."""
        priced = self.asked and not self.unpriced
        return {
            **about,
            "items": self.items,
            "outcomes": dict(self.outcomes.most_common()),
            "tokens": dict(self.tokens) if self.asked else None,
            "cost_usd": round(self.cost_usd, 6) if priced else None,
        }


@dataclass(slots=True, kw_only=True)
class _Listed:
    """An item that is listed: what JSON says of it, and its line on the page."""

    entry: dict[str, Any]
    line: str


class Contrast:
    """Feed it pairs; memory does not grow with them."""

    def __init__(self, agreement: Agreement) -> None:
        self._agreement = agreement
        self._sides = SideSums(), SideSums()
        self._outcomes: dict[str, Counter[str]] = {}
        self._counts: Counter[str] = Counter()
        self._shares = 0.0
        self._least: list[tuple[float, int, _Listed]] = []  # a heap: what agrees most is its first
        self._one_sided: list[_Listed] = []
        self._alone: tuple[list[str], list[str]] = ([], [])

    def add(self, a: Compared | None, b: Compared | None) -> None:
        """One item of A and its partner in B; None where there is no partner."""
        for sums, item in zip(self._sides, (a, b), strict=True):
            if item is not None:
                sums.add(item)
        outcome_a, outcome_b = (one.outcome if one else ABSENT for one in (a, b))
        self._outcomes.setdefault(outcome_a, Counter())[outcome_b] += 1
        if a is None or b is None:
            self._add_alone(a, b)
        elif a.data is None or b.data is None:
            self._add_one_sided(a, b)
        else:
            self._add_pair(a, b)

    def as_json(self, a: Mapping[str, Any], b: Mapping[str, Any]) -> dict[str, Any]:
        """The whole as JSON; ``a`` and ``b`` say what the sides are."""
        counts = self._counts
        compared = counts["compared"]
        return {
            "a": self._sides[0].as_json(a),
            "b": self._sides[1].as_json(b),
            "tolerance": self._agreement.tolerance,
            "counts": {
                "both": counts["both"],
                "compared": compared,
                "same": compared - counts["differ"],
                "differ": counts["differ"],
                "data_on_one_side": counts["one_sided"],
                "only_in_a": counts["only_a"],
                "only_in_b": counts["only_b"],
            },
            "agreement": round(self._shares / compared, 6) if compared else None,
            "outcomes": {one: dict(others) for one, others in self._outcomes.items()},
            "fields": self._agreement.as_json(),
            "differing": [one.entry for one in self._differing()],
            "differing_left_out": counts["differ"] - len(self._least),
            "one_sided": [one.entry for one in self._one_sided],
            "one_sided_left_out": counts["one_sided"] - len(self._one_sided),
            "only_in_a": self._alone[0],
            "only_in_b": self._alone[1],
        }

    def lines(self) -> list[str]:
        """The listed items as the page reads them: those without data on one side first."""
        return [one.line for one in (*self._one_sided, *self._differing())]

    def _differing(self) -> list[_Listed]:
        """Those that agree least first; in the order of A where they agree alike."""
        return [listed for _, _, listed in sorted(self._least, key=lambda one: (-one[0], -one[1]))]

    def _add_alone(self, a: Compared | None, b: Compared | None) -> None:
        for name, item, ids in zip(("only_a", "only_b"), (a, b), self._alone, strict=True):
            if item is not None:
                self._counts[name] += 1
                if len(ids) < MOST_ALONE:
                    ids.append(item.item_id)

    def _add_one_sided(self, a: Compared, b: Compared) -> None:
        self._counts["both"] += 1
        if a.data is None and b.data is None:
            return
        self._counts["one_sided"] += 1
        if len(self._one_sided) < MOST_ONE_SIDED:
            self._one_sided.append(_listed(a, b, None, []))

    def _add_pair(self, a: Compared, b: Compared) -> None:
        self._counts["both"] += 1
        found = self._agreement.compare(a.data, b.data)
        if found is None:
            return
        share, differences = found
        self._counts["compared"] += 1
        self._shares += share
        if not differences:
            return
        self._counts["differ"] += 1
        rank = (-share, -self._counts["differ"])  # the heap's first is the next to leave it
        if len(self._least) < MOST_DIFFERING:
            heapq.heappush(self._least, (*rank, _listed(a, b, share, differences)))
        elif rank > self._least[0][:2]:
            heapq.heapreplace(self._least, (*rank, _listed(a, b, share, differences)))


def _listed(
    a: Compared, b: Compared, share: float | None, differences: list[FieldDifference]
) -> _Listed:
    entry = {
        "item_id": a.item_id,
        "outcome_a": a.outcome,
        "outcome_b": b.outcome,
        "agreement": None if share is None else round(share, 6),
        "fields": [one.field for one in differences[:_MOST_FIELDS_NAMED]],
        "why": a.why if a.data is None else b.why if b.data is None else None,
    }
    return _Listed(entry=entry, line=contrast_line(entry, a, b, differences))
