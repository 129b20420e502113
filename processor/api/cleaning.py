"""Cleaning: old runs here, and our uploads on the service whose answers are safe here."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import asdict, dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from processor.api.letting_go import CACHE, forget, held_attachments, held_caches
from processor.api.workplace import Workplace
from processor.core.advice import advice
from processor.core.fault import GatewayFault
from processor.core.remote import RemoteFile
from processor.core.state import FINAL, State
from processor.effects.lock import driving
from processor.errors import DrivenElsewhere, HeldBack, ServiceRefused, WrongUsage
from processor.ports import JobRow, RunRow
from processor.steps.fetch import answers_name

OLDER_THAN_DAYS = 30.0
_RESULTS = "files/batch-"  # deleting one is refused: its id is longer than files.delete takes


@dataclass(frozen=True, slots=True, kw_only=True)
class OldRun:
    """A run that may go: its folder and what the journal knows of it, never `outputs/<task>/`."""

    run: str
    task: str
    state: str
    ended_at: str
    size_bytes: int


@dataclass(frozen=True, slots=True, kw_only=True)
class OldUpload:
    """A request file of ours on the service, whose answers are safe here; or an attachment or a cache that
    no run needs any more."""

    name: str
    run: str
    size_bytes: int | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Cleaning:
    """What goes, or went, and what stays although somebody may expect it to go.

    Attributes:
        kept: sentences, each with its reason.
        not_ours: how many other files the service lists; they are never touched.
        removed: whether it is gone now; False for what would go.
    """

    runs: tuple[OldRun, ...]
    uploads: tuple[OldUpload, ...]
    kept: tuple[str, ...]
    not_ours: int = 0
    removed: bool = False

    def as_json(self) -> dict[str, Any]:
        """The cleaning as JSON shows it."""
        return asdict(self)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Uploads:
    gone: tuple[OldUpload, ...] = ()
    kept: tuple[str, ...] = ()
    not_ours: int = 0


def survey(place: Workplace, *, older_than: float | None, runs: bool, remote: bool) -> Cleaning:
    """What would go.

    Args:
        older_than: days since a run ended; ``OLDER_THAN_DAYS`` when None.
        runs, remote: look at runs here, at uploads on the service; neither: at both.

    Raises:
        WrongUsage: the number of days is below 0.
        ServiceRefused: the files cannot be listed.
    """
    days = OLDER_THAN_DAYS if older_than is None else older_than
    if not days >= 0:
        raise WrongUsage("--older-than is a number of days, 0 or more.")
    both = not runs and not remote
    found = _survey_uploads(place) if remote or both else _Uploads()
    old, kept = _survey_runs(place, days) if runs or both else ((), ())
    return Cleaning(
        runs=old, uploads=found.gone, kept=(*kept, *found.kept), not_ours=found.not_ours
    )


def clean(
    place: Workplace, found: Cleaning, confirm: Callable[[Cleaning], bool] | None
) -> Cleaning:
    """Remove what ``survey`` found; uploads first, for the journal knows which are ours.

    Raises:
        HeldBack: ``confirm`` says no; nothing was removed.
        ServiceRefused: the service did not delete a file; what was deleted before it stays deleted.
    """
    if confirm is not None and (found.runs or found.uploads) and not confirm(found):
        raise HeldBack("You said no. Nothing was removed.")
    kept = list(found.kept)
    uploads = [upload for upload in found.uploads if _delete(place, upload, kept)]
    runs = [run for run in found.runs if _remove(place, run, kept)]
    return Cleaning(
        runs=tuple(runs),
        uploads=tuple(uploads),
        kept=tuple(kept),
        not_ours=found.not_ours,
        removed=True,
    )


# -- runs here ------------------------------------------------------------------------------------


def _survey_runs(place: Workplace, days: float) -> tuple[tuple[OldRun, ...], tuple[str, ...]]:
    before = place.clock.now() - timedelta(days=days)
    every = list(place.journal.runs())
    needed = _unfinished_retries(every)
    old, kept = [], []
    for run in every:
        reason = _needed(run, needed)
        ended = datetime.fromisoformat(run.ended_at or run.created_at)
        if ended > before:
            continue
        if reason is not None:
            kept.append(f"Run {run.id} stays: {reason}")
        else:
            old.append(_old(place, run))
    return tuple(old), tuple(kept)


def _needed(run: RunRow, needed: Mapping[str, str]) -> str | None:
    if run.state not in FINAL:
        return f"it has not ended. `truebatch resume {run.id}` takes it to its end."
    if run.id in needed:
        # A retry that is built again asks what its parent left: without it, it would ask everything.
        return f"{needed[run.id]} asks again what it left, and has not ended."
    return None


def _old(place: Workplace, run: RunRow) -> OldRun:
    return OldRun(
        run=run.id,
        task=run.task,
        state=run.state.value,
        ended_at=run.ended_at or "",
        size_bytes=_size(place.layout.run(run.id)),
    )


def _size(folder: Path) -> int:
    return sum(path.lstat().st_size for path in folder.rglob("*") if path.is_file())


def _remove(place: Workplace, old: OldRun, kept: list[str]) -> bool:
    row = place.journal.run(old.run)
    if row is None:
        return False
    try:
        # Held for a look, not for the removal: nobody drives a run that has ended, and Windows
        # removes no folder that holds an open lock.
        with driving(place.layout.lock(row.id), row.id):
            reason = _needed(place.row(row.id), _unfinished_retries(place.journal.runs()))
    except DrivenElsewhere as error:
        reason = error.message
    if reason is not None:
        kept.append(f"Run {old.run} stays: {reason}")
        return False
    # The folder first: cut in between, the journal still knows the run, and `clean` comes again.
    place.files.remove(place.layout.run(row.id))
    place.journal.forget_run(row.id)
    return True


def _unfinished_retries(runs: Iterable[RunRow]) -> Mapping[str, str]:
    return {run.retry_of: run.id for run in runs if run.retry_of and run.state not in FINAL}


# -- uploads on the service -----------------------------------------------------------------------


def _survey_uploads(place: Workplace) -> _Uploads:
    jobs = list(_jobs(place))
    if not jobs and not place.journal.uploads():
        return _Uploads()
    place.service.check(place.journal)
    try:
        files = place.gateway().files()
    except GatewayFault as fault:
        raise ServiceRefused(f"The files could not be listed: {fault}. {advice(fault)}") from None
    by_label = {job.display_name: job for job in jobs}
    by_name = {job.upload_name: job for job in jobs if job.upload_name}
    gone, kept, not_ours = [], [], 0
    attached = {one.name: one for one in held_attachments(place, files)}
    for one in (*attached.values(), *held_caches(place)):
        if one.needed:
            kept.append(f"{one.name} of run {one.run} stays: the run has not ended.")
        else:
            gone.append(OldUpload(name=one.name, run=one.run, size_bytes=one.size_bytes))
    for file in files:
        if file.name in attached:
            continue
        job = by_label.get(file.display_name)
        if job is None and not file.display_name:
            job = by_name.get(file.name)
        if job is None:
            not_ours += 1
        elif (reason := _unsafe(place, file, job)) is not None:
            kept.append(f"Upload {file.name} of run {job.run} stays: {reason}")
        else:
            gone.append(OldUpload(name=file.name, run=job.run, size_bytes=file.size_bytes))
    return _Uploads(gone=tuple(gone), kept=tuple(kept), not_ours=not_ours)


def _jobs(place: Workplace) -> Iterator[JobRow]:
    for run in place.journal.runs():
        yield from place.journal.jobs(run.id)


def _unsafe(place: Workplace, file: RemoteFile, job: JobRow) -> str | None:
    if file.name.startswith(_RESULTS):
        return "the service deletes no result files; they expire by themselves."
    if job.state is not State.FETCHED:
        return f"its job is {job.state}; files expire 48 hours after their upload."
    answers = answers_name(job)
    if not (place.layout.run(job.run) / answers).is_file():
        return f"{answers} is not in the run's folder: its answers are not safe here."
    return None


def _delete(place: Workplace, upload: OldUpload, kept: list[str]) -> bool:
    try:
        is_cache = upload.name.startswith(CACHE)
        gateway = place.gateway()
        delete = gateway.delete_cache if is_cache else gateway.delete_file
        deleted = delete(upload.name)
        forget(place, upload.name)
        if deleted:
            return True
    except GatewayFault as fault:
        raise ServiceRefused(
            f"{upload.name} was not deleted: {fault}. {advice(fault)} Files expire by themselves "
            "48 hours after their upload."
        ) from None
    kept.append(f"Upload {upload.name} of run {upload.run} was gone already.")
    return False
