"""What preflight says of a task or an item: a reason to stop, or a warning."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import asdict, dataclass, replace
from enum import StrEnum
from typing import Any

from processor.errors import HeldBack

MOST_ITEMS_NAMED = 10


class Rule(StrEnum):
    """What preflight looks at."""

    UNKNOWN_FIELD = "preflight.unknown_field"
    MISPLACED_FIELD = "preflight.misplaced_field"
    WRONG_VALUE = "preflight.wrong_value"
    PARAMETER = "preflight.parameter"
    SCHEMA = "preflight.schema"
    THINKING = "preflight.thinking"
    OUTPUT_LIMIT = "preflight.output_limit"
    CONTEXT = "preflight.context"
    SIZE = "preflight.size"
    REFERENCE = "preflight.reference"
    MODEL = "preflight.model"


@dataclass(frozen=True, slots=True, kw_only=True)
class PreflightFinding:
    """One thing said before anything is sent.

    Attributes:
        path: the place in the request, by its names on the wire.
        message: what, and what to do.
        stops: the service would refuse this, or nothing usable would come of it; else a warning.
        item: the item's id; None when it is about the task.
    """

    rule: Rule
    path: str
    message: str
    stops: bool
    item: str | None = None

    def about(self, item: str) -> PreflightFinding:
        """The finding, said of this item."""
        return replace(self, item=item)

    def __str__(self) -> str:
        return self.message if self.item is None else f"Item {self.item!r}: {self.message}"

    def as_json(self) -> dict[str, Any]:
        """The finding as JSON shows it."""
        return asdict(self)


def stop(rule: Rule, path: str, message: str) -> PreflightFinding:
    """A reason not to send."""
    return PreflightFinding(rule=rule, path=path, message=message, stops=True)


def warning(rule: Rule, path: str, message: str) -> PreflightFinding:
    """Something that may be unwise."""
    return PreflightFinding(rule=rule, path=path, message=message, stops=False)


class Findings:
    """All findings of a run, in memory that does not grow with its items.

    Of each rule, the first ten items that stop and the first ten that warn are kept, and all are
    counted.
    """

    def __init__(self, first: Iterable[PreflightFinding] = ()) -> None:
        self._kept: list[PreflightFinding] = []
        self._counts: Counter[tuple[Rule, bool]] = Counter()
        for finding in first:
            self.add(finding)

    def add(self, finding: PreflightFinding) -> None:
        """Take one more."""
        kind = (finding.rule, finding.stops)
        if finding.item is None:
            self._kept.append(finding)
            return
        self._counts[kind] += 1
        if self._counts[kind] <= MOST_ITEMS_NAMED:
            self._kept.append(finding)

    def sentences(self, *, stops: bool) -> list[str]:
        """Those that stop, or those that warn, and how many more items have the same."""
        said = [str(finding) for finding in self._kept if finding.stops is stops]
        for (rule, kind), count in self._counts.items():
            if kind is stops and count > MOST_ITEMS_NAMED:
                said.append(f"{count - MOST_ITEMS_NAMED:,} more items have the same ({rule}).")
        return said

    def warnings(self) -> list[str]:
        """What may be unwise."""
        return self.sentences(stops=False)

    def hold_back(self) -> None:
        """Stop here when there is a reason to.

        Raises:
            HeldBack: every reason, with what to do.
        """
        reasons = self.sentences(stops=True)
        if reasons:
            raise HeldBack("Nothing was sent. " + "\n".join(reasons))

    def as_json(self) -> list[dict[str, Any]]:
        """The findings that are kept."""
        return [finding.as_json() for finding in self._kept]
