"""The request file: still byte for byte what was built, or nothing is sent."""

from __future__ import annotations

from hashlib import file_digest
from pathlib import Path

from processor.errors import DiskFailed
from processor.ports import JobRow


def check_request_file(path: Path, job: JobRow) -> None:
    """The request file is byte for byte the one that was built.

    Raises:
        DiskFailed: it is gone, cannot be read, or was changed; nothing is sent then.
    """
    try:
        with path.open("rb") as file:
            digest = file_digest(file, "sha256").hexdigest()
    except OSError as error:
        raise DiskFailed(
            f"{path}: {error.strerror or error}. It is what the run was built to send; start the "
            "run anew.",
            run=job.run,
        ) from None
    if digest != job.request_digest:
        raise DiskFailed(
            f"{path} was changed after it was built (SHA-256 {digest}, built {job.request_digest}). "
            "Nothing was sent. Start the run anew.",
            run=job.run,
        )
