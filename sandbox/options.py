"""What a sandbox is told when it starts."""

from dataclasses import dataclass
from pathlib import Path

MAX_FILE_BYTES = 2_147_483_648
"""Source: `media.upload` maxSize, v1beta Discovery document, read 2026-11-21."""
MAX_INLINE_BYTES = 20_971_520
"""Source: the service's own 400 message, batch guide says 20 MB, read 2026-11-21."""
MAX_ACTIVE_JOBS = 100
"""Source: rate-limits page, last updated 2026-08-18, read 2026-11-21."""
FILE_SECONDS = 48 * 3600.0
"""An upload lives 48 hours. Source: Files API page, read 2026-11-21."""
JOB_SECONDS_LIMIT = 48 * 3600.0
"""A job that is pending or running this long expires. Source: batch guide, read 2026-11-21."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Options:
    """Settings of one sandbox; times in seconds.

    `accept_keys` maps an API key to the project it belongs to; empty means that any key is
    accepted and that all share the project `default`. Without `state`, the memory lasts as long
    as the program.
    """

    state: Path | None = None
    host: str = "127.0.0.1"
    port: int = 0
    faults: str = "realistic"
    seed: int = 0
    job_seconds: float = 3.0
    file_seconds: float = FILE_SECONDS
    enqueued_tokens: int | None = None
    accept_keys: tuple[tuple[str, str], ...] = ()
    models: tuple[str, ...] = ()
    parent_pipe: bool = False
