"""Adoption: the jobs of a run that are on the service already."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime

from processor.core.adoption import NEVER_SENT, AdoptedJob
from processor.core.ids import JobName
from processor.core.state import State
from processor.errors import BadInput
from processor.ports import JobRow


def take_over(
    built: Sequence[JobRow], adopted: Sequence[AdoptedJob], now: datetime
) -> list[JobRow]:
    """The jobs as they stand on the service: SUBMITTED, and never to be sent again.

    What was built beyond them is FAILED: nobody here can know that it was never sent, only that it is
    not there; a retry asks for it anew.

    Raises:
        BadInput: these items do not make the request files that the jobs were given.
    """
    for index, there in enumerate(adopted):
        digest = built[index].request_digest if index < len(built) else ""
        if not digest.startswith(there.digest):
            raise BadInput(
                f"{there.name} was made of another request file: its digest begins with "
                f"{there.digest}, these items and this task give {digest[:32] or 'none'}. Use the "
                "same inputs, task and version. (A run that reused answers, or a retry, asked for "
                "fewer items than its inputs hold: it cannot be adopted.)"
            )
    known = [_taken(job, there, now) for job, there in zip(built, adopted, strict=False)]
    return known + [_left_out(job) for job in built[len(adopted) :]]


def _taken(job: JobRow, there: AdoptedJob, now: datetime) -> JobRow:
    return replace(
        job,
        state=State.SUBMITTED,
        display_name=there.display_name,
        upload_name=there.upload_name,
        uploaded_at=now.isoformat(),
        name=JobName(there.name),
        submitted_at=there.submitted_at or now.isoformat(),
        service_state=there.service_state,
    )


def _left_out(job: JobRow) -> JobRow:
    return replace(
        job,
        state=State.FAILED,
        service_state=NEVER_SENT,
        error=(
            "the service's list had no such job when the run was adopted; "
            f"`truebatch retry {job.run}` asks for its items"
        ),
    )
