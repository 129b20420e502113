"""How an item ends."""

from __future__ import annotations

from enum import StrEnum


class Outcome(StrEnum):
    """Exactly one for every item (DESIGN §2)."""

    ACCEPTED = "accepted"
    REJECTED = "rejected"
    FAILED = "failed"
    REUSED = "reused"
    PENDING = "pending"


GOOD = frozenset({Outcome.ACCEPTED, Outcome.REUSED})
"""The outcomes whose data stands in ``outputs/<task>/``."""
