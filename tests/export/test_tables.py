"""Tables lose nothing, and no cell is a formula."""

from __future__ import annotations

import csv
import io
import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from processor.core.export_csv import csv_line
from processor.core.export_table import (
    ID_COLUMN,
    MOST_COLUMNS,
    REST_COLUMN,
    Kind,
    fields_of,
    found_columns,
    row,
    typed_columns,
)

SCHEMA = {
    "type": "object",
    "properties": {
        "s": {"type": "string"},
        "i": {"type": ["integer", "null"]},
        "n": {"type": "number"},
        "b": {"type": "boolean"},
        "l": {"type": "array", "items": {"type": "string"}},
        "o": {"type": "object"},
        "u": {"type": ["string", "integer"]},
    },
}
_SCALARS = (
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text()
)
_VALUES = st.recursive(_SCALARS, lambda v: st.lists(v, max_size=3), max_leaves=5)
_DATA = st.dictionaries(st.sampled_from([*"sinblou", "else", "item_id"]), _VALUES)


def test_columns_have_the_types_of_the_schema() -> None:
    kinds = {column.name: column.kind for column in typed_columns(SCHEMA)}
    assert kinds == {
        "s": Kind.STRING, "i": Kind.INTEGER, "n": Kind.NUMBER, "b": Kind.BOOLEAN,
        "l": Kind.STRINGS, "o": Kind.JSON, "u": Kind.JSON,
    }  # fmt: skip


@pytest.mark.parametrize("schema", [None, True, {}, {"properties": []}])
def test_schema_without_properties_has_no_columns(schema: Any) -> None:
    assert typed_columns(schema) == ()


@given(_DATA)
def test_cells_and_the_rest_are_the_data_whole(data: dict[str, Any]) -> None:
    columns = typed_columns(SCHEMA)
    cells, rest = row(data, columns)
    again = {} if rest is None else json.loads(rest)
    for column, cell in zip(columns, cells, strict=True):
        if cell is not None:
            assert column.field not in again
            again[column.field] = json.loads(cell) if column.kind is Kind.JSON else cell
    expected = {name: value for name, value in data.items() if value is not None}
    assert json.dumps(again, sort_keys=True) == json.dumps(expected, sort_keys=True)


@pytest.mark.parametrize(("name", "value"), [("i", 2**63), ("n", 2**53 + 1), ("s", 1), ("b", 0)])
def test_value_that_its_column_would_change_is_in_the_rest(name: str, value: Any) -> None:
    cells, rest = row({name: value}, typed_columns(SCHEMA))
    assert cells == [None] * 7
    assert json.loads(rest or b"") == {name: value}


def test_fields_named_like_our_own_columns_are_told_apart() -> None:
    names = [column.name for column in found_columns([ID_COLUMN, REST_COLUMN, "a"])]
    assert names == ["data.item_id", "data.other", "a"]


def test_fields_are_those_named_first_and_then_as_they_come() -> None:
    assert fields_of([{"b": 1}, {"a": 1}, "text"], first=["a"]) == ("a", "b", "data")


def test_more_fields_than_a_table_has_room_for_are_none() -> None:
    assert fields_of([{f"f{n}": 1} for n in range(MOST_COLUMNS + 1)], first=[]) is None


# -- csv ------------------------------------------------------------------------------------------


@given(st.lists(st.text(st.characters(exclude_categories=["Cs"])), min_size=1))
def test_text_comes_back_and_begins_no_formula(texts: list[str]) -> None:
    line = csv_line(texts).decode()
    (cells,) = list(csv.reader(io.StringIO(line, newline="")))
    for text, cell in zip(texts, cells, strict=True):
        assert not cell.startswith(("=", "+", "-", "@", "\t", "\r", "\n"))
        assert cell.removeprefix("'") == text if cell.startswith("'") else cell == text


def test_null_is_empty_and_empty_text_is_quoted() -> None:
    assert csv_line([None, "", -5, True, ["a", 'b"']]) == b',"",-5,true,"[""a"",""b\\""""]"\r\n'
