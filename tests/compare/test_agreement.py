"""Agreement by field: what is counted, over which items, and never more fields than memory holds."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from processor.core.agreement import MOST_FIELDS, Agreement, read_fields

_DATA = st.recursive(
    st.none() | st.booleans() | st.integers(0, 3) | st.sampled_from(["", "a", "b"]),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(st.sampled_from(["x", "y", "a.b", "[]"]), inner, max_size=3)
    ),
    max_leaves=8,
)


def _fields(*pairs: tuple[Any, Any], **options: Any) -> dict[str, dict[str, Any]]:
    agreement = Agreement(**options)
    for a, b in pairs:
        agreement.compare(a, b)
    return {one.pop("field"): one for one in agreement.as_json()}


def _shares(a: Any, b: Any, **options: Any) -> dict[str, float]:
    return {name: one["agreement"] for name, one in _fields((a, b), **options).items()}


def test_single_values_are_equal_or_not() -> None:
    a = {"title": "Potassium  in loess", "year": 1998, "meta": {"lang": "en"}}
    b = {"title": "Potassium in loess", "year": 1999, "meta": {"lang": "en"}}
    assert _shares(a, b) == {"year": 0, "meta.lang": 1, "title": 1}


def test_lists_agree_by_their_elements() -> None:
    assert _shares({"k": ["a", "b", "c"]}, {"k": ["c", "b", "d"]}) == {"k[]": 0.5}
    assert _shares({"k": []}, {"k": []}) == {"k[]": 1}
    assert _shares({"k": []}, {"k": ["a"]}) == {"k[]": 0}


def test_members_of_objects_in_lists_are_fields_over_all_of_them() -> None:
    a = {"people": [{"name": "Ada", "role": "x"}, {"name": "Bo", "role": "y"}]}
    b = {"people": [{"name": "Bo", "role": "y"}, {"name": "Ada", "role": "z"}]}
    assert _shares(a, b) == {
        "people[]": pytest.approx(1 / 3, abs=1e-6), "people[].name": 1,
        "people[].role": pytest.approx(1 / 3, abs=1e-6),
    }  # fmt: skip


def test_field_that_one_side_lacks_agrees_in_nothing_and_null_is_as_nothing() -> None:
    found = _fields(({"a": 1, "b": None}, {"a": None}), ({"a": 1}, {"a": 1}), ({}, {"a": 2}))
    assert found["a"] == {"agreement": pytest.approx(1 / 3, abs=1e-6), "items": 3, "equal": 1,
                          "only_a": 1, "only_b": 1}  # fmt: skip
    assert "b" not in found


@pytest.mark.parametrize(
    ("a", "b"), [("text", "text"), ([1, 2], [2, 1]), (3, 3.0), ({}, {}), (False, False)]
)
def test_data_need_not_be_an_object(a: Any, b: Any) -> None:
    assert list(_shares(a, b).values()) == [1]


def test_another_shape_is_another_field() -> None:
    assert _shares({"a": "x"}, {"a": ["x"]}) == {"a": 0, "a[]": 0}
    assert _shares({"a": {"b": 1}}, {"a": 1}) == {"a": 0, "a.b": 0}


def test_an_item_agrees_as_the_mean_of_its_fields() -> None:
    agreement = Agreement()
    found = agreement.compare({"a": 1, "b": 2, "c": ["x", "y"]}, {"a": 1, "b": 3, "c": ["y"]})
    assert found is not None
    share, differences = found
    assert share == pytest.approx((1 + 0 + 0.5) / 3)
    assert [(one.field, one.a, one.b, one.common) for one in differences] == [
        ("b", (2,), (3,), 0), ("c[]", ("x",), (), 1)
    ]  # fmt: skip


def test_only_the_fields_asked_for_count() -> None:
    a = {"people": [{"name": "Ada"}], "peoples": 1, "other": 2}
    b = {"people": [{"name": "Bo"}], "peoples": 1, "other": 3}
    assert set(_shares(a, b, places=read_fields(["people"]))) == {"people[]", "people[].name"}
    assert set(_shares(a, b, places=read_fields(["people[].name"]))) == {"people[].name"}
    assert Agreement(places=read_fields(["none"])).compare(a, b) is None


def test_numbers_agree_within_the_tolerance() -> None:
    a, b = {"n": 100, "l": [{"v": 10.0}]}, {"n": 101, "l": [{"v": 10.05}]}
    assert set(_shares(a, b).values()) == {0}
    assert set(_shares(a, b, tolerance=0.01).values()) == {1}


def test_least_agreement_comes_first() -> None:
    found = _fields(({"c": 1, "a": 1, "b": 1}, {"c": 1, "a": 1, "b": 2}))
    assert list(found) == ["b", "a", "c"]


def test_more_fields_than_are_told_apart_are_counted_together() -> None:
    data = {f"f{n}": n for n in range(MOST_FIELDS + 5)}
    found = _fields((data, data), ({"late": 1}, {"late": 2}))
    assert len(found) == MOST_FIELDS + 1
    assert found["(other fields)"]["items"] == 6
    assert found["(other fields)"]["equal"] == 5


@given(_DATA, _DATA)
def test_agreement_is_a_share_and_the_same_from_both_sides(a: Any, b: Any) -> None:
    one, other = Agreement().compare(a, b), Agreement().compare(b, a)
    if one is None or other is None:
        assert one is other
        return
    assert 0 <= one[0] <= 1
    assert one[0] == pytest.approx(other[0])
    assert (one[0] == 1) is (not one[1])


@given(_DATA)
def test_data_agrees_with_itself(data: Any) -> None:
    found = Agreement().compare(data, data)
    assert found is None or found == (1.0, [])
