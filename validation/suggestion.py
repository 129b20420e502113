"""Proposals: the line whose addition would accept answers that are rejected now."""

from __future__ import annotations

from dataclasses import dataclass

from validation.candidate import Candidate, candidates_in
from validation.change import Change, Kind, changed, written
from validation.finding import printable
from validation.judging import judge_value
from validation.profile import Profile, ProfileError
from validation.verdict import Outcome, Verdict

_MAX_CANDIDATES = 64  # kinds of change counted; answers are hostile input, memory is bounded


@dataclass(frozen=True, slots=True, kw_only=True)
class Suggestion:
    """One change to a task's rules, with what it would do.

    Attributes:
        kind: A name for a field, a laxness, or a type in the schema.
        table: Where the line goes: `[fields.findings]`, `[answer]`, or a path in schema.json.
        line: The line as it would be written.
        seen: Answers, so far, that show what the change is about.
        items: Answers, of those rejected, that the change alone would accept.
        example: One of them, by its item's id, and what stands there.
        reason: Why it is proposed, in one sentence.
        change: What `apply_suggestion` needs.
    """

    kind: Kind
    table: str
    line: str
    seen: int
    items: int
    example: str
    reason: str
    change: tuple[str, ...]


def apply_suggestion(profile: Profile, suggestion: Suggestion) -> Profile:
    """Return the profile with the change made; the given one stays as it is.

    Raises:
        ProfileError: the change does not fit the profile.
    """
    return changed(profile, Change(suggestion.kind, suggestion.change))


class _Tally:
    __slots__ = ("example", "items", "profile", "reason", "seen")

    def __init__(self, profile: Profile, reason: str) -> None:
        self.profile = profile
        self.reason = reason
        self.seen = 0
        self.items = 0
        self.example = ""


class Suggestions:
    """Collects verdicts one by one, in memory that does not grow with their number.

    A change is proposed where it would accept an answer by itself, and what it is about was seen
    in at least `least` answers; a type of the schema only where `share` of the answers differ.
    """

    def __init__(self, profile: Profile, *, least: int = 2, share: float = 0.9) -> None:
        self._profile = profile
        self._least = least
        self._share = share
        self._answers = 0
        self._tallies: dict[Change, _Tally] = {}

    def add(self, verdict: Verdict, *, item_id: str = "") -> None:
        """Count one verdict in; only rejected ones that could be decoded teach anything."""
        if verdict.canonical is None or self._profile.kind != "json":
            return
        self._answers += 1
        if verdict.outcome is not Outcome.REJECTED:
            return
        rules = {one.rule.split(".")[0] for one in verdict.findings}
        if "relation" in rules or "envelope" in rules:
            return  # no change of names or types would cure it
        for candidate in candidates_in(self._profile, verdict):
            tally = self._tally(candidate)
            if tally is None:
                continue
            tally.seen += 1
            if judge_value(verdict.canonical, tally.profile).accepted:
                tally.items += 1
                if tally.items == 1:
                    where = f"{item_id}: " if item_id else ""
                    tally.example = printable(f"{where}{candidate.shown}")

    def proposals(self) -> tuple[Suggestion, ...]:
        """Return what is proposed, the change that accepts most first."""
        made = [
            _suggestion(self._profile, change, tally)
            for change, tally in self._tallies.items()
            if tally.items and tally.seen >= self._enough(change.kind)
        ]
        return tuple(sorted(made, key=lambda one: (-one.items, one.table, one.line)))

    def _enough(self, kind: Kind) -> float:
        return max(self._least, self._share * self._answers) if kind == "schema" else self._least

    def _tally(self, candidate: Candidate) -> _Tally | None:
        change = candidate.change
        tally = self._tallies.get(change)
        if tally is None and len(self._tallies) < _MAX_CANDIDATES:
            try:
                profile = changed(self._profile, change)
            except ProfileError:
                return None
            tally = self._tallies[change] = _Tally(profile, candidate.reason)
        return tally


def _suggestion(profile: Profile, change: Change, tally: _Tally) -> Suggestion:
    table, line = written(profile, change)
    return Suggestion(
        kind=change.kind,
        table=table,
        line=line,
        seen=tally.seen,
        items=tally.items,
        example=tally.example,
        reason=tally.reason,
        change=change.parts,
    )
