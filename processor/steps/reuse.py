"""Known answers: what was accepted before for the very same request, judged by today's rules."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from processor.core.envelope import EnvelopeMaker
from processor.core.ids import RunId
from processor.core.item import Item
from processor.core.json_bytes import decode
from processor.core.outcome import GOOD
from processor.core.request import Request
from processor.ports import Journal
from processor.steps.save import ENVELOPES
from processor.steps.validate import Kept
from validation import Profile, validate

REUSED_FILE = "reused.jsonl"


@dataclass(frozen=True, slots=True, kw_only=True)
class KnownAnswers:
    """The accepted answers of all earlier runs of one outputs folder.

    Attributes:
        folder: the folder of a run.
        maker: makes the envelopes of the run that is built.
    """

    journal: Journal
    folder: Callable[[str], Path]
    profile: Profile
    maker: EnvelopeMaker

    def some(self) -> bool:
        """Whether there is any accepted answer to whatever request."""
        return self.journal.has_accepted()

    def find(self, item: Item, request: Request, input_sha256: bytes) -> dict[str, Any] | None:
        """The envelope that saves asking for ``item``; None when it must be asked."""
        for run, offset in self.journal.accepted(request.digest):
            known = _read(self.folder(run) / ENVELOPES, offset)
            # The file may have been judged again or removed since: only what it says now counts.
            if known is None or known.get("request_sha256") != request.digest.hex():
                continue
            if known["outcome"] not in GOOD or known["raw_text"] is None:
                continue
            verdict = validate(known["raw_text"], self.profile, item=item.value)
            if verdict.accepted:
                return self.maker.reused(item.id, input_sha256, known, verdict)
        return None


def _read(path: Path, offset: int) -> dict[str, Any] | None:
    try:
        with path.open("rb") as file:
            file.seek(offset)
            known = decode(file.readline())
    except (OSError, ValueError):
        return None
    return known if isinstance(known, dict) else None


def kept_answers(journal: Journal, run: RunId, folder: Path) -> Iterator[Kept]:
    """The envelopes of the run's reused items, in input order."""
    path = folder / REUSED_FILE
    if not path.is_file():
        return
    with path.open("rb") as file:
        for row, line in zip(journal.items(run, asked=False), file, strict=True):
            yield Kept(row[0], decode(line))
