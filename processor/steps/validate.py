"""validate: judge every answer, and find the item it belongs to by its key."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any, NamedTuple

from processor.core.ids import RunId, item_id_of
from processor.core.lessons import Lessons
from processor.ports import JobRow, Journal
from processor.steps.inputs import StoredItems
from validation import Judgement, Profile, judge, read_line

ItemRow = tuple[int, str, bytes, bytes]
_SPACE = b" \t\r\n"
_BUFFER_BYTES = 1024 * 1024


class Answered(NamedTuple):
    """One judged answer and the journal's row of its item."""

    item: ItemRow
    judgement: Judgement


class Kept(NamedTuple):
    """The envelope of an item that was not asked, because its answer was known."""

    position: int
    envelope: dict[str, Any]


class Stray(NamedTuple):
    """A line that belongs to no item: ``rule`` says how."""

    rule: str
    line_number: int
    message: str


class Order:
    """Finds items by key. Answers mostly come in the order of the requests, so it reads ahead."""

    def __init__(self, journal: Journal, job: JobRow, task: str) -> None:
        self._journal = journal
        self._run: RunId = job.run
        self._task = task
        self._start = job.first_position
        self._stop = job.first_position + job.item_count
        self._following = journal.items(self._run, start=self._start, stop=self._stop, asked=True)
        self._next = next(self._following, None)

    def find(self, key: str) -> ItemRow | None:
        """The row of the item this key was made of, None when the key was not asked."""
        item_id = item_id_of(key, self._task)
        if item_id is None:
            return None
        row = self._next
        if row is None or row[1] != item_id:
            position = self._journal.position_of(self._run, item_id)
            if position is None or not self._start <= position < self._stop:
                return None
            self._following = self._journal.items(
                self._run, start=position, stop=self._stop, asked=True
            )
            row = next(self._following, None)
            if row is None or row[1] != item_id:  # a reused item: nobody asked for it
                self._next = row
                return None
        self._next = next(self._following, None)
        return row


def validate(
    lines: Iterable[bytes],
    *,
    order: Order,
    profile: Profile,
    items: StoredItems | None = None,
    lessons: Lessons | None = None,
) -> Iterator[Answered | Stray]:
    """Judge the lines of a result file; blank ones are nothing, one bad line never harms another.

    Args:
        items: what the answers are about, for rules that compare the two.
        lessons: hears every verdict.
    """
    for number, raw in enumerate(lines, 1):
        if not raw.strip(_SPACE):
            continue
        line = read_line(raw)
        if line.key is None:
            reason = line.findings[0].message if line.findings else "it has no key"
            yield Stray("account.unparseable_line", number, reason)
            continue
        item = order.find(line.key)
        if item is None:
            yield Stray("account.unknown_key", number, f"nobody asked for the key {line.key!r}")
            continue
        value = None if items is None else items[item[0]]
        judgement = judge(line, profile, item=value)
        if lessons is not None:
            lessons.add(judgement.verdict, item[1])
        yield Answered(item, judgement)


def read_answers(path: Path) -> Iterator[bytes]:
    """The lines of a result file: cut at newline bytes and nowhere else."""
    with path.open("rb", buffering=_BUFFER_BYTES) as file:
        yield from file
