"""Agreement: how far two sets of data agree, field by field."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any

from processor.core.likeness import Likeness, liken
from validation.places import ELEMENTS, Place, read_place, same, write_place

MOST_FIELDS = 1_000
"""Fields that are told apart; those met after that are counted together."""
WHOLE = "(the whole)"
_OTHER = "(other fields)"


@dataclass(frozen=True, slots=True, kw_only=True)
class FieldDifference:
    """A field in which two items differ.

    Attributes:
        share: how far they agree in it, 0 to 1.
        a, b: what stands there on each side and has no partner on the other; None: no such field.
        common: how many elements are in both.
    """

    field: str
    share: float
    a: tuple[Any, ...] | None
    b: tuple[Any, ...] | None
    common: int = 0


@dataclass(slots=True)
class _Sums:
    """What one field adds up to."""

    items: int = 0
    equal: int = 0
    only_a: int = 0
    only_b: int = 0
    shares: float = 0.0

    def as_json(self, name: str) -> dict[str, Any]:
        return {
            "field": name,
            "agreement": round(self.shares / self.items, 6),
            "items": self.items,
            "equal": self.equal,
            "only_a": self.only_a,
            "only_b": self.only_b,
        }


@dataclass(slots=True, kw_only=True)
class Agreement:
    """Adds up, by field, how far pairs of data agree; memory does not grow with the pairs.

    A field is a dotted path, ``a.b``, and holds one value: the two are equal or not. Every list is a
    field too, ``a.list[]``: its elements in both of all its elements (Jaccard), their order left out.
    Where elements are objects, each of their members is one over all elements, ``a.list[].name``.
    A field that one side lacks (or where it is null) agrees in nothing.

    Attributes:
        tolerance: how far numbers may differ, as a share of the larger one.
        places: only these fields and what is inside them; all, when there are none.
    """

    tolerance: float = 0.0
    places: tuple[Place, ...] = ()
    _fields: dict[str, _Sums] = field(default_factory=dict)

    def compare(self, a: Any, b: Any) -> tuple[float, list[FieldDifference]] | None:
        """Hold one item's data against its partner's.

        Returns:
            The mean share of agreement over the item's fields, and those below 1; None when the
            item has none of the fields that count.
        """
        ours, theirs = self._leaves(a), self._leaves(b)
        total = 0.0
        names = ours | theirs  # in the order of A, then what is only in B
        differences = []
        for place in names:
            likeness = self._liken(ours.get(place), theirs.get(place))
            share = self._add(place, likeness, place in ours, place in theirs)
            total += share
            if share < 1:
                differences.append(_difference(place, ours, theirs, likeness))
        return (total / len(names), differences) if names else None

    def as_json(self) -> list[dict[str, Any]]:
        """Each field with what it adds up to, those that agree least first."""
        made = [sums.as_json(name) for name, sums in self._fields.items()]
        return sorted(made, key=lambda one: (one["agreement"], one["field"]))

    def _liken(self, a: list[Any] | None, b: list[Any] | None) -> Likeness | None:
        if a is None or b is None:
            return None
        return Likeness(common=len(a)) if same(a, b) else liken(a, b, tolerance=self.tolerance)

    def _add(self, place: Place, likeness: Likeness | None, in_a: bool, in_b: bool) -> float:
        name = _name(place)
        if name not in self._fields and len(self._fields) >= MOST_FIELDS:
            name = _OTHER
        sums = self._fields.setdefault(name, _Sums())
        share = likeness.share if likeness else 0.0
        sums.items += 1
        sums.shares += share
        sums.equal += share == 1
        sums.only_a += not in_b
        sums.only_b += not in_a
        return share

    def _leaves(self, data: Any) -> dict[Place, list[Any]]:
        found: dict[Place, list[Any]] = {}
        for place, values in _walk(data, ()):
            if not self.places or any(place[: len(one)] == one for one in self.places):
                found.setdefault(place, []).extend(values)
        return found


def read_fields(texts: Sequence[str]) -> tuple[Place, ...]:
    """The places that ``texts`` name.

    Raises:
        ValueError: one is no path.
    """
    return tuple(map(read_place, texts))


def _walk(value: Any, place: Place) -> Iterator[tuple[Place, list[Any]]]:
    """Every single value and every list, with its place; null is nothing."""
    if isinstance(value, list):
        inner = (*place, ELEMENTS)
        yield inner, value
        for one in value:
            if isinstance(one, (dict, list)):
                yield from _walk(one, inner)
    elif isinstance(value, dict) and value:
        for name, one in value.items():
            yield from _walk(one, (*place, name))
    elif value is not None and not (place and place[-1] == ELEMENTS):
        yield place, [value]


def _difference(
    place: Place,
    a: dict[Place, list[Any]],
    b: dict[Place, list[Any]],
    likeness: Likeness | None,
) -> FieldDifference:
    ours, theirs = a.get(place), b.get(place)
    if likeness is not None and ours is not None and theirs is not None:
        ours = [ours[at] for at in likeness.only_a]
        theirs = [theirs[at] for at in likeness.only_b]
    return FieldDifference(
        field=_name(place),
        share=likeness.share if likeness else 0.0,
        a=None if ours is None else tuple(ours),
        b=None if theirs is None else tuple(theirs),
        common=likeness.common if likeness else 0,
    )


def _name(place: Place) -> str:
    return write_place(place) or WHOLE
