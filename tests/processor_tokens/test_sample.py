"""The sample of a stream."""

from __future__ import annotations

from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from processor.core.sample import Sample, calibrate_by_counts


def _kept(count: int, size: int) -> list[int]:
    sample = Sample(size)
    for number in range(count):
        sample.offer(b"", number)
    return [one.tokens for one in sample.kept]


@given(st.integers(0, 3_000), st.integers(1, 40))
def test_sample_is_evenly_spaced(count: int, size: int) -> None:
    kept = _kept(count, size)
    distances = {after - before for before, after in pairwise(kept)}
    assert len(distances) <= 1
    assert kept[:1] == [0][:count]


@given(st.integers(0, 3_000), st.integers(1, 40))
def test_sample_is_of_size_or_up_to_twice_that(count: int, size: int) -> None:
    assert min(count, size) <= len(_kept(count, size)) <= 2 * size


def test_small_streams_are_kept_whole() -> None:
    assert _kept(40, 20) == list(range(40))


def test_counts_calibrate_what_was_estimated_with_an_earlier_factor() -> None:
    found = calibrate_by_counts([100, 300], [110, 330], before=2.0)
    assert (round(found.factor, 9), found.answers) == (2.2, 2)
    assert found.basis == "countTokens of 2 prompts of the run"
