"""The lower bound: nothing beats it."""

from __future__ import annotations

from itertools import permutations, product

from hypothesis import given, settings
from hypothesis import strategies as st

from benchmarks.schedule_simulation import Job, lower_bound, makespan, simulate, wave
from processor.core.admission import Room, admit
from tests.processor_admission.strategies import runs

Run = tuple[list[Job], Room, int]


@given(run=runs(most_jobs=14))
def test_neither_rule_beats_the_bound(run: Run) -> None:
    jobs, room, poll_seconds = run
    bound = lower_bound(jobs, room, poll_seconds)
    assert bound <= makespan(simulate(jobs, admit, room, poll_seconds))
    assert bound <= makespan(simulate(jobs, wave, room, poll_seconds))


@settings(max_examples=40)
@given(run=runs(most_jobs=5))
def test_no_order_beats_the_bound(run: Run) -> None:
    jobs, room, poll_seconds = run
    bound = lower_bound(jobs, room, poll_seconds)
    for order in permutations(jobs):
        assert bound <= makespan(simulate(order, admit, room, poll_seconds))


@settings(max_examples=60, deadline=None)
@given(
    jobs=st.lists(
        st.builds(
            Job,
            tokens=st.integers(1, 6),
            upload_seconds=st.integers(0, 7),
            seconds=st.integers(1, 20),
        ),
        min_size=1,
        max_size=4,
    ),
    room=st.builds(Room, tokens=st.none() | st.integers(6, 12), jobs=st.integers(1, 3)),
)
def test_no_assignment_of_polls_beats_the_bound(jobs: list[Job], room: Room) -> None:
    best = shortest(jobs, room, poll_seconds=5)
    assert lower_bound(jobs, room, 5) <= best <= makespan(simulate(jobs, admit, room, 5))


def test_the_bound_is_met_where_nothing_is_in_the_way() -> None:
    jobs = [Job(3, 4, 2_400)] * 12
    room = Room(tokens=9)
    assert lower_bound(jobs, room, 300) == makespan(simulate(jobs, admit, room, 300))


def test_whole_jobs_count_not_tokens_alone() -> None:
    """Two of three such jobs fit at once: the tokens alone would allow 2.8 in 10."""
    jobs = [Job(6, 0, 100)] * 3
    assert lower_bound(jobs, Room(tokens=10), 10) == 300


def shortest(jobs: list[Job], room: Room, *, poll_seconds: int) -> int:
    """The soonest end over every assignment of polls to the jobs that keeps the room.

    Polls are numbered; within one, uploads follow the order of the jobs. No rule decides here:
    room may be left empty, and any job may go before any other.
    """
    horizon = sum(1 + -(-job.seconds // poll_seconds) for job in jobs)
    for last in range(1, horizon + 1):
        for polls in product(range(last), repeat=len(jobs)):
            end = _end(jobs, polls, room, last, poll_seconds)
            if end is not None:
                return end
    raise AssertionError("one after the other is an assignment, too")


def _end(
    jobs: list[Job], polls: tuple[int, ...], room: Room, last: int, poll_seconds: int
) -> int | None:
    """When poll ``last`` is, if it sees the end of the last job, and the room was kept."""
    now = 0
    ends: dict[int, int] = {}
    for poll in range(last + 1):
        active = [number for number, end in ends.items() if end > now]
        begun = [number for number, at in enumerate(polls) if at == poll]
        there = [jobs[number].tokens for number in active + begun]
        if len(there) > room.jobs or (room.tokens is not None and sum(there) > room.tokens):
            return None
        if poll == last:
            return now if not there else None
        for number in begun:
            now += jobs[number].upload_seconds
            ends[number] = now + jobs[number].seconds
        now += poll_seconds
    raise AssertionError("the last poll returns")
