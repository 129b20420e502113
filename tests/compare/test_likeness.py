"""Lists of values held against each other: order, white space and null do not count, types do."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from processor.core.likeness import liken, near, shape

_SCALARS = st.one_of(
    st.none(), st.booleans(), st.integers(-5, 5), st.sampled_from([0.5, 1.0, 2.0]),
    st.sampled_from(["", "a", "b c", " b  c\n"]),
)  # fmt: skip
_VALUES = st.recursive(
    _SCALARS,
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from("xyz"), inner, max_size=3)
    ),
    max_leaves=6,
)
_LISTS = st.lists(_VALUES, max_size=6)
_TOLERANCES = st.sampled_from([0.0, 0.3])


def _share(a: list[Any], b: list[Any], tolerance: float = 0.0) -> float:
    return liken(a, b, tolerance=tolerance).share


@given(_LISTS, _TOLERANCES)
def test_list_is_like_itself(a: list[Any], tolerance: float) -> None:
    assert _share(a, a, tolerance) == 1


@given(_LISTS, _LISTS, _TOLERANCES)
def test_swapping_the_lists_swaps_the_result(a: list[Any], b: list[Any], tolerance: float) -> None:
    one, other = liken(a, b, tolerance=tolerance), liken(b, a, tolerance=tolerance)
    assert one.common == other.common
    assert (len(one.only_a), len(one.only_b)) == (len(other.only_b), len(other.only_a))


@given(st.data(), _LISTS, _LISTS, _TOLERANCES)
def test_order_does_not_count(
    data: st.DataObject, a: list[Any], b: list[Any], tolerance: float
) -> None:
    mixed = data.draw(st.permutations(a))
    assert _share(mixed, b, tolerance) == _share(a, b, tolerance)
    assert _share([a], [mixed], tolerance) == 1


@given(_LISTS, _LISTS, _TOLERANCES)
def test_every_value_is_common_or_left(a: list[Any], b: list[Any], tolerance: float) -> None:
    found = liken(a, b, tolerance=tolerance)
    assert found.common + len(found.only_a) == len(a)
    assert found.common + len(found.only_b) == len(b)
    assert list(found.only_a) == sorted(set(found.only_a))


@given(_LISTS, _LISTS)
def test_a_tolerance_never_makes_less_alike(a: list[Any], b: list[Any]) -> None:
    assert liken(a, b, tolerance=0.3).common >= liken(a, b, tolerance=0.0).common


@pytest.mark.parametrize(
    ("a", "b"),
    [
        ("a  b", " a\nb "), (1, 1.0), ({"x": 1, "y": None}, {"x": 1}), ([1, 2], [2, 1]),
        ({"x": [1, "a"]}, {"x": ["a", 1]}),
    ],
)  # fmt: skip
def test_these_are_alike(a: Any, b: Any) -> None:
    assert _share([a], [b]) == 1


@pytest.mark.parametrize(
    ("a", "b"),
    [
        ("a", "A"), ("1", 1), (True, 1), (True, "true"), (None, "null"), (1, 1.001), ([], {}),
        ([1], 1), ("#", 1), ({"x": 1}, {"y": 1}), ([1, 1], [1]), ("ab", "a b"),
        (10**400, 10**400 + 1), ({"a": 1, "b": 2}, {"a": 2, "b": 1}),
    ],
)  # fmt: skip
def test_these_are_not(a: Any, b: Any) -> None:
    assert _share([a], [b]) == 0


def test_value_that_is_there_twice_needs_two_partners() -> None:
    found = liken(["a", "a", "b"], ["a"], tolerance=0)
    assert (found.common, found.only_a, found.only_b) == (1, (1, 2), ())
    assert found.share == pytest.approx(1 / 3)


@pytest.mark.parametrize("count", [3, 200])  # a few are tried one with another, many in order
def test_numbers_inside_objects_may_differ_by_the_tolerance(count: int) -> None:
    a = [{"n": float(n), "m": 7} for n in range(1, count)]
    b = [{"m": 7, "n": n * 1.0001} for n in range(1, count)]
    assert _share(a, b) == 0
    assert _share(a, list(reversed(b)), 0.001) == 1


def test_numbers_find_as_many_partners_as_they_can() -> None:
    assert liken([1.0, 1.2], [1.1, 0.9], tolerance=0.1).common == 2


def test_tolerance_is_of_the_larger_number() -> None:
    assert near(90, 100, 0.1)
    assert not near(89.9, 100, 0.1)
    assert not near(0, 1e-9, 0.5)
    assert near(-90, -100, 0.1)
    assert not near(10**400, 10**400 + 1, 0.1)  # no double holds them: equal exactly, or not
    assert near(10**400, 10**400, 0.1)


def test_what_is_no_json_is_refused() -> None:
    with pytest.raises(TypeError, match="set is no JSON value"):
        shape({1})
