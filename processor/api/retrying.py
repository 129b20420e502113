"""Retrying: the items that a run left rejected or failed, to be asked again."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from processor.api import looking
from processor.api.workplace import Workplace
from processor.core.item import Item
from processor.core.outcome import GOOD
from processor.errors import BadInput, HeldBack
from processor.ports import RunRow

MAX_ATTEMPTS = 3
"""How often an item is asked, over a run and its retries, unless the user says otherwise."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Retry:
    """Which items of a run are asked again.

    Attributes:
        wanted: a byte for each of the run's items, 1 where it is asked again.
        spent: how many were asked as often as is allowed.
    """

    place: Workplace
    parent: RunRow
    wanted: bytes
    spent: int

    def pick(self, items: Iterable[Item]) -> Iterator[Item]:
        """The wanted ones of ``items``.

        Raises:
            BadInput: one that is wanted is not among them any more.
        """
        missing = bytearray(self.wanted)
        left = sum(missing)
        for item in items:
            position = self.place.journal.position_of(self.parent.id, item.id)
            if position is not None and missing[position]:
                missing[position] = 0
                yield item
                left -= 1
                if not left:
                    return  # a run of the first few items has not read the others either
        gone = missing.find(1)
        if gone >= 0:
            item_id = next(self.place.journal.items(self.parent.id, start=gone))[1]
            raise BadInput(
                f"{sum(missing)} items of run {self.parent.id} are not in its inputs any more, "
                f"{item_id!r} first. Put them back, or run what is left."
            )


def find_retry(place: Workplace, parent: RunRow, *, only: str | None, max_attempts: int) -> Retry:
    """The rejected and failed items of ``parent``.

    Args:
        only: narrows it to items with a finding of this rule.

    Raises:
        HeldBack: nothing is left to ask.
    """
    wanted = bytearray(parent.item_count)
    spent = 0
    for position, envelope in enumerate(looking.envelopes(place, parent)):
        rules = {finding["rule"] for finding in envelope["findings"]}
        if envelope["outcome"] in GOOD or (only is not None and only not in rules):
            continue
        if place.journal.attempts(parent.id, envelope["item_id"]) >= max_attempts:
            spent += 1
        else:
            wanted[position] = 1
    if not any(wanted):
        raise HeldBack(_nothing(parent, only, spent, max_attempts), run=parent.id)
    if spent:
        place.observer.warn(
            f"{spent} items are left out: they were asked {max_attempts} times already."
        )
    return Retry(place=place, parent=parent, wanted=bytes(wanted), spent=spent)


def _nothing(parent: RunRow, only: str | None, spent: int, max_attempts: int) -> str:
    if spent:
        return (
            f"Nothing to retry in run {parent.id}: {spent} items were asked {max_attempts} times "
            "already. --max-attempts raises the cap; a changed prompt or schema may help more."
        )
    which = f"no item has a finding {only}" if only else "every item was accepted"
    return f"Nothing to retry in run {parent.id}: {which}."
