"""The one table of refusals: what is expected of the program in each cell of endpoint × fault.

A cell is a run against a service that plays the fault, then, with the service well again, its resume.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum

OTHER_ORIGIN = "http://other.invalid"
"""Stands for an address that is not the service's; the tests put a listener there."""


class Often(StrEnum):
    """How often the fault is played."""

    ONCE = "once"
    ALWAYS = "always"


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """Several faults of one endpoint of which the same is expected.

    Attributes:
        exit_code: of the run.
        jobs: how many the service has made when the run ends.
        says: what its message holds.
        resumed: the exit code of the resume, once the service is well again.
        jobs_then: how many jobs there are after that.
        before: faults that lead the run to this endpoint.
        big: the request file goes up in several pieces.
    """

    endpoint: str
    faults: tuple[str, ...]
    often: Often
    exit_code: int
    jobs: int = 1
    says: str = ""
    resumed: int = 0
    jobs_then: int = 1
    before: str = ""
    big: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Cell:
    """One endpoint, one fault."""

    row: Row
    fault: str

    @property
    def name(self) -> str:
        """As tests and tables call it."""
        lead = f" · after {self.row.before}" if self.row.before else ""
        return f"{self.row.endpoint} · {self.fault.partition('=http')[0]} · {self.row.often}{lead}"

    @property
    def faults(self) -> str:
        """As the sandbox is told."""
        count = "1" if self.row.often is Often.ONCE else "all"
        spec = f"{self.fault}@{self.row.endpoint}*{count}"
        return f"{self.row.before},{spec}" if self.row.before else spec


def _row(endpoint: str, often: Often, faults: str, exit_code: int, **expected: object) -> Row:
    return Row(
        endpoint=endpoint,
        often=often,
        faults=tuple(faults.split()),
        exit_code=exit_code,
        **expected,  # type: ignore[arg-type]
    )


_ONCE, _ALWAYS = Often.ONCE, Often.ALWAYS
_BUSY = "429 429_retry_after=7"
_TROUBLE = "408 500 503 504 html"
_CUT = "reset hang=2"
_ODD = f"empty garbage redirect={OTHER_ORIGIN}"
_PASSING = f"{_BUSY} {_TROUBLE} {_CUT} {_ODD}"
_LOST = "lost lost_503 lost_empty lost_hang=2"
_NO = "400 403 404"
_LIST = {"before": "lost@batches.create*1"}
_PROOF = {"before": "503@batches.create*1"}
_UNSENT = {"jobs": 0, "says": "Nothing was paid"}
_UNDECIDED = {"says": "Nothing is sent again before that is known"}

ROWS = (
    # The upload may be done again: an orphan costs nothing and expires.
    _row("upload.start", _ONCE, f"{_PASSING} {_LOST}", 0),
    _row("upload.start", _ALWAYS, _PASSING, 6, **_UNSENT),
    _row("upload.start", _ONCE, _NO, 6, **_UNSENT),
    _row("upload.chunk", _ONCE, f"{_BUSY} {_TROUBLE} {_CUT} lost", 0, big=True),
    _row("upload.chunk", _ALWAYS, "503 reset", 6, big=True, **_UNSENT),
    _row("upload.finalize", _ONCE, f"{_PASSING} {_LOST}", 0),
    _row("upload.finalize", _ALWAYS, f"{_BUSY} {_TROUBLE} {_CUT} lost", 6, **_UNSENT),
    _row("upload.finalize", _ONCE, _NO, 6, **_UNSENT),
    # A create is asked again only when it is certain that no job was made.
    _row("batches.create", _ONCE, f"{_PASSING} {_LOST}", 0),
    _row("batches.create", _ALWAYS, _PASSING, 6, **_UNSENT),
    _row("batches.create", _ALWAYS, _LOST, 0),
    _row("batches.create", _ONCE, _NO, 6, **_UNSENT),
    # A failed poll is never a failed job.
    _row("batches.get", _ONCE, f"{_PASSING} {_LOST} 404", 0),
    _row("batches.get", _ALWAYS, _PASSING, 4, says="waits again and collects"),
    _row("batches.get", _ONCE, "400 403", 4, says="takes it up again"),
    _row("batches.get", _ALWAYS, "404", 5, says="does not know", resumed=5),
    _row("batches.get", _ALWAYS, "404", 8, says="is not given up", before="403@files.get*all"),
    # The list of jobs, read after a create of which nobody knows what came.
    _row("batches.list", _ONCE, f"{_PASSING} {_LOST} cut cut_silent stranger", 0, **_LIST),
    _row("batches.list", _ALWAYS, "stranger unpaged_empty", 0, **_LIST),
    _row("batches.list", _ALWAYS, f"{_PASSING} cut cut_silent", 8, **_LIST, **_UNDECIDED),
    _row("batches.list", _ONCE, _NO, 8, **_LIST, **_UNDECIDED),
    # The proof that this key's project is the one in which the job would be.
    _row("files.get", _ONCE, f"{_PASSING} {_LOST}", 0, **_PROOF),
    _row("files.get", _ALWAYS, _PASSING, 8, jobs=0, **_PROOF, **_UNDECIDED),
    _row("files.get", _ONCE, "403 404", 8, jobs=0, **_PROOF, says="not in this key's project"),
    # The answers stay on the service until they are here.
    _row("files.download", _ONCE, f"{_PASSING} {_LOST} cut cut_silent short_results", 0),
    _row("files.download", _ALWAYS, _BUSY, 4, says="fetches them"),
    _row("files.download", _ALWAYS, f"{_TROUBLE} {_CUT} cut", 4, says="fetches them"),
    _row("files.download", _ONCE, "400", 4, says="fetches them"),
    _row("files.download", _ONCE, "403 404", 0),
    _row("files.download", _ALWAYS, "403 404", 4, says="fetches them"),
)


def cells() -> Iterator[Cell]:
    """Every cell, in the order of the table."""
    for row in ROWS:
        for fault in row.faults:
            yield Cell(row=row, fault=fault)
