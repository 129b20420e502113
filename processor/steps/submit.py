"""submit: upload the request file, and make one job of it, once."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path

from processor.core.advice import advice
from processor.core.fault import FaultKind, GatewayFault
from processor.core.operation import JobView
from processor.core.remote import Upload
from processor.core.state import State
from processor.errors import JobUnknown, ProcessorError, ServiceRefused
from processor.ports import Gateway, JobRow, Journal
from processor.steps.namesakes import all_jobs, namesakes, two_jobs
from processor.steps.patience import FEW, Patience
from processor.steps.request_file import check_request_file

_UPLOAD_TRUSTED_FOR = timedelta(hours=1)  # uploads live 48 h, and the job's own 48 h begin now
_MISSING = (403, 404)  # what create answers when its upload is gone
BUSY_TRIES = 12
"""How often a create that is answered 429 is asked again, at the fixed interval."""


class StillBusy(ServiceRefused):
    """The service answered 429 to the last: nothing was made, and the same call may succeed later."""

    def __init__(self, message: str, fault: GatewayFault, *, run: str) -> None:
        super().__init__(message, run=run)
        self.fault = fault


@dataclass(frozen=True, slots=True, kw_only=True)
class Submission:
    """All that submitting one job needs.

    Attributes:
        folder: the run's folder.
        model: the model asked.
        claim: moves a job to SUBMITTING; None when there is no room for it any more.
        bind: gives a job a request file that can be sent, when its requests refer to something.
        patient: whether a create that is answered 429 is asked again here, after waits.
    """

    gateway: Gateway
    journal: Journal
    patience: Patience
    folder: Path
    model: str
    claim: Callable[[JobRow], JobRow | None]
    bind: Callable[[JobRow], JobRow] = lambda job: job
    patient: bool = True

    def settle(self, job: JobRow) -> JobRow:
        """Decide a job whose create was cut: SUBMITTED by adoption, or UPLOADED.

        Raises:
            JobUnknown: a job may exist, and it cannot be decided whether it does.
        """
        return self._reconcile(job) if job.state is State.SUBMITTING else job

    def submit(self, job: JobRow) -> JobRow:
        """Take ``job`` from BUILT, UPLOADED or SUBMITTING to SUBMITTED.

        Returns:
            The job; UPLOADED still, when others have taken the room for it meanwhile.

        Raises:
            ServiceRefused: the service said no, or could not be reached; no job was made.
            StillBusy: it said 429, to the last.
            JobUnknown: a job may exist, and it cannot be decided whether it does.
            DiskFailed: the request file is not as it was built.
        """
        job = self.settle(job)
        if job.state is State.UPLOADED and self._is_stale(job):
            job = self.journal.move_job(job, State.BUILT, upload_name=None, uploaded_at=None)
        if job.state is State.BUILT:
            job = self._upload(self.bind(job))
        return self._create(job) if job.state is State.UPLOADED else job

    # -- upload -------------------------------------------------------------------------------

    def _upload(self, job: JobRow) -> JobRow:
        path = self.folder / job.request_file
        self._say(f"uploading {job.request_file}, {job.request_bytes:,} bytes")
        try:
            upload = self.patience.ask("submit", lambda: self._upload_once(path, job))
        except GatewayFault as fault:
            check_request_file(
                path, job
            )  # it may have shrunk under our hands: then that is the news
            raise self._refused(job, fault, "The request file was not uploaded") from None
        if upload.sha256 not in (None, job.request_digest):
            check_request_file(path, job)
            raise ServiceRefused(
                f"The service holds other bytes than {path} (SHA-256 {upload.sha256}). "
                "Nothing was submitted; `truebatch resume` uploads again.",
                run=job.run,
            )
        now = self.patience.clock.now().isoformat()
        return self.journal.move_job(job, State.UPLOADED, upload_name=upload.name, uploaded_at=now)

    def _upload_once(self, path: Path, job: JobRow) -> Upload:
        check_request_file(path, job)
        observer = self.patience.observer
        return self.gateway.upload(
            path,
            display_name=job.display_name,
            progress=lambda done: observer.progress("submit", done, job.request_bytes, "bytes"),
        )

    def _is_stale(self, job: JobRow) -> bool:
        uploaded = datetime.fromisoformat(job.uploaded_at or "1970-01-01T00:00:00+00:00")
        return self.patience.clock.now() - uploaded > _UPLOAD_TRUSTED_FOR

    # -- create -------------------------------------------------------------------------------

    def _create(self, job: JobRow) -> JobRow:
        """SUBMITTED; every create that made nothing for certain may be tried again, a few times.

        Raises:
            ServiceRefused: a definite no, or the last try; nothing was made, the job is UPLOADED.
        """
        busy = BUSY_TRIES if self.patient else 1
        tries = {FaultKind.BUSY: busy, FaultKind.UNREACHABLE: FEW, FaultKind.UNCLEAR: FEW}
        while True:
            claimed = self.claim(job)
            if claimed is None:
                return job
            job = claimed
            try:
                return self._submitted(job, self._ask_for_job(job))
            except GatewayFault as fault:
                if fault.kind is FaultKind.UNCLEAR:
                    job = self._reconcile(job, because=fault)
                    if job.state is State.SUBMITTED:
                        return job
                else:
                    job = self._not_made(job, fault)
                tries[fault.kind] = left = tries.get(fault.kind, 1) - 1
                if left <= 0:
                    raise self._refused(job, fault, "The job was not made") from None
                self._say(f"{fault}; no job was made, asking again in {self._interval:g} s")
            self.patience.clock.wait(self._interval)

    def _not_made(self, job: JobRow, fault: GatewayFault) -> JobRow:
        """UPLOADED; or BUILT, when the refusal is for an upload that is there no more."""
        job = self.journal.move_job(job, State.UPLOADED)
        if fault.status not in _MISSING or self._has_upload(job):
            return job
        return self.journal.move_job(job, State.BUILT, upload_name=None, uploaded_at=None)

    def _has_upload(self, job: JobRow) -> bool:
        upload = job.upload_name or ""
        try:
            return self.patience.ask("submit", lambda: self.gateway.file_exists(upload))
        except GatewayFault:
            return True  # nobody can say: the next resume finds out

    def _ask_for_job(self, job: JobRow) -> JobView:
        return self.gateway.create(
            model=self.model, upload_name=job.upload_name or "", display_name=job.display_name
        )

    # -- adoption -----------------------------------------------------------------------------

    def _reconcile(self, job: JobRow, *, because: GatewayFault | None = None) -> JobRow:
        """After a create of which nobody knows what came: SUBMITTED by adoption, or UPLOADED.

        Absence is believed only when every page of the list was read, the run's own upload proves
        that this is the same project, and a second list, later, still lacks the job.
        """
        reason = f"after {because}" if because else "after an interruption"
        self._say(f"looking for the job {reason}")
        job = self.journal.note_job(job, unclear=job.unclear + 1)
        try:
            found = self.patience.ask("submit", lambda: namesakes(self.gateway, job))
            if not found:
                self._prove_project(job)
                self.patience.clock.wait(max(self._interval, self.patience.settle_seconds))
                found = self.patience.ask("submit", lambda: namesakes(self.gateway, job))
        except GatewayFault as fault:
            raise self._undecided(job, f"the service could not be asked ({fault})") from None
        if len(found) > 1:
            raise two_jobs(job.run, found)
        if found:
            self._say(f"found it: {found[0].name}; it is adopted, nothing is sent again")
            return self._submitted(job, found[0])
        self._say("there is none: the job was not made")
        return self.journal.move_job(job, State.UPLOADED)

    def _prove_project(self, job: JobRow) -> None:
        upload = job.upload_name or ""
        if not self.patience.ask("submit", lambda: self.gateway.file_exists(upload)):
            raise self._undecided(
                job,
                f"its upload {job.upload_name} is not in this key's project: the key is of another "
                "project, or the upload is older than 48 h",
            )

    # -- words --------------------------------------------------------------------------------

    @property
    def _interval(self) -> float:
        return self.patience.interval_seconds

    def _submitted(self, job: JobRow, view: JobView) -> JobRow:
        now = self.patience.clock.now().isoformat()
        return self.journal.move_job(
            job, State.SUBMITTED, name=view.name, submitted_at=now, service_state=view.state
        )

    def _say(self, message: str) -> None:
        self.patience.observer.step("submit", message)

    def _refused(self, job: JobRow, fault: GatewayFault, what: str) -> ProcessorError:
        hint = advice(fault)
        active = self._active() if fault.kind is FaultKind.BUSY and self.patient else ""
        message = (
            f"{what}: {fault}. {hint + ' ' if hint else ''}{active}"
            f"Nothing was paid; `truebatch resume {job.run}` tries again."
        )
        if fault.kind is FaultKind.BUSY:
            return StillBusy(message, fault, run=job.run)
        return ServiceRefused(message, run=job.run)

    def _active(self) -> str:
        """How full the service is: the limits are the project's, and others may fill them."""
        try:
            active = sum(not view.ended for view in all_jobs(self.gateway))
        except GatewayFault:
            return ""
        return f"{active} of the project's jobs are active now. "

    def _undecided(self, job: JobRow, why: str) -> JobUnknown:
        return JobUnknown(
            f"It is unknown whether the service has made the job {job.display_name!r}: {why}. "
            f"Nothing is sent again before that is known: `truebatch resume {job.run}` with the "
            "same project's key looks once more.",
            run=job.run,
        )
