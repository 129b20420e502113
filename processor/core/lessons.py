"""Lessons: what judging a run's answers teaches, beyond the single envelopes."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict
from hashlib import sha256
from typing import Any

from processor.core.coverage import Coverage
from validation import Profile, Suggestion, Suggestions, Verdict

RULE_FILES = ("task.toml", "schema.json", "fields.toml")
"""The files of a task that say how an answer is judged."""


class Lessons:
    """Collects verdicts one by one, in memory that does not grow with them."""

    def __init__(self, profile: Profile) -> None:
        self._suggestions = Suggestions(profile)
        self._coverage = Coverage(profile)

    def add(self, verdict: Verdict, item_id: str) -> None:
        """Learn from one verdict."""
        self._coverage.add(verdict)
        self._suggestions.add(verdict, item_id=item_id)

    def proposals(self) -> tuple[Suggestion, ...]:
        """The changes of the rules that would accept more, the best first."""
        return self._suggestions.proposals()

    def as_json(self) -> dict[str, Any]:
        """``coverage`` and ``suggestions`` as reports have them."""
        return {
            "coverage": self._coverage.as_json(),
            "suggestions": [suggestion_as_json(one) for one in self.proposals()],
        }


def suggestion_as_json(suggestion: Suggestion) -> dict[str, Any]:
    """A suggestion as reports have it: all but what only ``apply_suggestion`` needs."""
    value = asdict(suggestion)
    del value["change"]
    return value


def rules_digest(files: Mapping[str, bytes]) -> str:
    """SHA-256, in hex, of a task's rules; equal digests judge alike."""
    digest = sha256()
    for name in RULE_FILES:
        content = files.get(name, b"")
        digest.update(f"{name} {len(content)}\n".encode() + content)
    return digest.hexdigest()
