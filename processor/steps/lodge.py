"""lodge: put the attachments of a job on the service, each once, and wait until they can be used."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from hashlib import file_digest
from pathlib import Path
from typing import TypeVar

from processor.core.advice import advice
from processor.core.attachment import Reference, attachment_name
from processor.core.fault import GatewayFault
from processor.core.ids import RunId
from processor.core.referred import AttachmentRow, UploadRow
from processor.core.remote import RemoteFile
from processor.errors import BadInput, ServiceRefused
from processor.ports import Gateway, Journal
from processor.steps.patience import Patience

Answer = TypeVar("Answer")

LEAST_LIFE = timedelta(hours=47)
"""How long an upload must still live to be used again. A job may take 48 h and a file lives no longer, so
an hour old is the most it may be. Source: Batch and Files API guides, read 2026-11-21."""
_USABLE = ("ACTIVE", "")  # of a file that need not be looked at the state may be missing
_FAILED = "FAILED"


@dataclass(frozen=True, slots=True, kw_only=True)
class Lodging:
    """All that putting attachments on the service needs.

    Crash-safe without an intent in the journal: an upload's display name is made of its content, so
    one whose answer was lost is found in the service's own list. Uploads cost nothing.
    """

    gateway: Gateway
    journal: Journal
    patience: Patience
    run: RunId

    def lodge(self, wanted: Collection[Reference]) -> Mapping[Reference, UploadRow]:
        """Where each of ``wanted`` lies: ACTIVE, and with ``LEAST_LIFE`` before it.

        Raises:
            BadInput: a file has changed since the run was built, or the service cannot use it.
            ServiceRefused: it took no upload; nothing was paid.
        """
        if not wanted:
            return {}
        there, kept, mark = self._listed(), self.journal.uploads(), self.journal.mark()
        files = self.journal.attachments(self.run)
        lodged: dict[Reference, UploadRow] = {}
        fresh: list[tuple[AttachmentRow, RemoteFile]] = []
        for number, reference in enumerate(sorted(wanted), 1):
            found = there.get(attachment_name(reference, mark))
            if found is None:
                self._say(f"attachment {number:,} of {len(wanted):,}: {files[reference].path}")
                found = self._upload(files[reference], mark)
            if found.state in _USABLE:
                lodged[reference] = self._record(reference, found, kept)
            else:
                fresh.append((files[reference], found))
        for row, found in fresh:
            lodged[row.reference] = self._record(row.reference, self._active(row, found), kept)
        return lodged

    def _listed(self) -> Mapping[str, RemoteFile]:
        """Our uploads that live long enough, by display name: what others deleted is not among them."""
        since = self.patience.clock.now() + LEAST_LIFE
        files = self._ask(self.gateway.files, "The files on the service could not be listed")
        return {file.display_name: file for file in files if _is_good(file, since)}

    def _upload(self, row: AttachmentRow, mark: str) -> RemoteFile:
        path = Path(row.path)
        observer = self.patience.observer

        def upload() -> RemoteFile:
            self._check(row)
            return self.gateway.upload_attachment(
                path,
                display_name=attachment_name(row.reference, mark),
                mime_type=row.reference[1],
                progress=lambda done: observer.progress("lodge", done, row.size_bytes, "bytes"),
            )

        try:
            made = self._ask(upload, f"{path} was not uploaded")
        except OSError as error:
            raise self._changed(row, f"cannot be read: {error.strerror or error}") from None
        if made.sha256 not in (None, row.reference[0]):
            raise self._changed(row, "was changed while it was uploaded")
        return made

    def _check(self, row: AttachmentRow) -> None:
        with Path(row.path).open("rb") as file:
            if file_digest(file, "sha256").hexdigest() != row.reference[0]:
                raise self._changed(row, "was changed after the run was built")

    def _active(self, row: AttachmentRow, file: RemoteFile) -> RemoteFile:
        """The file when it can be used: videos are looked at first, which takes the service a while."""
        while file.state not in _USABLE:
            if file.state == _FAILED:
                raise BadInput(
                    f"{row.path} (item {row.item_id!r}): the service cannot use this file: "
                    f"{file.error or 'it gives no reason'}. Mend it or leave its item out.",
                    run=self.run,
                )
            self._say(f"{row.path} is {file.state}; looking again in {self._interval:g} s")
            self.patience.clock.wait(self._interval)
            files = self._ask(self.gateway.files, "The files on the service could not be listed")
            named = [one for one in files if one.name == file.name]
            if not named:
                raise ServiceRefused(
                    f"The upload of {row.path}, {file.name}, has gone from the service before it could "
                    f"be used. `truebatch resume {self.run}` uploads it again.",
                    run=self.run,
                )
            file = named[0]
        return file

    def _record(
        self, reference: Reference, file: RemoteFile, kept: Mapping[Reference, UploadRow]
    ) -> UploadRow:
        row = UploadRow(
            reference=reference,
            name=file.name,
            uri=file.uri,
            expires_at=file.expires_at or self.patience.clock.now() + LEAST_LIFE,
        )
        if kept.get(reference) != row:
            self.journal.save_upload(row)
        return row

    def _ask(self, question: Callable[[], Answer], what: str) -> Answer:
        try:
            return self.patience.ask("lodge", question)
        except GatewayFault as fault:
            hint = advice(fault)
            raise ServiceRefused(
                f"{what}: {fault}. {hint + ' ' if hint else ''}Nothing was paid; "
                f"`truebatch resume {self.run}` tries again.",
                run=self.run,
            ) from None

    def _changed(self, row: AttachmentRow, how: str) -> BadInput:
        return BadInput(
            f"{row.path} (item {row.item_id!r}) {how}. Nothing was sent; put it back and "
            f"`truebatch resume {self.run}`, or start the run anew.",
            run=self.run,
        )

    def _say(self, message: str) -> None:
        self.patience.observer.step("lodge", message)

    @property
    def _interval(self) -> float:
        return self.patience.interval_seconds


def _is_good(file: RemoteFile, since: datetime) -> bool:
    return file.state != _FAILED and file.expires_at is not None and file.expires_at >= since
