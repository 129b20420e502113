"""The recorder: hands the items of a run to the journal, in batches."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from processor.core.attachment import Attachment
from processor.core.item import Item
from processor.core.outcome import Outcome
from processor.core.referred import AttachmentRow
from processor.errors import BadInput
from processor.ports import NewItem
from processor.steps.building import Building

_BATCH = 2_000
_PROGRESS_EVERY = 5_000


class Recorder:
    """Records items in their order, and names both sources of a repeated id."""

    def __init__(self, building: Building) -> None:
        self.count = 0
        self._building = building
        self._attempt_of = building.attempt_of
        self._rows: list[NewItem] = []
        self._sources: list[str] = []
        self._attached: list[AttachmentRow] = []

    def add(self, item: Item, input_sha256: bytes, request_sha256: bytes, *, reused: bool) -> int:
        """Record one item; returns its position."""
        outcome = Outcome.REUSED if reused else Outcome.PENDING
        asked = 1 if self._attempt_of is None else self._attempt_of(item.id)
        attempt = 0 if reused else asked
        self._rows.append((self.count, item.id, input_sha256, request_sha256, outcome, attempt))
        self._sources.append(item.source)
        self.count += 1
        if len(self._rows) >= _BATCH:
            self._flush()
        if self.count % _PROGRESS_EVERY == 0:
            self._building.observer.progress("build", self.count, None, "items")
        return self.count - 1

    def attach(self, item: Item, attached: Sequence[Attachment]) -> None:
        """Record what goes along with an item that is asked."""
        for one in attached:
            self._attached.append(
                AttachmentRow(
                    reference=(one.sha256.hex(), one.mime_type),
                    path=one.path,
                    size_bytes=one.size_bytes,
                    item_id=item.id,
                )
            )

    def finish(self) -> None:
        """Write the rest.

        Raises:
            BadInput: there was no item at all.
        """
        self._flush()
        if self.count == 0:
            raise BadInput("No items: the inputs hold none.")

    def _flush(self) -> None:
        try:
            self._building.journal.add_items(self._building.run, self._rows)
        except BadInput:
            raise self._repeated() from None
        if self._attached:
            self._building.journal.add_attachments(self._building.run, self._attached)
            self._attached.clear()
        self._rows.clear()
        self._sources.clear()

    def _repeated(self) -> BadInput:
        fresh: dict[str, str] = {}
        for row, source in zip(self._rows, self._sources, strict=True):
            item_id = row[1]
            earlier = fresh.get(item_id) or self._earlier_source(item_id)
            if earlier:
                return BadInput(
                    f"Two items have the id {item_id!r}: {earlier} and {source}. Ids must differ; "
                    "leave one out with --exclude, or name another field in [input] id."
                )
            fresh[item_id] = source
        return BadInput("Two items have one id.")

    def _earlier_source(self, item_id: str) -> str | None:
        building = self._building
        position = building.journal.position_of(building.run, item_id)
        if position is None:
            return None
        items: Iterator[Item] = iter(building.again() if building.again is not None else ())
        return next(
            (item.source for n, item in enumerate(items) if n == position), f"item {position + 1}"
        )
