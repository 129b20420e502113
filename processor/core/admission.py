"""Admission: which waiting jobs may be submitted now."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

# Concurrent batch jobs of a project. Source: the rate-limits page of 2026-08-18, read 2026-11-21.
MOST_ACTIVE_JOBS = 100
SAFE_SHARE = 0.9
"""How much of the enqueued-token limit is used: our tokens are an estimate, the service's are not."""
JOB_SHARE = 1 / 15
"""How much of what may be enqueued one job takes, when there must be several.

Nobody knows whether a job's time grows with its size. Of the shares tried, this one is least far from
the best under whichever answer suits it least (benchmarks/schedule.py).
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Room:
    """What may be active at once.

    Attributes:
        tokens: estimated input tokens over all active jobs of the model; None when unknown.
        jobs: active jobs.
    """

    tokens: int | None = None
    jobs: int = MOST_ACTIVE_JOBS


def safe_room(enqueued_tokens: int | None) -> Room:
    """The room that a limit of the service's leaves us."""
    return Room(tokens=None if enqueued_tokens is None else int(enqueued_tokens * SAFE_SHARE))


def admit(waiting: Sequence[int], active: Sequence[int], room: Room) -> int:
    """How many of the ``waiting`` jobs, from the front, may be submitted now.

    In order, without a barrier: as soon as the next one fits, it goes; a small one never overtakes a
    large one. Law: what is active afterwards is within ``room``, and one more would not be.

    Args:
        waiting: estimated tokens of the jobs not yet submitted, in order.
        active: of those that are, by whoever submitted them.
    """
    tokens, jobs = sum(active), len(active)
    admitted = 0
    for needed in waiting:
        too_many = room.tokens is not None and tokens + needed > room.tokens
        if jobs >= room.jobs or too_many:
            break
        tokens, jobs, admitted = tokens + needed, jobs + 1, admitted + 1
    return admitted
