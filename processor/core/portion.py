"""A portion of the items, for a pilot: the first ones, or a sample of them."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from hashlib import sha256
from heapq import heappush, heappushpop
from itertools import islice
from typing import Any, TypeVar

from processor.errors import WrongUsage

_Item = TypeVar("_Item")


@dataclass(frozen=True, slots=True, kw_only=True)
class Portion:
    """Which of the items are taken.

    Law: which positions a sample takes depends on the seed and the number of items alone; with one
    seed, a larger sample holds the smaller one, so that what a pilot was answered is reused.

    Attributes:
        limit: the first so many; None: all.
        sample: so many of these, each equally likely; None: all.
    """

    limit: int | None = None
    sample: int | None = None
    seed: int = 0

    def take(self, read: Callable[[], Iterable[_Item]], *, again: bool) -> Iterator[_Item]:
        """The items of the portion, in the order of all items.

        Args:
            read: reads all items.
            again: whether it can be called twice. It is, for a sample: once to know where the sample
                stands, which takes no memory but its positions. Otherwise the sample is held in memory.
        """
        if self.sample is None:
            yield from self._first(read())
        elif again:
            wanted = {position for position, _ in self._sampled(self._first(read()), keep=False)}
            last = max(wanted, default=-1)
            for position, item in enumerate(islice(read(), last + 1)):
                if position in wanted:
                    yield item
        else:
            for _, kept in self._sampled(self._first(read()), keep=True):
                assert kept is not None
                yield kept

    def line(self) -> str:
        """Which items these are, in one line; empty when they are all."""
        parts = []
        if self.limit is not None:
            parts.append(f"the first {self.limit:,} items at most")
        if self.sample is not None:
            parts.append(f"a sample of {self.sample:,} (seed {self.seed})")
        return ", ".join(parts)

    def _first(self, items: Iterable[_Item]) -> Iterator[_Item]:
        return islice(items, self.limit)

    def _sampled(self, items: Iterable[_Item], *, keep: bool) -> list[tuple[int, _Item | None]]:
        """The positions with the smallest digests, which are as good as drawn by lot."""
        assert self.sample is not None
        heap: list[tuple[int, int, _Item | None]] = []
        for position, item in enumerate(items):
            # Negative, for the heap gives up its smallest. Positions differ, so items are not compared.
            entry = (-_lot(self.seed, position), position, item if keep else None)
            if len(heap) < self.sample:
                heappush(heap, entry)
            elif entry > heap[0]:
                heappushpop(heap, entry)
        return sorted(((position, item) for _, position, item in heap), key=lambda pair: pair[0])


WHOLE = Portion()


def check_portion(options: Mapping[str, Any]) -> None:
    """Hold what the user asks for against what there is to ask for.

    Raises:
        WrongUsage: a count below one, or a seed without a sample.
    """
    for name in ("limit", "sample", "seed"):
        value = options.get(name)
        if value is None:
            continue
        if not isinstance(value, int) or isinstance(value, bool) or (name != "seed" and value < 1):
            at_least = "an integer" if name == "seed" else "a number of items from 1 on"
            raise WrongUsage(f"--{name} {value!r}: it is {at_least}.")
    if options.get("seed") is not None and options.get("sample") is None:
        raise WrongUsage("--seed goes with --sample: it says which sample is drawn.")


def portion_of(options: Mapping[str, Any]) -> Portion:
    """The portion that a run's options ask for."""
    return Portion(
        limit=options.get("limit"), sample=options.get("sample"), seed=options.get("seed") or 0
    )


def _lot(seed: int, position: int) -> int:
    return int.from_bytes(sha256(f"{seed}:{position}".encode()).digest()[:8])
