"""What the service tells of its files, caches and jobs."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from processor.core.operation import JobView


@dataclass(frozen=True, slots=True, kw_only=True)
class Upload:
    """A file on the service.

    Attributes:
        sha256: hex digest the service computed, None when it gave none.
    """

    name: str
    size_bytes: int | None
    sha256: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class RemoteFile:
    """A file as the service lists it.

    Attributes:
        display_name: what its uploader called it; "" when it has no such name.
        uri: by which requests refer to it.
        state: ``ACTIVE`` when requests may; ``PROCESSING``, ``FAILED``, or a word not known yet.
        sha256: hex digest the service computed, None when it gave none.
        error: why its processing failed.
    """

    name: str
    display_name: str
    size_bytes: int | None
    uri: str = ""
    state: str = "ACTIVE"
    expires_at: datetime | None = None
    sha256: str | None = None
    error: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class RemoteCache:
    """A context cache as the service tells of it.

    Attributes:
        tokens: that it holds, and that are stored at a price; None when the service does not say.
    """

    name: str
    display_name: str
    expires_at: datetime | None
    tokens: int | None


@dataclass(frozen=True, slots=True, kw_only=True)
class JobPage:
    """One page of the service's list of jobs."""

    jobs: tuple[JobView, ...]
    next_token: str | None
