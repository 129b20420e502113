"""What the steps need of the world; ``effects`` fulfils it, tests may fulfil it otherwise."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any, BinaryIO, NamedTuple, Protocol

from processor.core.address import Address
from processor.core.attachment import Reference
from processor.core.figures import Figures
from processor.core.ids import JobName, RunId
from processor.core.operation import JobView
from processor.core.outcome import Outcome
from processor.core.referred import AttachmentRow, CacheRow, UploadRow
from processor.core.remote import JobPage, RemoteCache, RemoteFile, Upload
from processor.core.state import State
from processor.core.web_page import Page, Unreached


class Clock(Protocol):
    """The time, and waiting."""

    def now(self) -> datetime:
        """The present moment, in UTC."""
        ...

    def monotonic(self) -> float:
        """Seconds on a clock that never goes back."""
        ...

    def wait(self, seconds: float) -> None:
        """Return after ``seconds``, or raise what a signal handler raises."""
        ...


class Observer(Protocol):
    """Who is told how it goes; nothing depends on what it does."""

    def step(self, step: str, message: str) -> None:
        """A step has something to say: one line."""
        ...

    def progress(self, step: str, done: int, total: int | None, unit: str) -> None:
        """``done`` of ``total`` (None: unknown) ``unit`` are done."""
        ...

    def polled(self, view: JobView, *, age_seconds: float, next_poll_seconds: float) -> None:
        """One look at the job was taken."""
        ...

    def warn(self, message: str) -> None:
        """Something the user should know, which stops nothing."""
        ...


class Files(Protocol):
    """The disk. Files appear whole or not at all."""

    def writing(self, path: Path, *, durable: bool) -> AbstractContextManager[BinaryIO]:
        """A file that takes the name ``path`` when the block ends well, and vanishes otherwise.

        Durable ones are on the disk (file and folder) before the name is taken.
        """
        ...

    def write(self, path: Path, content: bytes) -> None:
        """A small file, whole or not at all, not synced."""
        ...

    def write_temporary(self, path: Path | str, content: bytes) -> None:
        """A file under a temporary name, to be renamed later; its folder is there already."""
        ...

    def writing_temporaries(
        self, count: int
    ) -> AbstractContextManager[Callable[[str, bytes], None]]:
        """``write_temporary`` for about ``count`` files: when the block ends well, all are there."""
        ...

    def make_folder(self, path: Path) -> None:
        """A folder, with those above it."""
        ...

    def rename(self, source: Path | str, target: Path | str) -> None:
        """Give ``source`` the name ``target``, whatever had it before."""
        ...

    def protect(self, path: Path) -> None:
        """Take the right to write away."""
        ...

    def remove(self, path: Path) -> None:
        """Remove a file or a folder with all in it, if it is there."""
        ...

    def free_bytes(self, folder: Path) -> int | None:
        """What can still be written where ``folder`` is, or will be; None when the system does not say."""
        ...

    def sync(self) -> None:
        """Everything written so far is on the disk when this returns."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class RunRow:
    """A run as the journal knows it.

    Attributes:
        options: what the run was started with, for ``resume``.
        excluded: names of the input files that were left out.
        state: of the run itself: BUILDING, BUILT, DONE or FAILED.
        result: what the report says of it in short, None before the end.
        retry_of: the run whose rejected and failed items it asks again.
    """

    number: int
    id: RunId
    task: str
    model: str
    state: State
    reason: str | None
    created_at: str
    ended_at: str | None = None
    item_count: int
    options: Mapping[str, Any]
    excluded: tuple[str, ...]
    result: Mapping[str, Any] | None
    retry_of: RunId | None


@dataclass(frozen=True, slots=True, kw_only=True)
class JobRow:
    """A job of a run as the journal knows it.

    Attributes:
        number: 1, 2, … within its run.
        first_position, item_count: the stretch of the run's items it covers.
        request_count: how many of them it asks for; the others are reused.
        tokens: estimated input tokens of its requests.
        request_digest: SHA-256 of the request file, in hex.
        display_name: unique; by it a job is found again on the service.
        upload_name: ``files/…``, None before the upload.
        name: ``batches/…``, None before the job.
        unclear: how often a create's outcome was not known.
        unbound_digest: of the request file before the addresses of what it refers to were known; None
            when it refers to nothing.
        service_state: the service's last word, None before the first look.
    """

    run: RunId
    number: int
    state: State
    first_position: int
    item_count: int
    request_count: int
    request_file: str
    request_bytes: int
    tokens: int = 0
    request_digest: str
    display_name: str
    upload_name: str | None
    uploaded_at: str | None
    name: JobName | None
    unclear: int
    submitted_at: str | None
    ended_at: str | None = None
    service_state: str | None
    answered: int | None
    error: str | None
    answers_file: str | None
    unbound_digest: str | None = None


class MovedMeanwhile(ValueError):
    """A job is no longer where the caller believes it is: another process has moved it."""


class ActiveJob(NamedTuple):
    """A job that is, or may be, on the service now.

    Attributes:
        name: None while its create is under way.
        tokens: estimated input tokens of its requests.
    """

    run: RunId
    number: int
    name: JobName | None
    model: str
    tokens: int


