"""A portion: the first items, or a sample that depends on the seed and the count alone."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator

import pytest
from hypothesis import given
from hypothesis import strategies as st

from processor.core.portion import WHOLE, Portion, portion_of

COUNTS = st.integers(min_value=0, max_value=60)
SEEDS = st.integers(min_value=-5, max_value=2**40)


def _take(portion: Portion, count: int, *, again: bool = True) -> list[int]:
    return list(portion.take(lambda: range(count), again=again))


@given(COUNTS, st.integers(1, 70), SEEDS)
def test_sample_takes_so_many_in_their_order(count: int, sample: int, seed: int) -> None:
    taken = _take(Portion(sample=sample, seed=seed), count)
    assert len(taken) == min(count, sample)
    assert taken == sorted(set(taken))


@given(COUNTS, st.integers(1, 70), SEEDS)
def test_sample_is_the_same_whether_it_is_read_once_or_twice(
    count: int, sample: int, seed: int
) -> None:
    portion = Portion(sample=sample, seed=seed)
    assert _take(portion, count, again=True) == _take(portion, count, again=False)


@given(COUNTS, st.integers(1, 70), SEEDS)
def test_larger_sample_holds_the_smaller(count: int, sample: int, seed: int) -> None:
    small = _take(Portion(sample=sample, seed=seed), count)
    large = _take(Portion(sample=sample + 1, seed=seed), count)
    assert set(small) <= set(large)


@given(COUNTS, st.integers(1, 70), st.integers(1, 70))
def test_sample_of_a_limit_is_of_the_first(count: int, limit: int, sample: int) -> None:
    both = _take(Portion(limit=limit, sample=sample), count)
    assert both == _take(Portion(sample=sample), min(limit, count))


def test_every_position_is_as_likely_as_any_other() -> None:
    seeds = 4000
    seen = Counter(
        position for seed in range(seeds) for position in _take(Portion(sample=3, seed=seed), 12)
    )
    expected = seeds * 3 / 12
    # Six standard deviations of a binomial count: a fair draw stays within, whatever the seeds.
    allowed = 6 * (seeds * 0.25 * 0.75) ** 0.5
    assert all(abs(seen[position] - expected) < allowed for position in range(12))


def test_limit_reads_no_further() -> None:
    def numbers() -> Iterator[int]:
        yield from (1, 2)
        pytest.fail("the third was read")

    assert list(Portion(limit=2).take(numbers, again=True)) == [1, 2]


def test_whole_is_everything() -> None:
    assert _take(WHOLE, 5) == [0, 1, 2, 3, 4]


def test_run_made_before_there_were_portions_takes_everything() -> None:
    assert portion_of({"inputs": ["a"]}) == WHOLE
