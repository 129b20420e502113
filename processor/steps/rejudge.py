"""rejudge: apply rules to the stored answers of a run once more, and mend its outputs.

The new envelopes go to a file of their own beside ``items.jsonl``; whoever calls takes it over when the
journal knows what changed. Until then everything here may be done again from the start, after a cut
anywhere, and comes to the same end. Memory: eight bytes an item.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import Any, BinaryIO

from processor.core.changes import Changes
from processor.core.envelope import finding_as_json
from processor.core.envelope_line import outcome_in
from processor.core.json_bytes import decode, encode
from processor.core.lessons import Lessons
from processor.core.outcome import Outcome
from processor.errors import DiskFailed, WrongUsage
from processor.ports import Files, JobRow, Journal, Observer, RunRow
from processor.steps.answers import StoredAnswers
from processor.steps.inputs import INPUTS, StoredItems, needs_items, stored_items
from processor.steps.mend import Mending
from processor.steps.save import ENVELOPES
from processor.steps.validate import ItemRow
from validation import Judgement, Profile, judge, read_line, validate

REJUDGED = ENVELOPES + ".rejudged"
_PROGRESS_EVERY = 2_000


@dataclass(frozen=True, slots=True, kw_only=True)
class _Stored:
    """What a run keeps of its items: answer lines, and where rules need them the items themselves."""

    answers: StoredAnswers
    items: StoredItems | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Rejudging:
    """All that judging one run again needs.

    Attributes:
        folder: the run's folder.
        outputs: ``outputs/<task>``.
        lessons: hears every verdict.
        saved_at: for the envelopes that change.
    """

    files: Files
    journal: Journal
    observer: Observer
    run: RunRow
    jobs: tuple[JobRow, ...]
    folder: Path
    outputs: Path
    profile: Profile
    lessons: Lessons
    saved_at: str

    def check(self) -> None:
        """Refuse rules that cannot be applied to what the run has kept.

        Raises:
            WrongUsage: they need the items, and the run kept none.
        """
        if needs_items(self.profile) and not (self.folder / INPUTS).is_file():
            raise WrongUsage(
                f"These rules compare answers with their items, and run {self.run.id} kept none, "
                "since its own rules had no [[relation]]. Leave the relations out, or run anew.",
                run=self.run.id,
            )

    def rejudge(self) -> Changes:
        """Write ``items.jsonl.rejudged``, one envelope for each item in input order.

        An envelope that says the same as before is the same, byte for byte. Outputs follow: what
        passes now is there (unless a newer run has an accepted one), what no longer does is not.

        Raises:
            DiskFailed: the run's files cannot be read or written.
        """
        changes = Changes()
        try:
            with ExitStack() as stack:
                answers = StoredAnswers(self.journal, self.run, self.jobs, self.folder)
                items = stored_items(self.profile, self.folder)
                stored = _Stored(
                    answers=stack.enter_context(answers), items=stack.enter_context(items)
                )
                old = stack.enter_context((self.folder / ENVELOPES).open("rb"))
                # Durable: the journal's next word is that this file is there.
                writing = self.files.writing(self.folder / REJUDGED, durable=True)
                self._write(stored, old, stack.enter_context(writing), changes)
        except OSError as error:
            raise DiskFailed(
                f"{error.filename or self.folder}: {error.strerror or error}. Nothing was replaced.",
                run=self.run.id,
            ) from None
        except ValueError:  # a line that is no JSON, or not one line for each item
            raise DiskFailed(
                f"{self.folder / ENVELOPES} is not as it was written: it does not have one envelope "
                "for each item. Nothing was replaced.",
                run=self.run.id,
            ) from None
        return changes

    def _write(self, stored: _Stored, old: BinaryIO, new: BinaryIO, changes: Changes) -> None:
        mending = Mending(self.files, self.journal, self.run, self.outputs, changes)
        for row, line in zip(self.journal.items(self.run.id), old, strict=True):
            before = decode(line)
            after = self._again(row, before, stored)
            written = encode(after) + b"\n"
            if written == line:
                after = before
            else:
                after["saved_at"] = self.saved_at
                written = encode(after) + b"\n"
                changes.note(row[1], before["outcome"], after["outcome"])
            mending.mend(before, after)
            new.write(written)
            if (row[0] + 1) % _PROGRESS_EVERY == 0:
                self.observer.progress("validate", row[0] + 1, self.run.item_count, "answers")

    def _again(self, row: ItemRow, envelope: Mapping[str, Any], stored: _Stored) -> dict[str, Any]:
        """The envelope by these rules; as it was where there is no answer to judge."""
        kept = [f for f in envelope["findings"] if f["rule"].startswith("account.")]
        line = stored.answers.line(row[0])
        item = None if stored.items is None else stored.items[row[0]]
        if any(f["rule"] == "account.duplicate_different" for f in kept):
            return dict(envelope)  # which answer is right, nobody can say, whatever the rules
        if line is not None:
            judgement = judge(read_line(line), self.profile, item=item)
            passes = Outcome.ACCEPTED
        elif envelope["reused_from"] and envelope["raw_text"] is not None:
            judgement = Judgement(validate(envelope["raw_text"], self.profile, item=item))
            passes = Outcome.REUSED
        else:
            return dict(envelope)
        verdict = judgement.verdict
        self.lessons.add(verdict, row[1])
        return {
            **envelope,
            "outcome": (passes if verdict.accepted else Outcome(verdict.outcome)).value,
            "data": verdict.data if verdict.accepted else None,
            "findings": [*map(finding_as_json, verdict.findings), *kept],
            "repairs": list(verdict.repairs),
            "variants": dict(verdict.variants),
        }


def outcomes_of(path: Path) -> Iterator[tuple[int, Outcome, int]]:
    """``(position, outcome, byte offset)`` of every envelope of an ``items.jsonl``."""
    offset = 0
    with path.open("rb") as file:
        for position, line in enumerate(file):
            yield position, Outcome(outcome_in(line)), offset
            offset += len(line)
