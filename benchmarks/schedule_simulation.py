"""The life of waiting jobs on a simulated clock, under the admission that production uses."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from heapq import heappop, heappush
from itertools import accumulate
from typing import NamedTuple, TypeAlias

from processor.core.admission import Room, admit

Policy: TypeAlias = Callable[[Sequence[int], Sequence[int], Room], int]
"""How many of the waiting jobs, from the front, may go: ``admit``, or a rule to compare it with."""


class Job(NamedTuple):
    """One job; a tuple, because there are cases with a million of them.

    Attributes:
        tokens: held from its admission until a poll sees that it has ended.
        upload_seconds: from admission to create; nothing else is done meanwhile.
        seconds: from create to its end on the service, at least 1.
    """

    tokens: int
    upload_seconds: int
    seconds: int


class Stay(NamedTuple):
    """When things happened to a job, in seconds from the beginning."""

    admitted_at: int
    created_at: int
    ended_at: int
    noticed_at: int


def wave(waiting: Sequence[int], active: Sequence[int], room: Room) -> int:
    """As many as fit, but only when all those before have ended: the barrier we compare with."""
    return 0 if active else admit(waiting, active, room)


def simulate(jobs: Sequence[Job], policy: Policy, room: Room, poll_seconds: int) -> list[Stay]:
    """What happens to each job, in the order of ``jobs``.

    One driver, as in production: a poll sees what has ended, asks ``policy``, and uploads what is
    admitted, one after the other; then an interval passes until the next poll. So a poll is some
    intervals and all uploads so far after the beginning.

    Law: under ``admit`` no job is created later than under ``wave``, and the end comes no later
    (tests/processor_admission/test_simulation.py), because no job overtakes another: when a wave
    begins, all before it have ended, and under ``admit`` they have too.

    Raises:
        ValueError: a job fits into no empty room.
    """
    tokens = [job.tokens for job in jobs]
    stays: dict[int, Stay] = {}
    active: list[tuple[int, int, int, int]] = []
    now, begun = 0, 0
    while True:
        while active and active[0][0] <= now:
            ended_at, position, admitted_at, created_at = heappop(active)
            stays[position] = Stay(admitted_at, created_at, ended_at, now)
        # No more than room.jobs can be admitted: the rest of a million is not shown.
        waiting = tokens[begun : begun + room.jobs]
        admitted = policy(waiting, [tokens[one[1]] for one in active], room)
        free_at = now
        for position in range(begun, begun + admitted):
            _, upload_seconds, seconds = jobs[position]
            free_at += upload_seconds
            heappush(active, (free_at + seconds, position, now, free_at))
        begun += admitted
        if not active:
            if begun < len(jobs):
                raise ValueError(f"job {begun} of {tokens[begun]:,} tokens fits into no empty room")
            return [stays[position] for position in range(len(jobs))]
        # Polls that see no end admit nothing, by the law of admit: they are passed over.
        now = free_at + poll_seconds * max(1, -(-(active[0][0] - free_at) // poll_seconds))


def makespan(stays: Sequence[Stay]) -> int:
    """Seconds from the beginning until the end of the last job is seen."""
    return max((stay.noticed_at for stay in stays), default=0)


def lower_bound(jobs: Sequence[Job], room: Room, poll_seconds: int) -> int:
    """Seconds that no schedule of these whole jobs beats, in any order, with all times known.

    From the poll that admits a job to the one that sees its end, its stay, are at least its upload,
    and its time or an interval. So the end is no sooner than

    - the longest stay;
    - tokens x stay, summed, over the tokens of the room;
    - the stays, summed, over ``most``: how many jobs fit at once, the smallest ones;
    - for every k, the sum of the k + 1 shortest of the k x ``most`` + 1 longest stays: of so many
      jobs in ``most`` places, k + 1 follow one another in one place.

    And it is at a poll after all uploads: they take their time, and the rest is whole intervals.

    Law: no assignment of polls to the jobs that keeps the room ends sooner
    (tests/processor_admission/test_bound.py tries them all on small cases).
    """
    if not jobs:
        return 0
    stays = [_least_stay(job, poll_seconds) for job in jobs]
    most = admit(sorted(job.tokens for job in jobs)[: room.jobs], (), room)
    bounds = [max(stays), -(-sum(stays) // most)]
    if room.tokens is not None:
        held = sum(job.tokens * stay for job, stay in zip(jobs, stays, strict=True))
        bounds.append(-(-held // room.tokens))
    sums = [0, *accumulate(sorted(stays, reverse=True))]
    bounds += [
        sums[turns * most + 1] - sums[turns * most - turns]
        for turns in range(1, 1 + (len(stays) - 1) // most)
    ]
    uploads = sum(job.upload_seconds for job in jobs)
    return uploads + poll_seconds * max(1, -(-(max(bounds) - uploads) // poll_seconds))


def _least_stay(job: Job, poll_seconds: int) -> int:
    # Not rounded up to intervals: uploads that follow shift the polls, one may meet the end itself.
    return job.upload_seconds + max(job.seconds, poll_seconds)
