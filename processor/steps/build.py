"""build: make the request file, one line per item that must be asked."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from contextlib import ExitStack
from dataclasses import dataclass, field
from hashlib import sha256
from pathlib import Path
from typing import Any, BinaryIO

from processor.core.ids import RunId
from processor.core.item import Item
from processor.core.json_bytes import encode
from processor.core.outcome import Outcome
from processor.core.plan import RequestFile
from processor.core.request import RequestMaker
from processor.core.task import Task
from processor.errors import BadInput
from processor.ports import Files, Journal, NewItem, Observer
from processor.steps.inputs import INPUTS, needs_items, one_line
from processor.steps.reuse import REUSED_FILE, KnownAnswers

REQUEST_FILE = "requests.json"
# media.upload's maxSize in the v1beta discovery document, read 2026-11-22.
LARGEST_FILE_BYTES = 2_147_483_648
_BATCH = 2_000
_PROGRESS_EVERY = 5_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Building:
    """All that building one run needs.

    Attributes:
        known: answers accepted before; None asks for every item.
        attempt_of: how often an item will have been asked with this run, by its id.
        again: reads the same items once more; only to name both files when two share an id.
    """

    files: Files
    journal: Journal
    observer: Observer
    run: RunId
    folder: Path
    known: KnownAnswers | None = None
    attempt_of: Callable[[str], int] | None = None
    again: Callable[[], Iterable[Item]] | None = None


def build(building: Building, items: Iterable[Item], task: Task) -> RequestFile:
    """Write ``requests.json``, and record every item in the journal.

    Items whose answer is known get no request: their envelopes go to ``reused.jsonl``.

    Returns:
        The file, whose lines are the asked items in order, keys unique.

    Raises:
        BadInput: an item cannot be asked for, two have one id, or there is none.
    """
    target = building.folder / REQUEST_FILE
    building.files.remove(target)
    building.files.remove(building.folder / REUSED_FILE)
    building.journal.clear_items(building.run)
    recorder = _Recorder(building)
    maker = RequestMaker(task)
    with ExitStack() as stack:
        requests = _RequestFile(stack.enter_context(building.files.writing(target, durable=False)))
        reused = _ReusedFile(building, stack)
        kept = _kept_items(building, stack, task)
        for item in items:
            request = maker.make(item)
            input_sha256 = sha256(item.raw).digest()
            known = building.known and building.known.find(item, request, input_sha256)
            recorder.add(item, input_sha256, request.digest, reused=bool(known))
            if kept is not None:
                kept.write(one_line(item.raw))
            if known:
                reused.write(known)
            else:
                requests.write(request.line, item.source)
        recorder.finish()
    if requests.count:
        building.files.protect(target)
    else:
        building.files.remove(target)
    return RequestFile(
        name=REQUEST_FILE,
        first_position=0,
        item_count=recorder.count,
        request_count=requests.count,
        size_bytes=requests.size,
        digest=requests.digest.hexdigest(),
    )


def _kept_items(building: Building, stack: ExitStack, task: Task) -> BinaryIO | None:
    """Where the items are written down, when answers will be judged together with them."""
    path = building.folder / INPUTS
    building.files.remove(path)
    if not needs_items(task.profile):
        return None
    # Durable: a program that handed them over may be gone when the answers are there, and paid for.
    return stack.enter_context(building.files.writing(path, durable=True))


@dataclass(slots=True)
class _RequestFile:
    """The request file as it grows: its lines, bytes and digest."""

    file: BinaryIO
    count: int = 0
    size: int = 0
    digest: Any = field(default_factory=sha256)

    def write(self, line: bytes, source: str) -> None:
        self.file.write(line)
        self.digest.update(line)
        self.count += 1
        self.size += len(line)
        if self.size > LARGEST_FILE_BYTES:
            raise BadInput(
                f"{source}: with this item the request file is larger than the 2 GB that one job "
                "may have. Run the inputs in parts."
            )


class _ReusedFile:
    """The envelopes of the items that are not asked; there is no file when there are none."""

    def __init__(self, building: Building, stack: ExitStack) -> None:
        self._building = building
        self._stack = stack
        self._file: BinaryIO | None = None

    def write(self, envelope: dict[str, Any]) -> None:
        if self._file is None:
            path = self._building.folder / REUSED_FILE
            # Durable: once the run is built, this is where the answers are taken from.
            self._file = self._stack.enter_context(self._building.files.writing(path, durable=True))
        self._file.write(encode(envelope) + b"\n")


class _Recorder:
    """Hands the items to the journal in batches, and names both sources of a repeated id."""

    def __init__(self, building: Building) -> None:
        self.count = 0
        self._building = building
        self._attempt_of = building.attempt_of
        self._rows: list[NewItem] = []
        self._sources: list[str] = []

    def add(self, item: Item, input_sha256: bytes, request_sha256: bytes, *, reused: bool) -> None:
        """Record one item."""
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
