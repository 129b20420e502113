"""The handover: what a run and its retries accepted, as the items of the next stage."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from processor.api.looking import family
from processor.api.workplace import Workplace
from processor.core.envelope_line import outcome_in
from processor.core.ids import ItemId
from processor.core.item import Item
from processor.core.json_bytes import decode, encode
from processor.core.outcome import GOOD
from processor.core.state import FINAL
from processor.errors import BadInput, DiskFailed, NotFinished
from processor.ports import RunRow
from processor.steps.save import ENVELOPES

Place = tuple[Path, int]
"""A file of envelopes, and where a line begins in it."""


def handed_over(place: Workplace, run: str) -> Iterator[Item]:
    """The accepted and reused data of ``run``, and of its retries, in the run's input order.

    An item's id is its envelope's, whatever the data hold and whatever the output's file is called.
    Data that are no object, such as the text of a task of kind "text", are ``{"data": …}``.

    Raises:
        NotFinished: the run has not ended.
        BadInput: nothing was accepted.
    """
    row = place.row(run)
    if row.state not in FINAL:
        raise NotFinished(
            f"Run {row.id} has nothing to hand over yet: it is {row.state}. "
            f"`truebatch resume {row.id}` takes it to its end.",
            run=row.id,
        )
    first, *retries = (place.layout.run(member.id) / ENVELOPES for member in _ended(place, row))
    accepted_later = dict(_accepted(retries))
    some = False
    try:
        with first.open("rb") as file:
            for number, line in enumerate(file, 1):
                envelope = _envelope(line, accepted_later)
                if envelope is not None:
                    some = True
                    yield _item(envelope, f"{first}, line {number}")
    except OSError as error:
        raise DiskFailed(f"{first}: {error.strerror or error}.") from None
    if not some:
        raise BadInput(f"Run {row.id} accepted nothing: there is nothing to hand over.")


def _ended(place: Workplace, row: RunRow) -> Iterator[RunRow]:
    """The run first, whatever it retries; then the retries that have ended."""
    return (member for member in family(place, row) if member.state in FINAL)


def _accepted(files: list[Path]) -> Iterator[tuple[str, Place]]:
    """Where the retries' good envelopes are: the retried items are few, their data stay on the disk."""
    for path in files:
        try:
            with path.open("rb") as file:
                begin = 0
                for line in file:
                    if outcome_in(line) in GOOD:
                        yield decode(line)["item_id"], (path, begin)
                    begin += len(line)
        except OSError as error:
            raise DiskFailed(f"{path}: {error.strerror or error}.") from None


def _envelope(line: bytes, accepted_later: Mapping[str, Place]) -> dict[str, Any] | None:
    """The good envelope of the item in ``line``; None when it has none."""
    if outcome_in(line) in GOOD:
        return _decoded(line)
    found = accepted_later.get(_decoded(line)["item_id"]) if accepted_later else None
    if found is None:
        return None
    path, begin = found
    with path.open("rb") as file:
        file.seek(begin)
        return _decoded(file.readline())


def _decoded(line: bytes) -> dict[str, Any]:
    envelope: dict[str, Any] = decode(line)
    return envelope


def _item(envelope: Mapping[str, Any], source: str) -> Item:
    data = envelope["data"]
    value = data if isinstance(data, dict) else {"data": data}
    return Item(ItemId(envelope["item_id"]), value, source, encode(value))
