"""The schema proposed from examples."""

from __future__ import annotations

import json
from copy import deepcopy
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from jsonschema import Draft202012Validator

from processor.core.infer_schema import infer_schema
from validation import load_profile, validate

_TEXTS = st.one_of(
    st.text(max_size=8),
    st.sampled_from(["a", "b", "", "2026-02-30", "2026-02-28", "https://x.org/", "https://x y"]),
    st.dates().map(str),
    st.datetimes().map(lambda at: at.isoformat() + "Z"),
)
_VALUES: st.SearchStrategy[Any] = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats(allow_nan=False, allow_infinity=False)
    | _TEXTS,
    lambda inner: (
        st.lists(inner, max_size=6)
        | st.dictionaries(st.sampled_from(["a", "b", "$ref", "type", "é"]), inner, max_size=4)
    ),
    max_leaves=25,
)
_OBJECTS = st.dictionaries(st.sampled_from(["a", "b", "c", "$ref", "type"]), _VALUES, max_size=5)
_EXAMPLES = st.lists(_OBJECTS, min_size=1, max_size=8)


@given(_EXAMPLES)
def test_every_example_validates_against_the_proposal(examples: list[dict[str, Any]]) -> None:
    schema = infer_schema(examples)
    Draft202012Validator.check_schema(schema)
    profile = load_profile(schema=json.dumps(schema))
    for example in examples:
        verdict = validate(json.dumps(example), profile)
        assert verdict.accepted, verdict.findings


@given(_EXAMPLES)
def test_equal_examples_give_equal_schemas(examples: list[dict[str, Any]]) -> None:
    first, again = infer_schema(examples), infer_schema(deepcopy(examples))
    assert json.dumps(first) == json.dumps(again)


@given(_EXAMPLES)
def test_order_of_examples_changes_the_order_of_names_only(examples: list[dict[str, Any]]) -> None:
    assert _sorted(infer_schema(examples)) == _sorted(infer_schema(examples[::-1]))


@given(_EXAMPLES)
def test_examples_given_twice_require_the_same(examples: list[dict[str, Any]]) -> None:
    assert infer_schema(examples * 2).get("required") == infer_schema(examples).get("required")


def _sorted(value: Any) -> Any:
    if isinstance(value, dict):
        return {
            name: sorted(inner)
            if name == "required" and isinstance(inner, list)
            else _sorted(inner)
            for name, inner in value.items()
        }
    return value


def _of(*values: object) -> Any:
    return infer_schema({"x": value} for value in values)["properties"]["x"]


@pytest.mark.parametrize(
    ("values", "schema"),
    [
        ([1, 2], {"type": "integer"}),
        ([1, 2.5], {"type": "number"}),
        ([1, None], {"type": ["integer", "null"]}),
        ([True, "a"], {"type": ["string", "boolean"]}),
        ([[1], ["a", None]], {"type": "array", "items": {"type": ["string", "integer", "null"]}}),
        ([[]], {"type": "array"}),
        (["a", "b"] * 3, {"type": "string", "enum": ["a", "b"]}),
        (["a", "b"] * 2, {"type": "string"}),
        (["a"] * 9, {"type": "string"}),
        (["a", "b", None] * 3, {"type": ["string", "null"], "enum": ["a", "b", None]}),
        (["a", "b", 1] * 3, {"type": ["string", "integer"]}),
        (["a", ""] * 3, {"type": "string"}),
        (list("abcdefghi") * 3, {"type": "string"}),
        (["a" * 41, "b"] * 3, {"type": "string"}),
        (["2026-01-02", "2026-02-28"], {"type": "string", "format": "date"}),
        (["2026-01-02"] * 4, {"type": "string"}),
        (["2026-01-02", "2026-02-30"], {"type": "string"}),
        (["2026-01-02", "soon"], {"type": "string"}),
        (
            ["2026-01-02T03:04:05Z", "2026-01-02T03:04:05+01:00"],
            {"type": "string", "format": "date-time"},
        ),
        (["2026-01-02T03:04:05", "2026-01-02T03:04:06"], {"type": "string"}),
        (["https://a.org/", "http://b.org/?q=1"], {"type": "string", "format": "uri"}),
        (["urn:a", "mailto:b@c.org"], {"type": "string"}),
        (["https://a.org/", None, "https://b.org"], {"type": ["string", "null"], "format": "uri"}),
    ],
)
def test_values_become(values: list[object], schema: dict[str, Any]) -> None:
    assert _of(*values) == schema


def test_required_is_what_all_have_in_the_order_of_the_examples() -> None:
    schema = infer_schema([{"b": 1, "a": {"c": 1}}, {"a": {"c": 2, "d": 3}, "e": 1, "b": 2}])
    assert schema["required"] == ["b", "a"]
    assert list(schema["properties"]) == ["b", "a", "e"]
    assert schema["properties"]["a"]["required"] == ["c"]


def test_objects_in_arrays_are_merged() -> None:
    items = _of([{"a": 1}, {"a": "x", "b": None}])["items"]
    assert items["required"] == ["a"]
    assert items["properties"] == {"a": {"type": ["string", "integer"]}, "b": {"type": "null"}}


def test_no_example_is_no_schema() -> None:
    with pytest.raises(ValueError, match="no example"):
        infer_schema([])
