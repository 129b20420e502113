"""The summary: how many items have which value of a field (``[summary] group_by``)."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from typing import Any

from processor.core.json_bytes import encode
from validation.places import Place, read_place, values_at

MOST_VALUES = 100
"""Values of a field that a report lists; the others are counted together."""
# Values of a field that are told apart at all: names over thousands of texts repeat, free texts do not.
MOST_KNOWN = 10_000
_LONGEST_VALUE = 200  # characters; what is longer is cut, so that memory stays bounded


class Summary:
    """Counts items by the values of some fields, in memory that does not grow with the items.

    Args:
        group_by: dotted paths: ``sentiment``, ``sector[]``, ``people[].name``.

    Raises:
        ValueError: one is no path.
    """

    def __init__(self, group_by: Sequence[str] = ()) -> None:
        self._fields = [_Field(name, read_place(name)) for name in group_by]

    def add(self, data: Any) -> None:
        """Count one item's data; a value that it has several times counts once."""
        for field in self._fields:
            field.add(data)

    def as_json(self) -> dict[str, Any] | None:
        """``{field: {"items", "values": {value: items}, "other", "absent", "exact"}}``, or None.

        ``values`` are the most frequent, with how many items have each; ``other`` is how often
        items have another; ``absent`` is how many have none. Not ``exact``: the field had more than
        ``MOST_KNOWN`` values, and those met after that are all in ``other``.
        """
        return {field.name: field.as_json() for field in self._fields} or None


class _Field:
    """The counts of one field."""

    def __init__(self, name: str, place: Place) -> None:
        self.name = name
        self._place = place
        self._counts: Counter[str] = Counter()
        self._unlisted = 0
        self._items = 0
        self._absent = 0

    def add(self, data: Any) -> None:
        self._items += 1
        values = dict.fromkeys(map(_text, _values(data, self._place)))
        self._absent += not values
        for value in values:
            if value in self._counts or len(self._counts) < MOST_KNOWN:
                self._counts[value] += 1
            else:
                self._unlisted += 1

    def as_json(self) -> dict[str, Any]:
        # Ties by name: the same items, in another order, make the same report.
        ranked = sorted(self._counts.items(), key=lambda pair: (-pair[1], pair[0]))
        rest = sum(count for _, count in ranked[MOST_VALUES:])
        return {
            "items": self._items,
            "values": dict(ranked[:MOST_VALUES]),
            "other": rest + self._unlisted,
            "absent": self._absent,
            "exact": not self._unlisted,
        }


def _values(data: Any, place: Place) -> Iterator[Any]:
    """The values at ``place``; a list at its end stands for its elements, null for none."""
    for _, value in values_at(data, place):
        for one in value if isinstance(value, list) else (value,):
            if one is not None:
                yield one


def _text(value: Any) -> str:
    text = value if isinstance(value, str) else encode(value).decode()
    return text if len(text) <= _LONGEST_VALUE else text[:_LONGEST_VALUE] + " …"