NewItem = tuple[int, str, bytes, bytes, Outcome, int]
"""``(position, item id, input SHA-256, request SHA-256, outcome, attempt)``: plain, for there are
millions. An item that is reused, so that nothing is asked for it, has attempt 0."""


class Journal(Protocol):
    """What remembers runs, jobs and items across processes; see ``effects/journal.py``."""

    def begin_run(
        self,
        run: RunId,
        *,
        task: str,
        model: str,
        created_at: str,
        options: Mapping[str, Any],
        retry_of: RunId | None = None,
    ) -> RunRow: ...
    def clear_items(self, run: RunId) -> None: ...
    def add_items(self, run: RunId, rows: Sequence[NewItem]) -> None: ...
    def position_of(self, run: RunId, item_id: str) -> int | None: ...
    def items(
        self, run: RunId, *, start: int = 0, stop: int | None = None, asked: bool | None = None
    ) -> Iterator[tuple[int, str, bytes, bytes]]: ...
    def attempts(self, run: RunId, item_id: str) -> int: ...
    def has_accepted(self) -> bool: ...
    def accepted(self, request_sha256: bytes) -> Sequence[tuple[str, int]]: ...
    def accepted_since(self, run: RunId, item_id: str) -> bool: ...
    def active_jobs(self, *, since: str) -> Sequence[ActiveJob]: ...
    def claim_job(
        self, job: JobRow, *, since: str, admits: Callable[[Sequence[ActiveJob]], bool]
    ) -> JobRow | None: ...
    def newest_accepted(self, task: str) -> Iterator[tuple[str, str, int]]: ...
    def newest_outcomes(self, runs: Sequence[RunId]) -> Mapping[str, int]: ...
    def retries(self, run: RunId) -> tuple[RunId, ...]: ...
    def built(
        self,
        run: RunId,
        jobs: Sequence[JobRow],
        *,
        item_count: int,
        excluded: Sequence[str],
        estimate: Mapping[str, Any] | None = None,
    ) -> None: ...
    def move_job(self, job: JobRow, state: State, **changes: Any) -> JobRow: ...
    def note_job(self, job: JobRow, **changes: Any) -> JobRow: ...
    def save_outcomes(self, run: RunId, rows: Iterable[tuple[int, Outcome, int]]) -> None: ...
    def finish_run(
        self,
        run: RunId,
        state: State,
        *,
        ended_at: str,
        reason: str | None,
        result: Mapping[str, Any],
    ) -> RunRow: ...
    def forget_run(self, run: RunId) -> None: ...
    def run(self, run: str) -> RunRow | None: ...
    def runs(self) -> Iterator[RunRow]: ...
    def unfinished(self) -> Sequence[RunRow]: ...
    def figures(self) -> Sequence[Figures]: ...
    def jobs(self, run: RunId) -> tuple[JobRow, ...]: ...
    def add_attachments(self, run: RunId, rows: Sequence[AttachmentRow]) -> None: ...
    def attachments(self, run: RunId) -> Mapping[Reference, AttachmentRow]: ...
    def save_upload(self, row: UploadRow) -> None: ...
    def uploads(self) -> Mapping[Reference, UploadRow]: ...
    def forget_uploads(self, names: Sequence[str]) -> None: ...
    def mark(self) -> str: ...
    def save_cache(self, row: CacheRow) -> CacheRow: ...
    def cache(self, run: RunId) -> CacheRow | None: ...
    def caches(self) -> Sequence[CacheRow]: ...
    def service(self) -> str | None: ...
    def bind_service(self, address: str) -> None: ...
    def close(self) -> None: ...


class Gateway(Protocol):
    """The service. Every call raises ``GatewayFault`` when it does not succeed, and asks only once."""

    def upload(
        self, path: Path, *, display_name: str, progress: Callable[[int], None]
    ) -> Upload: ...
    def create(self, *, model: str, upload_name: str, display_name: str) -> JobView: ...
    def get(self, name: JobName) -> JobView: ...
    def page(self, *, size: int, token: str | None) -> JobPage: ...
    def cancel(self, name: JobName) -> None: ...
    def file_exists(self, name: str) -> bool: ...
    def files(self) -> Sequence[RemoteFile]: ...
    def upload_attachment(
        self, path: Path, *, display_name: str, mime_type: str, progress: Callable[[int], None]
    ) -> RemoteFile: ...
    def create_cache(
        self, *, model: str, display_name: str, content: Mapping[str, Any], ttl_seconds: int
    ) -> RemoteCache: ...
    def caches(self) -> Sequence[RemoteCache]: ...
    def prolong_cache(self, name: str, *, ttl_seconds: int) -> RemoteCache | None: ...
    def delete_cache(self, name: str) -> bool: ...
    def delete_file(self, name: str) -> bool: ...
    def count_tokens(self, *, model: str, request: Mapping[str, Any]) -> int: ...
    def download(self, name: str, target: BinaryIO, *, progress: Callable[[int], None]) -> None: ...
    def service_time(self) -> datetime | None: ...
    def close(self) -> None: ...


class Web(Protocol):
    """The pages of the web; see ``effects/web``."""

    def fetch(
        self, addresses: Iterable[Address], *, allowed: frozenset[str]
    ) -> Iterator[Page | Unreached]:
        """Each page, or why it gave no article, as they come; ``allowed`` hosts need not be public."""
        ...
