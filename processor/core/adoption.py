"""Adoption: a run's jobs as the service's list tells of them, for a journal that has lost them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any

NEVER_SENT = "NEVER_SENT"
"""The state we give a job that the service's list lacks, when the run is adopted."""


@dataclass(frozen=True, slots=True, kw_only=True)
class AdoptedJob:
    """A job on the service that is one of the run's.

    Attributes:
        digest: how the SHA-256 of its request file begins, in hex.
        submitted_at: None when the service does not say.
    """

    name: str
    display_name: str
    digest: str
    upload_name: str | None
    submitted_at: str | None
    service_state: str

    def as_json(self) -> dict[str, Any]:
        """The job as the run's options keep it."""
        return asdict(self)


def adopted_jobs(options: Mapping[str, Any]) -> tuple[AdoptedJob, ...]:
    """The jobs that a run was adopted with, in order; none for a run that was not."""
    return tuple(AdoptedJob(**job) for job in options.get("adopted") or ())
