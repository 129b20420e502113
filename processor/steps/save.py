"""save: one envelope per item in input order, and one output per accepted item.

Answers come in any order, and a key may come twice. So every answer is judged and written once, in
the order in which it came, to a spool, and accepted data to outputs under temporary names. When all
answers are read, every item is settled: what was answered twice with different texts fails, what is
missing fails, the spool is put in input order (it only takes its name when it already is), and the
outputs take their names. Memory: nine bytes an item.
"""

from __future__ import annotations

from array import array
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, BinaryIO

from processor.core.envelope import EnvelopeMaker, with_finding
from processor.core.file_name import output_name
from processor.core.json_bytes import decode, encode, encode_for_people
from processor.core.outcome import GOOD, Outcome
from processor.core.tally import Tally
from processor.ports import Files, Journal, Observer
from processor.steps.validate import Answered, ItemRow, Kept, Stray
from validation import Finding

ENVELOPES = "items.jsonl"
_PROGRESS_EVERY = 2_000
_STRAYS_TOLD = 20
_CODES = ("", *Outcome)
_SAME_TWICE = Finding(
    rule="account.duplicate_identical", path="$", message="the key was answered twice, identically"
)
_DIFFERENT_TWICE = Finding(
    rule="account.duplicate_different",
    path="$",
    message="the key was answered twice, differently; which one is right, nobody can say",
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Saving:
    """All that saving one run needs.

    Attributes:
        folder: the run's folder.
        outputs: ``outputs/<task>``.
        absent: the finding for an item of a job that did not answer it.
        group_by: fields whose values are counted.
    """

    files: Files
    journal: Journal
    observer: Observer
    folder: Path
    outputs: Path
    maker: EnvelopeMaker
    absent: Callable[[int], Finding]
    group_by: tuple[str, ...] = ()


def save(saving: Saving, judged: Iterable[Answered | Stray | Kept], *, item_count: int) -> Tally:
    """Write ``items.jsonl`` and the outputs, and count everything.

    Every item of the run gets exactly one envelope, whatever the answers were.
    """
    target = saving.folder / ENVELOPES
    spool_path = saving.folder / (ENVELOPES + ".spool")
    spool = _Spool(saving, item_count)
    with (
        saving.files.writing(spool_path, durable=False) as file,
        saving.files.writing_temporaries(item_count) as write_output,
    ):
        spool.fill(judged, file, write_output)
    if spool.in_order:
        tally = spool.tally
        saving.files.rename(spool_path, target)
    else:
        tally = Tally(saving.maker.price, saving.group_by)
        with saving.files.writing(target, durable=False) as file, spool_path.open("rb") as spooled:
            spool.put_in_order(spooled, file, tally)
        saving.files.remove(spool_path)
    saving.journal.save_outcomes(saving.maker.run, spool.name_outputs())
    for rule, count in spool.strays.items():
        tally.note(rule, count)
    return tally


class _Spool:
    """The answers of a run in the order in which they came, and where each item's stands.

    Attributes:
        strays: how many lines belong to no item, by rule.
        tally: of the envelopes as they came.
        in_order: whether every item has one answer, and they came in input order.
    """

    def __init__(self, saving: Saving, item_count: int) -> None:
        self.strays: Counter[str] = Counter()
        self.tally = Tally(saving.maker.price, saving.group_by)
        self._saving = saving
        self._folder = str(saving.outputs)  # paths of outputs are plain strings: there are millions
        self._suffix = f".{saving.maker.run}.tmp"
        self._settled = 0
        self._ordered = True
        self._outcomes = bytearray(item_count)  # an index into _CODES
        self._offsets = array("q", bytes(8 * item_count))
        self._twice: dict[int, bool] = {}  # position: whether a later answer differs

    @property
    def in_order(self) -> bool:
        return self._ordered and not self._twice and self._settled == len(self._outcomes)

    def fill(
        self,
        judged: Iterable[Answered | Stray | Kept],
        file: BinaryIO,
        write_output: Callable[[str, bytes], None],
    ) -> None:
        """Write every item's first answer, and hold later ones against it."""
        offset = 0
        for answer in judged:
            match answer:
                case Stray():
                    self._note(answer)
                    continue
                case Kept(position, envelope):
                    pass
                case Answered(item, judgement):
                    position, envelope = item[0], self._saving.maker.answered(item, judgement)
            if self._outcomes[position]:
                file.flush()
                self._compare(envelope, position, file.name)
                continue
            line = encode(envelope) + b"\n"
            file.write(line)
            self._settle(envelope, position, offset)
            if envelope["outcome"] in GOOD:
                path = self._output(envelope["item_id"]) + self._suffix
                write_output(path, encode_for_people(envelope["data"]))
            offset += len(line)

    def _note(self, stray: Stray) -> None:
        self.strays[stray.rule] += 1
        if self.strays.total() <= _STRAYS_TOLD:
            message = f"answer line {stray.line_number}: {stray.message}"
            self._saving.observer.step("validate", message)

    def put_in_order(self, spooled: BinaryIO, file: BinaryIO, tally: Tally) -> None:
        """Write one envelope for every item of the run, in input order."""
        offset = 0
        for row in self._saving.journal.items(self._saving.maker.run):
            envelope = self._final_envelope(row, spooled)
            self._outcomes[row[0]] = _CODES.index(envelope["outcome"])
            self._offsets[row[0]] = offset
            tally.add(envelope)
            line = encode(envelope) + b"\n"
            file.write(line)
            offset += len(line)

    def name_outputs(self) -> Iterator[tuple[int, Outcome, int]]:
        """Give the outputs their names; ``(position, outcome, byte offset)`` of every item."""
        for position, item_id, _, _ in self._saving.journal.items(self._saving.maker.run):
            outcome = Outcome(_CODES[self._outcomes[position]])
            if outcome in GOOD:
                path = self._output(item_id)
                self._saving.files.rename(path + self._suffix, path)
            yield position, outcome, self._offsets[position]

    def _settle(self, envelope: dict[str, Any], position: int, offset: int) -> None:
        self._ordered = self._ordered and position == self._settled
        self._settled += 1
        self._outcomes[position] = _CODES.index(envelope["outcome"])
        self._offsets[position] = offset
        self.tally.add(envelope)
        if self._settled % _PROGRESS_EVERY == 0:
            total = len(self._outcomes)
            self._saving.observer.progress("validate", self._settled, total, "answers")

    def _compare(self, envelope: dict[str, Any], position: int, spool_name: str) -> None:
        with Path(spool_name).open("rb") as spooled:
            spooled.seek(self._offsets[position])
            first = decode(spooled.readline())
        same = all(first[name] == envelope[name] for name in ("raw_text", "outcome", "findings"))
        self._twice[position] = self._twice.get(position, False) or not same

    def _final_envelope(self, row: ItemRow, spooled: BinaryIO) -> dict[str, Any]:
        position = row[0]
        if not self._outcomes[position]:
            return self._saving.maker.unanswered(row, self._saving.absent(position))
        spooled.seek(self._offsets[position])
        envelope: dict[str, Any] = decode(spooled.readline())
        if position not in self._twice:
            return envelope
        if not self._twice[position]:
            return with_finding(envelope, _SAME_TWICE, Outcome(envelope["outcome"]))
        if envelope["outcome"] == Outcome.ACCEPTED:
            self._saving.files.remove(Path(self._output(row[1]) + self._suffix))
        return with_finding(envelope, _DIFFERENT_TWICE, Outcome.FAILED)

    def _output(self, item_id: str) -> str:
        return f"{self._folder}/{output_name(item_id)}"
