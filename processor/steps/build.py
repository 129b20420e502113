"""build: make the request file, one line per item that must be asked."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, field
from hashlib import sha256
from pathlib import Path
from typing import Any, BinaryIO

from processor.core.attachment import Attachment
from processor.core.cutting import Cutter, DigestCutter, Limits, Part
from processor.core.ids import RunId
from processor.core.item import Item
from processor.core.json_bytes import encode
from processor.core.outcome import Outcome
from processor.core.plan import Build, RequestFile
from processor.core.referred import AttachmentRow
from processor.core.request import Request, RequestMaker
from processor.core.task import Task
from processor.errors import BadInput, HeldBack
from processor.ports import Files, Journal, NewItem, Observer
from processor.steps.digest import Digest
from processor.steps.inputs import INPUTS, needs_items, one_line
from processor.steps.reuse import REUSED_FILE, KnownAnswers

REQUEST_FILE = "requests.json"
_BATCH = 2_000
_PROGRESS_EVERY = 5_000
_BLOCK_BYTES = 4 * 1024 * 1024
_HELD_BYTES = 1024 * 1024  # of lines are written and hashed at once


@dataclass(frozen=True, slots=True, kw_only=True)
class Cutting:
    """What makes it several jobs instead of one.

    Attributes:
        largest: what one job may hold.
        usual: what one job holds when one cannot hold all.
        canary: the first job asks for so many items only.
        digests: of the request files of jobs that are there already: they say where to cut, not the
            limits.
        look: gets every request with its item's id, and says how many input tokens it has.
    """

    largest: Limits = field(default_factory=Limits)
    usual: Limits = field(default_factory=Limits)
    canary: int | None = None
    digests: Sequence[str] = ()
    look: Callable[[Request, str], int] = lambda request, _: len(request.prompt)


@dataclass(frozen=True, slots=True, kw_only=True)
class Building:
    """All that building one run needs.

    Attributes:
        known: answers accepted before; None asks for every item.
        attempt_of: how often an item will have been asked with this run, by its id.
        again: reads the same items once more; only to name both files when two share an id.
        cutting: what makes it several jobs instead of one.
        attach: the files that go along with an item; None when none do.
        keeps: whether the files are wanted; a plan asks only how large they would be.
    """

    files: Files
    journal: Journal
    observer: Observer
    run: RunId
    folder: Path
    known: KnownAnswers | None = None
    attempt_of: Callable[[str], int] | None = None
    again: Callable[[], Iterable[Item]] | None = None
    cutting: Cutting = field(default_factory=Cutting)
    attach: Callable[[Item], Sequence[Attachment]] | None = None
    keeps: bool = True


def build(building: Building, items: Iterable[Item], task: Task) -> Build:
    """Write the request file, and record every item in the journal.

    Items whose answer is known get no request: their envelopes go to ``reused.jsonl``. The file is cut
    into several, one for each job, only when a limit forces it.

    Returns:
        The files, whose lines are the asked items in order, keys unique.

    Raises:
        BadInput: an item cannot be asked for, two have one id, or there is none.
    """
    for path in (REQUEST_FILE, REUSED_FILE, *_part_names(building.folder)):
        building.files.remove(building.folder / path)
    building.journal.clear_items(building.run)
    recorder = _Recorder(building)
    found = building.known
    if found is not None and not found.some():  # a look for every item costs as much as its digest
        found = None
    maker = RequestMaker(task)
    whole = building.folder / REQUEST_FILE
    with ExitStack() as stack:
        file = stack.enter_context(building.files.writing(whole, durable=False))
        digest = stack.enter_context(Digest())
        requests = _RequestFile(file, digest, building.cutting)
        reused = _ReusedFile(building, stack)
        kept = _kept_items(building, stack, task)
        for item in items:
            attached = building.attach(item) if building.attach is not None else ()
            request = maker.make(item, attached)
            input_sha256 = sha256(item.raw).digest()
            known = found and found.find(item, request, input_sha256)
            position = recorder.add(item, input_sha256, request.digest, reused=bool(known))
            if kept is not None:
                kept.write(one_line(item.raw))
            if known:
                reused.write(known)
            else:
                recorder.attach(item, attached)
                requests.write(request, position, item)
        recorder.finish()
        requests.finish()
    parts = requests.parts()
    files = _cut(building, whole, parts, digest.hexdigest(), recorder.count)
    return Build(item_count=recorder.count, files=files)


def _cut(
    building: Building, whole: Path, parts: Sequence[Part], digest: str, item_count: int
) -> tuple[RequestFile, ...]:
    """One read-only file for each part: the whole one when there is one part."""
    if not building.keeps:
        return tuple(_request_file("", parts, n, "", item_count) for n in range(len(parts)))
    if len(parts) > 1:
        made = tuple(_split(building, whole, parts, item_count))
    elif parts:
        made = (_request_file(REQUEST_FILE, parts, 0, digest, item_count),)
    else:
        made = ()
    for file in made:
        building.files.protect(building.folder / file.name)
    if len(made) != 1:
        building.files.remove(whole)
    return made


def _split(
    building: Building, whole: Path, parts: Sequence[Part], item_count: int
) -> Iterator[RequestFile]:
    with whole.open("rb") as source:
        for index, part in enumerate(parts):
            name = f"requests-{index + 1:04d}.json"
            digest = sha256()
            with building.files.writing(building.folder / name, durable=False) as target:
                left = part.bytes
                while left:
                    block = source.read(min(_BLOCK_BYTES, left))
                    digest.update(block)
                    target.write(block)
                    left -= len(block)
            yield _request_file(name, parts, index, digest.hexdigest(), item_count)


def _request_file(
    name: str, parts: Sequence[Part], index: int, digest: str, item_count: int
) -> RequestFile:
    """The stretch of items from the end of the part before to the beginning of the next."""
    part = parts[index]
    first = part.first_position if index else 0
    end = parts[index + 1].first_position if index + 1 < len(parts) else item_count
    return RequestFile(
        name=name,
        first_position=first,
        item_count=end - first,
        request_count=part.requests,
        size_bytes=part.bytes,
        tokens=part.tokens,
        digest=digest,
    )


def _part_names(folder: Path) -> list[str]:
    return [path.name for path in folder.glob("requests-*.json")]


def _kept_items(building: Building, stack: ExitStack, task: Task) -> BinaryIO | None:
    """Where the items are written down, when answers will be judged together with them."""
    path = building.folder / INPUTS
    building.files.remove(path)
    if not needs_items(task.profile):
        return None
    # Durable: a program that handed them over may be gone when the answers are there, and paid for.
    return stack.enter_context(building.files.writing(path, durable=True))


class _RequestFile:
    """The file of all requests as it grows, and where it would be cut into jobs.

    One job is the rule. So two ways to cut are held ready: one job as large as a job may be, and, for
    when that does not do, jobs small enough that others can follow while they run.
    """

    def __init__(self, file: BinaryIO, digest: Digest, cutting: Cutting) -> None:
        self._file = file
        self._digest = digest
        self._lines: list[bytes] = []
        self._held_bytes = 0
        self._cutting = cutting
        self._large = Cutter(cutting.largest, cutting.canary)
        same = cutting.usual == cutting.largest
        self._small = self._large if same else Cutter(cutting.usual, cutting.canary)
        self._made = DigestCutter(cutting.digests) if cutting.digests else None

    def write(self, request: Request, position: int, item: Item) -> None:
        """Append a request.

        Raises:
            BadInput: no job could ever hold it.
        """
        size, tokens = len(request.line), self._cutting.look(request, item.id)
        largest = self._cutting.largest
        if size > largest.bytes:
            raise BadInput(
                f"{item.source} (item {item.id!r}): its request has {size:,} bytes, and one job may "
                f"have {largest.bytes:,}. Cut the item into smaller ones."
            )
        if largest.tokens is not None and tokens > largest.tokens:
            raise HeldBack(
                f"{item.source} (item {item.id!r}): about {tokens:,} tokens, more than the "
                f"{largest.tokens:,} that may be enqueued at once. No job can hold it."
            )
        self._lines.append(request.line)
        self._held_bytes += size
        if self._held_bytes >= _HELD_BYTES:
            self._flush()
        self._large.add(position, size, tokens)
        if self._small is not self._large:
            self._small.add(position, size, tokens)
        if self._made is not None:
            self._made.add(position, request.line, tokens)

    def finish(self) -> None:
        """Write what is held back."""
        self._flush()

    def _flush(self) -> None:
        block = b"".join(self._lines)
        self._lines.clear()
        self._held_bytes = 0
        self._file.write(block)
        self._digest.update(block)

    def parts(self) -> Sequence[Part]:
        """One part for each job."""
        if self._made is not None:
            return self._made.parts
        one_job = 1 if self._cutting.canary is None else 2
        return self._large.parts if len(self._large.parts) <= one_job else self._small.parts


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
