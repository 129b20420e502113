"""What a run would send, known before a byte is sent."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any


@dataclass(frozen=True, slots=True, kw_only=True)
class RequestFile:
    """One request file as built.

    Attributes:
        name: the file's name within the run's folder.
        digest: SHA-256 of its bytes, in hex.
    """

    name: str
    first_position: int
    item_count: int
    size_bytes: int
    digest: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """What a run would send.

    Attributes:
        excluded: names of the input files left out.
        size_bytes: to be uploaded.
    """

    task: str
    model: str
    items: int
    excluded: tuple[str, ...]
    size_bytes: int
    jobs: int
    service: str

    def as_json(self) -> dict[str, Any]:
        """The plan as JSON shows it."""
        return asdict(self)


def display_name(run: str, number: int, random_part: str, digest: str) -> str:
    """What a job is called on the service: unique, and found again by it on any machine.

    At most 512 characters are allowed there; this has fewer than 150.
    """
    return f"truebatch/{run}/{number}/{random_part}/{digest[:32]}"
