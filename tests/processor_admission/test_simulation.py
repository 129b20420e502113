"""The simulator: what it may not get wrong, and what its figures rest on."""

from __future__ import annotations

import pytest
from hypothesis import given

from benchmarks.schedule_simulation import Job, Policy, Stay, makespan, simulate, wave
from processor.core.admission import Room, admit
from tests.processor_admission.strategies import runs

Run = tuple[list[Job], Room, int]
policies = pytest.mark.parametrize("policy", [admit, wave])


def poll_by_poll(jobs: list[Job], policy: Policy, room: Room, poll_seconds: int) -> list[Stay]:
    """The same story told at every single poll, by a reader of the rules."""
    stays: list[Stay] = []
    noticed: dict[int, int] = {}
    now = 0
    while len(noticed) < len(jobs):
        for number, stay in enumerate(stays):
            if stay.ended_at <= now:
                noticed.setdefault(number, now)
        active = [jobs[number].tokens for number in range(len(stays)) if number not in noticed]
        admitted_at = now
        waiting = [job.tokens for job in jobs[len(stays) :]]
        for job in jobs[len(stays) :][: policy(waiting, active, room)]:
            now += job.upload_seconds
            stays.append(Stay(admitted_at, now, now + job.seconds, 0))
        now += poll_seconds
    return [stay._replace(noticed_at=noticed[number]) for number, stay in enumerate(stays)]


@policies
@given(run=runs())
def test_polls_that_see_no_end_change_nothing(policy: Policy, run: Run) -> None:
    assert simulate(run[0], policy, *run[1:]) == poll_by_poll(run[0], policy, *run[1:])


@policies
@given(run=runs())
def test_every_job_has_one_whole_life(policy: Policy, run: Run) -> None:
    jobs, room, poll_seconds = run
    stays = simulate(jobs, policy, room, poll_seconds)
    for job, stay in zip(jobs, stays, strict=True):
        assert stay.admitted_at + job.upload_seconds <= stay.created_at
        assert stay.created_at + job.seconds == stay.ended_at <= stay.noticed_at
        assert stay.noticed_at >= stay.admitted_at + job.upload_seconds + poll_seconds
    assert makespan(stays) == max((stay.noticed_at for stay in stays), default=0)


@policies
@given(run=runs())
def test_the_room_is_kept_at_every_moment(policy: Policy, run: Run) -> None:
    jobs, room, poll_seconds = run
    stays = simulate(jobs, policy, room, poll_seconds)
    for moment in {stay.admitted_at for stay in stays}:
        there = [
            job.tokens
            for job, stay in zip(jobs, stays, strict=True)
            if stay.admitted_at <= moment < stay.noticed_at
        ]
        assert len(there) <= room.jobs
        assert room.tokens is None or sum(there) <= room.tokens


@policies
@given(run=runs())
def test_jobs_are_created_in_order_one_upload_at_a_time(policy: Policy, run: Run) -> None:
    jobs, room, poll_seconds = run
    stays = simulate(jobs, policy, room, poll_seconds)
    for job, stay, before in zip(jobs[1:], stays[1:], stays, strict=False):
        assert stay.created_at >= before.created_at + job.upload_seconds


@given(run=runs())
def test_a_wave_begins_when_all_before_have_ended(run: Run) -> None:
    jobs, room, poll_seconds = run
    stays = simulate(jobs, wave, room, poll_seconds)
    for stay in stays:
        for other in stays:
            if other.admitted_at < stay.admitted_at:
                assert other.noticed_at <= stay.admitted_at


@given(run=runs(most_jobs=14))
def test_rolling_creates_no_job_later_than_waves_do(run: Run) -> None:
    jobs, room, poll_seconds = run
    rolling = simulate(jobs, admit, room, poll_seconds)
    waves = simulate(jobs, wave, room, poll_seconds)
    for one, other in zip(rolling, waves, strict=True):
        assert one.created_at <= other.created_at
    assert makespan(rolling) <= makespan(waves)


@policies
def test_a_job_that_fits_into_no_empty_room_is_refused(policy: Policy) -> None:
    jobs = [Job(5, 1, 10), Job(11, 1, 10)]
    with pytest.raises(ValueError, match="job 1 of 11 tokens fits into no empty room"):
        simulate(jobs, policy, Room(tokens=10), 5)
