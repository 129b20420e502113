"""build: make the request file, one line per item that must be asked."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from contextlib import ExitStack
from hashlib import sha256
from pathlib import Path
from typing import Any, BinaryIO

from processor.core.cutting import Part
from processor.core.item import Item
from processor.core.json_bytes import encode
from processor.core.plan import Build, RequestFile
from processor.core.request import RequestMaker
from processor.core.task import Task
from processor.steps.building import Building
from processor.steps.digest import Digest
from processor.steps.inputs import INPUTS, needs_items, one_line
from processor.steps.recorder import Recorder
from processor.steps.request_writer import RequestWriter
from processor.steps.reuse import REUSED_FILE

REQUEST_FILE = "requests.json"
_BLOCK_BYTES = 4 * 1024 * 1024


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
    recorder = Recorder(building)
    found = building.known
    if found is not None and not found.some():  # a look for every item costs as much as its digest
        found = None
    maker = RequestMaker(task)
    whole = building.folder / REQUEST_FILE
    with ExitStack() as stack:
        file = stack.enter_context(building.files.writing(whole, durable=False))
        digest = stack.enter_context(Digest())
        requests = RequestWriter(file, digest, building.cutting)
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
