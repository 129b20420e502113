"""What a run's requests refer to, as the journal knows it: attachments, their uploads, its cache."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from processor.core.attachment import Reference
from processor.core.ids import RunId


@dataclass(frozen=True, slots=True, kw_only=True)
class AttachmentRow:
    """A file that requests of a run refer to.

    Attributes:
        path: where it was when the run was built; absolute.
        item_id: an item that names it, for messages.
    """

    reference: Reference
    path: str
    size_bytes: int
    item_id: str


@dataclass(frozen=True, slots=True, kw_only=True)
class UploadRow:
    """An attachment on the service.

    Attributes:
        name: ``files/…``.
        uri: by which requests refer to it.
    """

    reference: Reference
    name: str
    uri: str
    expires_at: datetime


class CacheState(StrEnum):
    """Where a run's cache stands."""

    CREATING = "CREATING"
    """One may have been made: it is looked for by its display name before another is."""
    READY = "READY"
    DELETED = "DELETED"
    """By us, or it has gone: it costs nothing any more."""


@dataclass(frozen=True, slots=True, kw_only=True)
class CacheRow:
    """A run's context cache.

    Attributes:
        display_name: unique; by it the cache is found again on the service.
        name: ``cachedContents/…``, None before it is known.
        tokens: that it holds, as the service counts them.
    """

    run: RunId
    state: CacheState
    display_name: str
    name: str | None = None
    expires_at: datetime | None = None
    tokens: int | None = None
