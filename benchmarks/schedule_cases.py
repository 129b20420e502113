"""Cases of the simulation: how many items, in how large jobs, under which limit and law."""

from __future__ import annotations

from dataclasses import dataclass
from statistics import fmean

from benchmarks.schedule_service import draw
from benchmarks.schedule_simulation import Job, lower_bound, makespan, simulate, wave
from processor.core.admission import Room, admit, safe_room
from processor.core.cutting import Cutter, Limits, Part

ITEM_TOKENS = 2_800
"""Input tokens of an article of 9,000 characters with its prompt, by the seed project's reckoning."""
ITEM_BYTES = 4 * ITEM_TOKENS
UPLOAD_SECONDS = 3
"""For the start of an upload, the look at the digest and the create of a job: an assumption."""
UPLOAD_BYTES_PER_SECOND = 5_000_000
POLL_SECONDS = 300

_MOST_JOBS_KNOWN = 20_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Case:
    """What is simulated.

    Attributes:
        enqueued_tokens: the service's limit, of which production uses the safe part.
        law: of ``schedule_service.LAWS``.
        job_share: of the safe part, what one job takes; None when ``job_requests`` says it.
    """

    name: str
    items: int
    enqueued_tokens: int
    law: str
    job_share: float | None = None
    job_requests: int | None = None

    @property
    def room(self) -> Room:
        """What may be active."""
        return safe_room(self.enqueued_tokens)

    def sizes(self) -> list[Part]:
        """The jobs that production's cutter makes of the items.

        All items are alike, so the first job tells the others; a million cuts say no more.
        """
        tokens = self.room.tokens
        assert tokens is not None
        share = tokens if self.job_share is None else int(tokens * self.job_share)
        limits = Limits(tokens=max(share, ITEM_TOKENS), requests=self.job_requests)
        full = _first_part(limits, self.items)
        rest = self.items % full.requests
        jobs = [full] * (self.items // full.requests)
        return jobs + ([_first_part(limits, rest)] if rest else [])

    def jobs(self, seed: int) -> list[Job]:
        """The jobs with one draw of their times."""
        sizes = self.sizes()
        tokens = [part.tokens for part in sizes]
        uploads = [UPLOAD_SECONDS + -(-part.bytes // UPLOAD_BYTES_PER_SECOND) for part in sizes]
        return list(map(Job, tokens, uploads, draw(self.law, seed, tokens)))


@dataclass(frozen=True, slots=True, kw_only=True)
class Figures:
    """What came of a case.

    Attributes:
        active: jobs that fit at once.
        known: hours if all times were known and the longest went first; None where not asked.
        over_bound: mean of rolling over the mean of the bound.
        over_bound_p95: of single draws.
        later: draws in which rolling ended after the waves, and by how many seconds at most.
    """

    case: Case
    job_requests: int
    jobs: int
    active: int
    draws: int
    waves_hours: float
    rolling_hours: float
    rolling_p95_hours: float
    known_hours: float | None
    bound_hours: float
    over_bound: float
    over_bound_p95: float
    later_draws: int
    later_seconds: int


@dataclass(frozen=True, slots=True)
class _Draw:
    waves: int
    rolling: int
    known: int | None
    bound: int


def measure(case: Case, *, draws: int) -> Figures:
    """Simulate ``case`` so many times, under both rules and the bound with the same job times."""
    sizes = case.sizes()
    drawn = [_draw(case, seed) for seed in range(draws)]
    waves, rolling = [one.waves for one in drawn], [one.rolling for one in drawn]
    known = [one.known for one in drawn if one.known is not None]
    bound = [one.bound for one in drawn]
    late = [one.rolling - one.waves for one in drawn if one.rolling > one.waves]
    return Figures(
        case=case,
        job_requests=sizes[0].requests,
        jobs=len(sizes),
        active=admit([part.tokens for part in sizes[: case.room.jobs]], (), case.room),
        draws=len(drawn),
        waves_hours=fmean(waves) / 3600,
        rolling_hours=fmean(rolling) / 3600,
        rolling_p95_hours=_p95(rolling) / 3600,
        known_hours=fmean(known) / 3600 if known else None,
        bound_hours=fmean(bound) / 3600,
        over_bound=fmean(rolling) / fmean(bound),
        over_bound_p95=_p95([one.rolling / one.bound for one in drawn]),
        later_draws=len(late),
        later_seconds=max(late, default=0),
    )


def _draw(case: Case, seed: int) -> _Draw:
    jobs = case.jobs(seed)
    known = None
    if len(jobs) <= _MOST_JOBS_KNOWN:
        longest_first = sorted(jobs, key=lambda job: -job.seconds)
        known = makespan(simulate(longest_first, admit, case.room, POLL_SECONDS))
    return _Draw(
        waves=makespan(simulate(jobs, wave, case.room, POLL_SECONDS)),
        rolling=makespan(simulate(jobs, admit, case.room, POLL_SECONDS)),
        known=known,
        bound=lower_bound(jobs, case.room, POLL_SECONDS),
    )


def _first_part(limits: Limits, items: int) -> Part:
    cutter = Cutter(limits)
    for position in range(items):
        cutter.add(position, ITEM_BYTES, ITEM_TOKENS)
        if len(cutter.parts) > 1:
            break
    return cutter.parts[0]


def _p95(values: list[int] | list[float]) -> float:
    return sorted(values)[(len(values) * 95 - 1) // 100]
