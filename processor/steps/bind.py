"""bind: put into a request file where that lies to which its requests refer."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from hashlib import sha256
from pathlib import Path
from typing import Any

from processor.core.attachment import Reference, references, with_addresses
from processor.core.context import (
    Mode,
    cache_content,
    explicit_head,
    implicit_head,
    with_head,
)
from processor.core.preflight_finding import Findings
from processor.core.preflight_reference import reference_findings
from processor.core.referred import UploadRow
from processor.core.task import Task
from processor.errors import DiskFailed
from processor.ports import Files, JobRow, Journal
from processor.steps.lodge import Lodging
from processor.steps.share import Sharing


def unbound_name(request_file: str) -> str:
    """The request file as it is built, when its requests refer to what is not there yet.

    >>> unbound_name("requests-0001.json")
    'requests-0001.unbound.json'
    """
    return request_file.removesuffix(".json") + ".unbound.json"


@dataclass(frozen=True, slots=True, kw_only=True)
class Binding:
    """All that binding a run's request files needs.

    A request file is built without addresses: they are known only when files and cache are on the
    service, and change when those expire. The unbound file stays as it was built, so that every cut is
    healed by binding again: the same addresses give the same bytes.

    Attributes:
        mode: how the task's context is sent; None without a context.
    """

    files: Files
    journal: Journal
    lodging: Lodging
    sharing: Sharing
    folder: Path
    task: Callable[[], Task]
    mode: Mode | None

    def bind(self, job: JobRow) -> JobRow:
        """The job with a request file that can be sent; as it is when its requests refer to nothing.

        Raises:
            BadInput: an attachment has changed, or cannot be used.
            ServiceRefused: the service took no upload, or made no cache; no job was made.
            DiskFailed: the unbound file is not as it was built.
            HeldBack: something has expired already.
        """
        if job.unbound_digest is None:
            return job
        unbound = self.folder / unbound_name(job.request_file)
        lodged = self.lodging.lodge(self._wanted(unbound, job))
        head, cache, expiry = self._head()
        self._check(lodged, cache, expiry)
        addresses = {reference: row.uri for reference, row in lodged.items()}
        digest, size = sha256(), 0
        target = self.folder / job.request_file
        self.files.remove(target)  # it may be there from an earlier time, and is read-only then
        with unbound.open("rb") as lines, self.files.writing(target, durable=False) as file:
            for line in lines:
                bound = with_addresses(line if head is None else with_head(line, head), addresses)
                digest.update(bound)
                size += len(bound)
                file.write(bound)
        self.files.protect(target)
        if (job.request_digest, job.request_bytes) == (digest.hexdigest(), size):
            return job
        return self.journal.note_job(job, request_digest=digest.hexdigest(), request_bytes=size)

    def release(self) -> None:
        """Let go of what costs by the hour, when all jobs have ended."""
        self.sharing.release()

    def _wanted(self, unbound: Path, job: JobRow) -> set[Reference]:
        """What the job's requests refer to."""
        digest = sha256()
        wanted: set[Reference] = set()
        try:
            with unbound.open("rb") as lines:
                for line in lines:
                    digest.update(line)
                    wanted.update(references(line))
        except OSError as error:
            raise DiskFailed(
                f"{unbound}: {error.strerror or error}. {_ANEW}", run=job.run
            ) from None
        if digest.hexdigest() != job.unbound_digest:
            raise DiskFailed(
                f"{unbound} was changed after it was built. Nothing was sent. {_ANEW}", run=job.run
            )
        return wanted

    def _head(self) -> tuple[bytes | None, str | None, datetime | None]:
        """With what every line begins, and the cache that it names."""
        if self.mode is None:
            return None, None, None
        task = self.task()
        assert task.context is not None
        if self.mode is not Mode.EXPLICIT:
            return implicit_head(task.context.text, task.beside_context), None, None
        row = self.sharing.share(cache_content(task.context.text, task.beside_context))
        assert row.name is not None
        return explicit_head(row.name), row.name, row.expires_at

    def _check(
        self, lodged: Mapping[Reference, UploadRow], cache: str | None, expiry: datetime | None
    ) -> None:
        """Preflight's word on what is referred to, with the true expiries."""
        patience = self.lodging.patience
        parts = [{"fileData": {"fileUri": row.uri}} for row in lodged.values()]
        request: dict[str, Any] = {"contents": [{"parts": parts}]}
        expiries = {row.uri: row.expires_at for row in lodged.values()}
        if cache is not None and expiry is not None:
            request["cachedContent"], expiries[cache] = cache, expiry
        findings = Findings(reference_findings(request, expiries, patience.clock.now()))
        findings.hold_back()
        for warning in findings.warnings()[:_MOST_WARNINGS]:
            patience.observer.warn(warning)


_MOST_WARNINGS = 3
_ANEW = "It is what the run was built to send; start the run anew."
