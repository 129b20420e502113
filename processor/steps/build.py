"""build: make the request file, one line per item."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from hashlib import sha256
from pathlib import Path
from typing import BinaryIO

from processor.core.ids import RunId
from processor.core.item import Item
from processor.core.plan import RequestFile
from processor.core.request import RequestMaker
from processor.core.task import Task
from processor.errors import BadInput
from processor.ports import Files, Journal, Observer

REQUEST_FILE = "requests.json"
LARGEST_FILE_BYTES = (
    2_147_483_648  # media.upload's maxSize in the v1beta discovery document, read 2026-11-22
)
_BATCH = 2_000
_PROGRESS_EVERY = 5_000


def build(
    items: Iterable[Item],
    task: Task,
    *,
    run: RunId,
    folder: Path,
    files: Files,
    journal: Journal,
    observer: Observer,
    again: Callable[[], Iterable[Item]] | None,
) -> RequestFile:
    """Write ``requests.json``, and record every item in the journal.

    Args:
        again: reads the same items once more; only to name both files when two items share an id.

    Returns:
        The file, whose lines are the items in order, keys unique.

    Raises:
        BadInput: an item cannot be asked for, or two have one id.
    """
    target = folder / REQUEST_FILE
    files.remove(target)
    journal.clear_items(run)
    recorder = _Recorder(run, journal, again)
    with files.writing(target, durable=False) as file:
        size, digest = _write(recorder.watch(items), RequestMaker(task), file, recorder, observer)
    files.protect(target)
    return RequestFile(
        name=REQUEST_FILE,
        first_position=0,
        item_count=recorder.count,
        size_bytes=size,
        digest=digest,
    )


def _write(
    items: Iterator[Item],
    maker: RequestMaker,
    file: BinaryIO,
    recorder: _Recorder,
    observer: Observer,
) -> tuple[int, str]:
    size = 0
    file_digest = sha256()
    for item in items:
        request = maker.make(item)
        recorder.add(item, request.digest)
        file.write(request.line)
        file_digest.update(request.line)
        size += len(request.line)
        if size > LARGEST_FILE_BYTES:
            raise BadInput(
                f"{item.source}: with this item the request file is larger than the 2 GB that one "
                "job may have. Run the inputs in parts."
            )
        if recorder.count % _PROGRESS_EVERY == 0:
            observer.progress("build", recorder.count, None, "items")
    recorder.flush()
    return size, file_digest.hexdigest()


class _Recorder:
    """Hands the items to the journal in batches, and names both sources of a repeated id."""

    def __init__(
        self, run: RunId, journal: Journal, again: Callable[[], Iterable[Item]] | None
    ) -> None:
        self.count = 0
        self._run = run
        self._journal = journal
        self._again = again
        self._rows: list[tuple[int, str, bytes, bytes]] = []
        self._sources: list[str] = []

    def watch(self, items: Iterable[Item]) -> Iterator[Item]:
        """The items; at their end, a check that there was one."""
        yield from items
        if self.count == 0:
            raise BadInput("No items: the inputs hold none.")

    def add(self, item: Item, request_digest: bytes) -> None:
        """Record one item."""
        self._rows.append((self.count, item.id, sha256(item.raw).digest(), request_digest))
        self._sources.append(item.source)
        self.count += 1
        if len(self._rows) >= _BATCH:
            self.flush()

    def flush(self) -> None:
        """Write what is waiting.

        Raises:
            BadInput: two items have one id; both are named.
        """
        try:
            self._journal.add_items(self._run, self._rows)
        except BadInput:
            raise self._repeated() from None
        self._rows.clear()
        self._sources.clear()

    def _repeated(self) -> BadInput:
        fresh: dict[str, str] = {}
        for (_, item_id, _, _), source in zip(self._rows, self._sources, strict=True):
            earlier = fresh.get(item_id) or self._earlier_source(item_id)
            if earlier:
                return BadInput(
                    f"Two items have the id {item_id!r}: {earlier} and {source}. Ids must differ; "
                    "leave one out with --exclude, or name another field in [input] id."
                )
            fresh[item_id] = source
        return BadInput("Two items have one id.")

    def _earlier_source(self, item_id: str) -> str | None:
        position = self._journal.position_of(self._run, item_id)
        if position is None:
            return None
        if self._again is not None:
            for number, item in enumerate(self._again()):
                if number == position:
                    return item.source
        return f"item {position + 1}"
