"""Cuts: the instants at which the program under test kills itself."""

from __future__ import annotations

import os
import signal
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path


class Side(StrEnum):
    """Where in an effect the cut falls."""

    BEFORE = "before"
    INSIDE = "inside"
    AFTER = "after"


@dataclass(frozen=True, slots=True, kw_only=True)
class Cut:
    """One instant: a side of the ``occurrence``-th (from 1) effect of this name."""

    effect: str
    occurrence: int
    side: Side

    def __str__(self) -> str:
        return f"{self.side} {self.effect} #{self.occurrence}"


def parse_cut(text: str) -> Cut:
    """The cut that ``str`` made the text of."""
    side, _, rest = text.partition(" ")
    effect, _, occurrence = rest.rpartition(" #")
    return Cut(effect=effect, occurrence=int(occurrence), side=Side(side))


class Cuts:
    """Watches effects go by, notes each in a file, and kills this process at one of them.

    The note is written before the kill, so that the file's last line is the cut that was made.
    """

    def __init__(self, trace: Path, cut: Cut | None) -> None:
        self._trace = os.open(trace, os.O_WRONLY | os.O_CREAT | os.O_APPEND)
        self._cut = cut
        self._counts: Counter[str] = Counter()

    @contextmanager
    def around(self, effect: str) -> Iterator[None]:
        """The block is the effect."""
        self._counts[effect] += 1
        occurrence = self._counts[effect]
        self._reach(effect, occurrence, Side.BEFORE)
        yield
        self._reach(effect, occurrence, Side.AFTER)

    def inside(self, effect: str) -> None:
        """The effect has been done in part."""
        self._reach(effect, self._counts[effect], Side.INSIDE)

    def _reach(self, effect: str, occurrence: int, side: Side) -> None:
        reached = Cut(effect=effect, occurrence=occurrence, side=side)
        os.write(self._trace, f"{reached}\n".encode())
        if reached == self._cut:
            os.kill(os.getpid(), signal.SIGKILL)


def read_trace(path: Path) -> tuple[Cut, ...]:
    """All the instants that a process passed, in order."""
    return tuple(parse_cut(line) for line in path.read_text(encoding="utf-8").splitlines())
