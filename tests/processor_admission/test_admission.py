"""Admission: the laws of what may go."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from processor.core.admission import JOB_SHARE, MOST_ACTIVE_JOBS, Room, admit, safe_room
from tests.processor_admission.strategies import rooms

tokens = st.lists(st.integers(0, 30), max_size=12)


def within(active: list[int], room: Room) -> bool:
    return len(active) <= room.jobs and (room.tokens is None or sum(active) <= room.tokens)


@given(tokens, tokens, rooms)
def test_what_is_active_afterwards_is_within_the_room(
    waiting: list[int], active: list[int], room: Room
) -> None:
    admitted = admit(waiting, active, room)
    assert 0 <= admitted <= len(waiting)
    assert admitted == 0 or within([*active, *waiting[:admitted]], room)


@given(tokens, tokens, rooms)
def test_one_more_would_not_be_within_the_room(
    waiting: list[int], active: list[int], room: Room
) -> None:
    admitted = admit(waiting, active, room)
    assert admitted == len(waiting) or not within([*active, *waiting[: admitted + 1]], room)


@given(tokens, tokens, rooms)
def test_admits_nothing_more_until_a_job_ends(
    waiting: list[int], active: list[int], room: Room
) -> None:
    admitted = admit(waiting, active, room)
    assert admit(waiting[admitted:], [*active, *waiting[:admitted]], room) == 0


@given(tokens, tokens, rooms)
def test_a_small_job_does_not_overtake_a_large_one(
    waiting: list[int], active: list[int], room: Room
) -> None:
    if room.tokens is None:
        return
    assert admit([room.tokens + 1, *waiting], active, room) == 0


@given(tokens, tokens, rooms, st.data())
def test_whatever_ends_no_fewer_are_admitted(
    waiting: list[int], active: list[int], room: Room, data: st.DataObject
) -> None:
    going = data.draw(st.lists(st.booleans(), min_size=len(active), max_size=len(active)))
    rest = [one for one, goes_on in zip(active, going, strict=True) if goes_on]
    assert admit(waiting, rest, room) >= admit(waiting, active, room)


@given(tokens, rooms)
def test_the_first_hundred_waiting_say_it_all(waiting: list[int], room: Room) -> None:
    assert admit(waiting[: room.jobs], (), room) == admit(waiting, (), room)


@given(st.integers(0, 10**12))
def test_the_safe_room_is_nine_tenths_of_the_limit(limit: int) -> None:
    room = safe_room(limit)
    assert room.tokens is not None
    assert abs(room.tokens - limit * 9 / 10) <= 1
    assert room.jobs == MOST_ACTIVE_JOBS


def test_an_unknown_limit_leaves_only_the_number_of_jobs() -> None:
    assert safe_room(None).tokens is None
    assert admit([10**15] * 150, [], safe_room(None)) == MOST_ACTIVE_JOBS


@pytest.mark.parametrize("limit", [3_000_000, 10_000_000, 400_000_000, 1_000_000_000])
def test_jobs_of_the_usual_share_fill_the_room(limit: int) -> None:
    tokens_allowed = safe_room(limit).tokens
    assert tokens_allowed is not None
    jobs = admit([int(tokens_allowed * JOB_SHARE)] * 200, [], safe_room(limit))
    assert jobs == round(1 / JOB_SHARE) <= MOST_ACTIVE_JOBS
