"""An export as a table: which columns there are, what their types are, and what stands in a row."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from processor.core.json_bytes import encode

ID_COLUMN = "item_id"
REST_COLUMN = "other"
WHOLE_COLUMN = "data"
MOST_COLUMNS = 2_000
_EXACT_IN_DOUBLE = 2**53
_LARGEST_INTEGER = 2**63 - 1


class Kind(StrEnum):
    """What a column holds."""

    STRING = "string"
    INTEGER = "integer"  # 64 bits
    NUMBER = "number"  # a double
    BOOLEAN = "boolean"
    STRINGS = "strings"  # a list of strings
    JSON = "json"  # anything, as JSON text

    def holds(self, value: Any) -> bool:
        """Whether ``value``, which is not null, can stand in such a column and lose nothing."""
        match self:
            case Kind.STRING:
                return isinstance(value, str)
            case Kind.BOOLEAN:
                return isinstance(value, bool)
            case Kind.INTEGER:
                return _is_integer(value) and -_LARGEST_INTEGER <= value <= _LARGEST_INTEGER
            case Kind.NUMBER:
                return isinstance(value, float) or (
                    _is_integer(value) and abs(value) <= _EXACT_IN_DOUBLE
                )
            case Kind.STRINGS:
                return isinstance(value, list) and all(isinstance(one, str) for one in value)
            case Kind.JSON:
                return True


@dataclass(frozen=True, slots=True, kw_only=True)
class Column:
    """One column.

    Attributes:
        name: as the table shows it.
        field: the data's own name of it.
    """

    name: str
    field: str
    kind: Kind


ENVELOPE_COLUMNS = tuple(
    Column(name=name, field=name, kind=kind)
    for kind, names in (
        (Kind.STRING, ("key", "run", "task", "model", "model_version", "outcome")),
        (Kind.JSON, ("data", "findings", "repairs", "variants", "usage")),
        (Kind.NUMBER, ("cost_usd",)),
        (
            Kind.STRING,
            (
                "finish_reason",
                "raw_text",
                "input_sha256",
                "request_sha256",
                "saved_at",
                "reused_from",
            ),
        ),
    )
    for name in names
)
"""The columns of envelopes, beside the id."""


def typed_columns(schema: Any) -> tuple[Column, ...]:
    """A column for each of the schema's properties, in its order; what is no scalar is JSON text."""
    properties = schema.get("properties") if isinstance(schema, Mapping) else None
    fields = properties if isinstance(properties, Mapping) else {}
    return _columns((name, _kind(one)) for name, one in fields.items())


def found_columns(names: Iterable[str]) -> tuple[Column, ...]:
    """A column of any values for each name."""
    return _columns((name, Kind.JSON) for name in names)


def fields_of(values: Iterable[Any], *, first: Sequence[str]) -> tuple[str, ...] | None:
    """The names of the data's top-level fields: ``first``, then others as they come.

    Returns:
        None when there are more than ``MOST_COLUMNS``: then they are no columns.
    """
    names = dict.fromkeys(first)
    for value in values:
        names.update(dict.fromkeys(value if isinstance(value, Mapping) else (WHOLE_COLUMN,)))
        if len(names) > MOST_COLUMNS:
            return None
    return tuple(names)


def row(value: Any, columns: Sequence[Column]) -> tuple[list[Any], bytes | None]:
    """The cells of one item, null where a column has none, and what stands in none of them.

    A field without a column, or whose value would lose something in its column, is in the rest: a
    JSON object. So the cells and the rest together are the data, whole.
    """
    rest = dict(value) if isinstance(value, Mapping) else {WHOLE_COLUMN: value}
    cells: list[Any] = []
    for column in columns:
        found = rest.get(column.field)
        if found is None or not column.kind.holds(found):
            cells.append(None)
            continue
        del rest[column.field]
        cells.append(encode(found).decode() if column.kind is Kind.JSON else found)
    kept = {name: one for name, one in rest.items() if one is not None}
    return cells, encode(kept) if kept else None


def _columns(fields: Iterable[tuple[str, Kind]]) -> tuple[Column, ...]:
    named: dict[str, Column] = {}
    for field, kind in fields:
        name = field
        while name in (ID_COLUMN, REST_COLUMN) or name in named:
            name = f"data.{name}"
        named[name] = Column(name=name, field=field, kind=kind)
    return tuple(named.values())


def _kind(schema: Any) -> Kind:
    if not isinstance(schema, Mapping):
        return Kind.JSON
    match list(_types(schema)):
        case ["string"]:
            return Kind.STRING
        case ["integer"]:
            return Kind.INTEGER
        case ["number"]:
            return Kind.NUMBER
        case ["boolean"]:
            return Kind.BOOLEAN
        case ["array"] if _kind(schema.get("items")) is Kind.STRING:
            return Kind.STRINGS
        case _:
            return Kind.JSON


def _types(schema: Mapping[str, Any]) -> Iterator[str]:
    """The types that a value may have, null left out: every column may be null."""
    given = schema.get("type")
    named = given if isinstance(given, list) else [given]
    yield from (one for one in named if isinstance(one, str) and one.lower() != "null")


def _is_integer(value: Any) -> bool:
    return isinstance(value, int) and not isinstance(value, bool)
