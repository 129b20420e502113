"""Field coverage: how often each field is there, and by which names the model called it."""

from __future__ import annotations

from collections import Counter
from itertools import islice
from typing import Any

from validation import Profile, Verdict
from validation.places import Place, stands_at, write_place

_MOST_FIELDS = 200
_MOST_NAMES = 50  # the names come from answers: hostile, and without number


class Coverage:
    """Counts fields over verdicts, in memory that does not grow with them.

    The fields are the members that the schema gives to the root, and those that fields.toml declares.
    """

    def __init__(self, profile: Profile) -> None:
        self._places = dict(islice(_places(profile).items(), _MOST_FIELDS))
        self._answers = 0
        self._present: Counter[str] = Counter()
        self._renamed: Counter[str] = Counter()
        self._names: dict[str, Counter[str]] = {}

    def add(self, verdict: Verdict) -> None:
        """Count one verdict; an answer that could not be decoded says nothing of fields."""
        value = verdict.canonical
        if value is None or not self._places:
            return
        self._answers += 1
        for name, place in self._places.items():
            if stands_at(value, place):
                self._present[name] += 1
        for name, used in verdict.variants.items():
            if name in self._places:
                self._renamed[name] += 1
                self._name(name, used)

    def as_json(self) -> dict[str, Any] | None:
        """``{field: {"answers", "present", "names": {name: times}}}``; None without any field.

        Present means there and not null. The field's own name counts where no other was used.
        """
        if not self._places:
            return None
        return {name: self._field(name) for name in self._places}

    def _field(self, name: str) -> dict[str, Any]:
        own = max(0, self._present[name] - self._renamed[name])
        others = self._names.get(name, Counter()).most_common()
        return {
            "answers": self._answers,
            "present": self._present[name],
            "names": {**({name: own} if own else {}), **dict(others)},
        }

    def _name(self, name: str, used: str) -> None:
        names = self._names.setdefault(name, Counter())
        for one in used.split(", "):
            if one in names or len(names) < _MOST_NAMES:
                names[one] += 1


def _places(profile: Profile) -> dict[str, Place]:
    source = profile.schema.source if profile.schema else None
    properties = source.get("properties") if isinstance(source, dict) else None
    places: dict[str, Place] = {}
    if profile.kind == "json" and isinstance(properties, dict):
        places.update({name: (name,) for name in properties})
    for field in profile.declared.fields:
        places[write_place(field.canonical)] = field.canonical
    return places
