"""pair: bring the items of two sides together, in the order of the first."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Protocol

from processor.core.compared import Compared
from processor.errors import BadInput
from processor.steps.sides import Side

A, B = 0, 1

Pair = tuple[Compared | None, Compared | None]
"""An item of A and its partner in B; one may be missing."""


class Spots(Protocol):
    """Where the items of both sides stand, by their keys; not in memory."""

    def add(self, side: int, key: str, spot: str) -> bool:
        """Note an item; False when the side has its key already."""
        ...

    def find(self, side: int, key: str) -> str | None:
        """Where an item of this key stands."""
        ...

    def alone(self) -> Iterator[str]:
        """The spots of the items of B that A has not, in B's order."""
        ...


def pairs(a: Side, b: Side, spots: Spots) -> Iterator[Pair]:
    """Every item once, with its partner, one pair in memory at a time: A in order, then the rest of B.

    While both sides have the same items in the same order they are read side by side. From the first
    that differs, B is looked up by its spots: it is read once more.

    Raises:
        BadInput: a side has an id twice, or cannot be read.
    """
    left, right = _noted(a, A, spots), _noted(b, B, spots)
    waiting: Compared | None = None
    for ours in left:
        theirs = next(right, None)
        if theirs is None or theirs.key != ours.key:
            waiting = ours
            break
        yield ours, theirs
    for _ in right:  # what is left of B is noted
        pass
    while waiting is not None:
        spot = spots.find(B, waiting.key)
        yield waiting, None if spot is None else b.at(spot)
        waiting = next(left, None)
    for spot in spots.alone():
        yield None, b.at(spot)


def _noted(side: Side, number: int, spots: Spots) -> Iterator[Compared]:
    for spot, item in side.items():
        if not spots.add(number, item.key, spot):
            raise BadInput(
                f"{side.path}: the id {item.item_id!r} is there twice; which of the two is meant?"
            )
        yield item
