"""fetch: download the answers, byte for byte, before anything is read in them."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any, BinaryIO

from processor.core.advice import advice
from processor.core.fault import GatewayFault
from processor.core.json_bytes import encode
from processor.core.operation import JobView
from processor.core.state import State
from processor.errors import NotFinished
from processor.ports import Files, Gateway, JobRow, Journal
from processor.steps.absence import Presence, look_for, not_found
from processor.steps.patience import FEW, Patience

# At the least. Source: the batch guide's life of result files, read 2026-11-22.
_ANSWERS_LIVE = timedelta(hours=48)
_GONE = (403, 404)  # a missing file answers 403, one whose batch was deleted 404


def answers_name(job: JobRow) -> str:
    """The file of the job's answers within the run's folder."""
    return job.request_file.replace("requests", "answers").replace(".json", ".jsonl")


class _Gone(Exception):
    """The answers were deleted."""


class _TooShort(Exception):
    """The file has fewer lines than the service says it answered."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Fetching:
    """All that fetching needs."""

    gateway: Gateway
    journal: Journal
    files: Files
    patience: Patience
    folder: Path

    def fetch(self, job: JobRow) -> JobRow:
        """Take ``job`` from ENDED to FETCHED, or to FAILED when it left no answers.

        Raises:
            NotFinished: the answers are there, and could not be downloaded now.
            DiskFailed: they could not be kept.
        """
        target = self.folder / answers_name(job)
        try:
            if job.answers_file is None:
                return self._fetch_inline(job, target)
            self._download(job, target)
        except GatewayFault as fault:
            raise NotFinished(
                f"The answers of {job.name} could not be fetched: {fault}. {advice(fault)} They stay "
                f"on the service for at least 48 h; `truebatch resume {job.run}` fetches them.",
                run=job.run,
            ) from None
        except _Gone as gone:
            return self._failed(job, f"its answers are gone ({gone})")
        return self.journal.move_job(job, State.FETCHED)

    def _download(self, job: JobRow, target: Path) -> None:
        """Download; a no is believed when it comes twice, an interval apart, from the job's project.

        Of a job that is there still, it is believed only when its answers may have expired.

        Raises:
            _Gone: the answers were deleted.
            JobUnknown: this may be another project; nothing is given up.
        """
        try:
            return self._download_whole(job, target)
        except GatewayFault as fault:
            if fault.status not in _GONE:
                raise
            self.patience.observer.step("fetch", f"{fault}; asking once more, then it is believed")
        self.patience.clock.wait(self.patience.interval_seconds)
        try:
            return self._download_whole(job, target)
        except GatewayFault as fault:
            if fault.status not in _GONE:
                raise
            presence = look_for(job, gateway=self.gateway, patience=self.patience, step="fetch")
            if presence is Presence.UNKNOWN:
                raise not_found(job, fault) from None
            if presence is Presence.HERE and self._are_kept_still(job):
                raise
            raise _Gone(str(fault)) from None

    def _are_kept_still(self, job: JobRow) -> bool:
        """Whether the job ended so lately that its answers must be there, whatever is said of them."""
        ended = job.ended_at or job.submitted_at
        if ended is None:
            return False
        return self.patience.clock.now() - datetime.fromisoformat(ended) < _ANSWERS_LIVE

    def _download_whole(self, job: JobRow, target: Path) -> None:
        expected = job.answered or 0
        for attempt in range(1, FEW + 1):
            try:
                self.patience.ask(
                    "fetch",
                    lambda last=attempt == FEW: self._download_once(  # type: ignore[misc]
                        job, target, at_least=0 if last else expected
                    ),
                )
            except _TooShort as short:
                self.patience.observer.step("fetch", f"{short}; fetching again")
                self.patience.clock.wait(self.patience.interval_seconds)
            else:
                return

    def _download_once(self, job: JobRow, target: Path, *, at_least: int) -> None:
        observer = self.patience.observer
        with self.files.writing(target, durable=True) as file:
            counting = _LineCounter(file)
            self.gateway.download(
                job.answers_file or "",
                counting,  # type: ignore[arg-type]
                progress=lambda done: observer.progress("fetch", done, None, "bytes"),
            )
            if counting.lines < at_least:
                raise _TooShort(f"{counting.lines} of {at_least} answers came")
        observer.step("fetch", f"{counting.lines:,} answers in {target.name}")

    def _fetch_inline(self, job: JobRow, target: Path) -> JobRow:
        """Answers inside the operation, which some gateways give; else there are none."""
        known = job.error is None or job.service_state != "GONE"
        view = self._look(job) if known else None
        if view is None or not (view.inline_answers or view.answers_file):
            return self._failed(job, job.error or "the service gave no reason")
        if view.answers_file:
            job = self.journal.note_job(job, answers_file=view.answers_file)
            self._download(job, target)
        else:
            with self.files.writing(target, durable=True) as file:
                for line in view.inline_answers:
                    file.write(encode(line) + b"\n")
        return self.journal.move_job(job, State.FETCHED)

    def _look(self, job: JobRow) -> JobView | None:
        """One look at the job; None when it was deleted.

        Raises:
            JobUnknown: this may be another project; nothing is given up.
        """
        name = job.name
        assert name is not None
        try:
            return self.patience.ask("fetch", lambda: self.gateway.get(name))
        except GatewayFault as fault:
            if fault.status not in _GONE:
                raise
            presence = look_for(job, gateway=self.gateway, patience=self.patience, step="fetch")
            if presence is Presence.UNKNOWN:
                raise not_found(job, fault) from None
            return None

    def _failed(self, job: JobRow, reason: str) -> JobRow:
        self.patience.observer.warn(f"{job.name} is {job.service_state} without answers: {reason}")
        return self.journal.move_job(job, State.FAILED, error=reason)


class _LineCounter:
    """A target that counts lines as they pass; an unended last line is not one."""

    def __init__(self, target: BinaryIO) -> None:
        self._target = target
        self.lines = 0

    def write(self, data: Any) -> int:
        self.lines += bytes(data).count(b"\n")
        return self._target.write(data)
