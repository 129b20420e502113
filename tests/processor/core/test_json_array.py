"""The law of the array's elements, and what happens to arrays that are none."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from processor.core.json_array import BrokenArray, array_elements
from tests.processor.strategies import json_arrays, json_texts


def _slices(data: bytes) -> list[bytes]:
    return [data[begin:end] for begin, end in array_elements(data)]


@given(json_texts(json_arrays))
def test_slices_decoded_are_the_elements_in_order(text: str) -> None:
    expected: list[Any] = json.loads(text)
    found = [json.loads(part) for part in _slices(text.encode())]
    # Dumped, because 1 == 1.0 == True for Python.
    assert json.dumps(found) == json.dumps(expected)


@given(json_texts(json_arrays), st.data())
def test_refuses_array_that_is_cut(text: str, data: st.DataObject) -> None:
    whole = text.encode()
    cut = whole[: data.draw(st.integers(1, len(whole) - 1))]
    if not cut.rstrip():
        return
    with pytest.raises(BrokenArray):
        _slices(cut)


@pytest.mark.parametrize(
    "text", ["[1,]", "[,1]", "[1,,2]", "[,]", "[1 2]", "[{]}", "[tru]", '["a" "b"]']
)
def test_element_that_is_no_json_is_left_for_its_reader_to_refuse(text: str) -> None:
    slices = _slices(text.encode())
    with pytest.raises(json.JSONDecodeError):
        [json.loads(part) for part in slices]


@pytest.mark.parametrize("text", ["[1] 2", "[1][2]", "[] x", "[1]]"])
def test_refuses_what_follows_the_end(text: str) -> None:
    with pytest.raises(BrokenArray, match="follows"):
        _slices(text.encode())


def test_ignores_brackets_and_commas_in_strings() -> None:
    text = r'[{"a": "],[}\"{"}, "\\", ["x,y"]]'
    assert [json.loads(part) for part in _slices(text.encode())] == json.loads(text)
