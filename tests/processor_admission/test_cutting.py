"""Cutting: the laws of the parts."""

from __future__ import annotations

from hashlib import sha256
from itertools import pairwise

from hypothesis import example, given
from hypothesis import strategies as st

from processor.core.cutting import MOST_BYTES, Cutter, DigestCutter, Limits, Part
from tests.processor_admission.strategies import limits, requests


def cut(stream: list[tuple[int, int]], bound: Limits, first: int | None = None) -> list[Part]:
    cutter = Cutter(bound, first_requests=first)
    for position, (size, tokens) in enumerate(stream):
        assert cutter.add(position, size, tokens) is cutter.parts[-1]
    return cutter.parts


def over(bound: Limits, size: int, tokens: int, count: int) -> bool:
    return (
        size > bound.bytes
        or (bound.tokens is not None and tokens > bound.tokens)
        or (bound.requests is not None and count > bound.requests)
    )


@given(requests, limits, st.none() | st.integers(1, 8))
def test_parts_are_the_stream(
    stream: list[tuple[int, int]], bound: Limits, first: int | None
) -> None:
    position = offset = 0
    for part in cut(stream, bound, first):
        stretch = stream[position : position + part.requests]
        assert part.requests > 0
        assert (part.first_position, part.offset) == (position, offset)
        assert part.bytes == sum(size for size, _ in stretch)
        assert part.tokens == sum(tokens for _, tokens in stretch)
        position, offset = position + part.requests, offset + part.bytes
    assert position == len(stream)


@given(requests, limits, st.none() | st.integers(1, 8))
def test_no_part_is_over_a_limit_unless_it_holds_a_single_request(
    stream: list[tuple[int, int]], bound: Limits, first: int | None
) -> None:
    for part in cut(stream, bound, first):
        assert part.requests == 1 or not over(bound, part.bytes, part.tokens, part.requests)


@given(requests, limits)
def test_no_two_neighbours_would_fit_into_one(stream: list[tuple[int, int]], bound: Limits) -> None:
    parts = cut(stream, bound)
    for one, next_one in pairwise(parts):
        assert over(
            bound,
            one.bytes + next_one.bytes,
            one.tokens + next_one.tokens,
            one.requests + next_one.requests,
        )


@given(requests, limits)
def test_no_contiguous_cut_has_fewer_parts(stream: list[tuple[int, int]], bound: Limits) -> None:
    fewest = [0]
    for end in range(1, len(stream) + 1):
        starts = [
            start
            for start in range(end)
            if start == end - 1
            or not over(
                bound,
                sum(size for size, _ in stream[start:end]),
                sum(tokens for _, tokens in stream[start:end]),
                end - start,
            )
        ]
        fewest.append(1 + min(fewest[start] for start in starts))
    assert len(cut(stream, bound)) == fewest[-1]


@given(requests, limits, st.integers(1, 8))
@example([(1, 1)] * 5, Limits(), 2)
def test_the_canary_is_the_first_part_and_the_rest_is_cut_as_ever(
    stream: list[tuple[int, int]], bound: Limits, first: int
) -> None:
    parts = cut(stream, bound, first)
    if not parts:
        return
    canary = parts[0]
    unlimited = cut(stream, bound)[0].requests
    assert canary.requests == min(first, unlimited)
    rest = cut(stream[canary.requests :], bound)
    assert [part.requests for part in parts[1:]] == [part.requests for part in rest]


def test_one_job_is_the_rule() -> None:
    assert len(cut([(11_200, 2_800)] * 12_000, Limits())) == 1


def test_two_gigabytes_are_the_most_a_part_holds() -> None:
    half = MOST_BYTES // 2
    assert [part.bytes for part in cut([(half, 1), (half, 1), (1, 1)], Limits())] == [MOST_BYTES, 1]


@given(requests, limits, st.integers(0, 3))
def test_digests_of_the_parts_cut_where_the_limits_did(
    stream: list[tuple[int, int]], bound: Limits, unknown: int
) -> None:
    lines = [f"{position}".encode() * size for position, (size, _) in enumerate(stream)]
    parts = cut(
        [(len(line), tokens) for line, (_, tokens) in zip(lines, stream, strict=True)], bound
    )
    known = parts[: max(0, len(parts) - unknown)]
    whole = b"".join(lines)
    digests = [sha256(whole[p.offset : p.offset + p.bytes]).hexdigest()[:32] for p in known]
    cutter = DigestCutter(digests)
    for position, (line, (_, tokens)) in enumerate(zip(lines, stream, strict=True)):
        cutter.add(position, line, tokens)
    assert cutter.parts[: len(known)] == known
    assert len(cutter.parts) == len(known) + (len(known) < len(parts))
    assert sum(part.requests for part in cutter.parts) == len(stream)
