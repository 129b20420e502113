"""Leafing through a run's envelopes: pages of them, as the lines they are, found by their place."""

from __future__ import annotations

import os
from collections.abc import Collection
from pathlib import Path
from typing import BinaryIO, NamedTuple

from processor.core.envelope_line import outcome_in
from processor.errors import DiskFailed, WrongUsage

_MOST_BYTES = 8 * 1024 * 1024
"""Read for one page: a page may be short, also when many envelopes were passed over."""


class Page(NamedTuple):
    """Some envelopes.

    Attributes:
        lines: one JSON object each, without its line's end.
        next: where the next page begins, in bytes; None at the end.
    """

    lines: list[bytes]
    next: int | None


def leaf(path: Path, *, start: int, limit: int, outcomes: Collection[str] | None) -> Page:
    """The envelopes of ``path`` from the byte ``start`` on, at most ``limit``.

    Args:
        outcomes: only these; None for all.

    Raises:
        WrongUsage: no line begins at ``start``.
    """
    try:
        with path.open("rb") as file:
            _check_start(file, start)
            return _read(file, start, limit, outcomes)
    except OSError as error:
        raise DiskFailed(f"{path.name}: {error.strerror or error}.") from None


def _check_start(file: BinaryIO, start: int) -> None:
    if start:
        # A number beyond the end is no place at all: the system refuses to go there.
        within = start <= file.seek(0, os.SEEK_END)
        if within:
            file.seek(start - 1)
        if not within or file.read(1) != b"\n":
            raise WrongUsage("The cursor is none that was given for this run.")


def _read(file: BinaryIO, start: int, limit: int, outcomes: Collection[str] | None) -> Page:
    lines: list[bytes] = []
    place = start
    for line in file:
        place += len(line)
        if outcomes is None or outcome_in(line) in outcomes:
            lines.append(line.rstrip(b"\n"))
        if len(lines) == limit or place - start >= _MOST_BYTES:
            return Page(lines, place if file.read(1) else None)
    return Page(lines, None)
