"""absence: what it takes to believe that the service has lost a job of ours.

A key of another project is told the same 403 and 404 as the key of a project whose job was deleted. So
a run is given up only when the project is proven to be the run's own.
"""

from __future__ import annotations

from enum import StrEnum

from processor.core.fault import GatewayFault
from processor.errors import JobUnknown
from processor.ports import Gateway, JobRow
from processor.steps.patience import Patience

_NOT_FOUND = 404


class Presence(StrEnum):
    """Whether this key's project has a job."""

    HERE = "here"
    GONE = "gone"
    """The file it was made of is in this project, the job is not."""
    UNKNOWN = "unknown"
    """Neither is: another project, or both were deleted."""


def look_for(job: JobRow, *, gateway: Gateway, patience: Patience, step: str) -> Presence:
    """Whether the service has ``job``, which has a name.

    Raises:
        GatewayFault: it could not be asked.
    """
    name, upload = job.name, job.upload_name
    assert name is not None
    try:
        patience.ask(step, lambda: gateway.get(name))
    except GatewayFault as fault:
        if fault.status != _NOT_FOUND:
            raise
    else:
        return Presence.HERE
    if upload is not None and patience.ask(step, lambda: gateway.file_exists(upload)):
        return Presence.GONE
    return Presence.UNKNOWN


def not_found(job: JobRow, fault: GatewayFault) -> JobUnknown:
    """The error for a job that may be in another project."""
    return JobUnknown(
        f"The service does not know {job.name} ({fault}), nor the file it was made of: the key is of "
        f"another project, or both were deleted. The run is not given up: `truebatch resume {job.run}` "
        "with the key of the project in which the job was made goes on.",
        run=job.run,
    )
