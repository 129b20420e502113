"""Likeness: how far two lists of JSON values agree, whatever their order."""

from __future__ import annotations

import json
import math
from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

_MOST_PAIRS = (
    10_000  # of objects with several numbers each, tried one with another; above, in order
)

Shape = tuple[str, tuple[Any, ...]]
"""What a value says apart from its numbers, and its numbers in that order."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Likeness:
    """Two lists held against each other.

    Attributes:
        common: how many values are in both; a value that is there twice needs two partners.
        only_a, only_b: the positions of the others.
    """

    common: int
    only_a: tuple[int, ...] = ()
    only_b: tuple[int, ...] = ()

    @property
    def share(self) -> float:
        """Values in both of all values (Jaccard, 0 to 1); 1 for two empty lists."""
        total = self.common + len(self.only_a) + len(self.only_b)
        return self.common / total if total else 1.0


def liken(a: Sequence[Any], b: Sequence[Any], *, tolerance: float) -> Likeness:
    """Hold two lists of values against each other.

    Laws (tests/compare/test_likeness.py): the order of either list, and of what is inside its values,
    does not count; swapping the lists swaps the result; a list is like itself.

    Args:
        tolerance: how far numbers may differ, as a share of the larger one; 0: exactly equal.
    """
    shaped_a, shaped_b = _by_outline(a), _by_outline(b)
    common = 0
    only_a: list[int] = []
    only_b: list[int] = []
    for outline in shaped_a.keys() | shaped_b.keys():
        ours, theirs = shaped_a.get(outline, []), shaped_b.get(outline, [])
        pairs = list(_partners(ours, theirs, tolerance))
        common += len(pairs)
        met_a, met_b = {at for at, _ in pairs}, {at for _, at in pairs}
        only_a += [at for _, at in ours if at not in met_a]
        only_b += [at for _, at in theirs if at not in met_b]
    return Likeness(common=common, only_a=tuple(sorted(only_a)), only_b=tuple(sorted(only_b)))


def shape(value: Any) -> Shape:
    """A value's shape: white space in strings as single spaces, members and elements in one order.

    A member that is null is as one that is not there. Values of the same shape differ in nothing.
    """
    match value:
        case None | bool():
            return json.dumps(value), ()
        case str():
            return json.dumps(" ".join(value.split())), ()
        case int() | float():
            return "#", (value,)
        case list():
            return _joined("[", sorted(map(shape, value)), "]")
        case dict():
            members = sorted((name, shape(one)) for name, one in value.items() if one is not None)
            parts = [(f"{json.dumps(name)}:{text}", numbers) for name, (text, numbers) in members]
            return _joined("{", parts, "}")
        case _:
            raise TypeError(f"{type(value).__name__} is no JSON value")


def near(one: float, other: float, tolerance: float) -> bool:
    """Whether two numbers count as equal; integers too large for a double must be equal exactly."""
    if one == other:
        return True
    try:
        return tolerance > 0 and math.isclose(one, other, rel_tol=tolerance)
    except OverflowError:
        return False


def _joined(begin: str, parts: Sequence[Shape], end: str) -> Shape:
    text = begin + ",".join(text for text, _ in parts) + end
    return text, tuple(number for _, numbers in parts for number in numbers)


_Placed = list[tuple[tuple[Any, ...], int]]
"""The numbers of each value, and its position."""


def _by_outline(values: Sequence[Any]) -> dict[str, _Placed]:
    found: defaultdict[str, _Placed] = defaultdict(list)
    for position, value in enumerate(values):
        outline, numbers = shape(value)
        found[outline].append((numbers, position))
    return found


def _partners(a: _Placed, b: _Placed, tolerance: float) -> Iterator[tuple[int, int]]:
    """Positions of values that are alike, each used once; ``a`` and ``b`` have one outline."""
    if tolerance <= 0 or not a or not b or not a[0][0]:
        yield from _equal(a, b)
    elif len(a[0][0]) > 1 and len(a) * len(b) <= _MOST_PAIRS:
        yield from _tried(a, b, tolerance)
    else:
        yield from _stepped(sorted(a), sorted(b), tolerance)


def _equal(a: _Placed, b: _Placed) -> Iterator[tuple[int, int]]:
    waiting: defaultdict[tuple[Any, ...], list[int]] = defaultdict(list)
    for numbers, position in reversed(b):
        waiting[numbers].append(position)
    for numbers, position in a:
        if waiting[numbers]:
            yield position, waiting[numbers].pop()


def _tried(a: _Placed, b: _Placed, tolerance: float) -> Iterator[tuple[int, int]]:
    """As many pairs as there can be: a value gives its partner away where that one finds another."""
    near_a = [
        [to for to, (others, _) in enumerate(b) if _near_all(numbers, others, tolerance)]
        for numbers, _ in a
    ]
    partner: dict[int, int] = {}

    def find(at: int, asked: set[int]) -> bool:
        for to in near_a[at]:
            if to not in asked:
                asked.add(to)
                if to not in partner or find(partner[to], asked):
                    partner[to] = at
                    return True
        return False

    for at in range(len(a)):
        find(at, set())
    return ((a[at][1], b[to][1]) for to, at in partner.items())


def _stepped(a: _Placed, b: _Placed, tolerance: float) -> Iterator[tuple[int, int]]:
    """In the order of size: for single numbers no other way finds more pairs."""
    at = to = 0
    while at < len(a) and to < len(b):
        if _near_all(a[at][0], b[to][0], tolerance):
            yield a[at][1], b[to][1]
            at, to = at + 1, to + 1
        elif a[at][0] < b[to][0]:
            at += 1
        else:
            to += 1


def _near_all(one: Sequence[Any], other: Sequence[Any], tolerance: float) -> bool:
    return all(near(x, y, tolerance) for x, y in zip(one, other, strict=True))
