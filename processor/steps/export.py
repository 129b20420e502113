"""export: accepted data as JSON, JSON lines or CSV, one item in memory at a time."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import Any, BinaryIO

from processor.core.export_csv import csv_line
from processor.core.export_table import ID_COLUMN, WHOLE_COLUMN, Column
from processor.core.json_bytes import encode
from processor.errors import DrivenElsewhere

Pairs = Iterable[tuple[str, Any]]
"""``(item id, data)``, or ``(item id, envelope)``."""


def write_json(file: BinaryIO, pairs: Pairs) -> int:
    """One object, item id to value, a line each; returns how many."""
    count = 0
    file.write(b"{")
    for item_id, value in pairs:
        count += 1
        file.write((b"\n" if count == 1 else b",\n") + encode(item_id) + b": " + encode(value))
    file.write(b"\n}\n")
    return count


def write_lines(file: BinaryIO, pairs: Pairs, *, envelopes: bool) -> int:
    """A line for each item: ``{"item_id", "data"}``, or its envelope; returns how many."""
    count = 0
    for item_id, value in pairs:
        count += 1
        file.write(encode(value if envelopes else {ID_COLUMN: item_id, "data": value}) + b"\n")
    return count


def write_csv(file: BinaryIO, pairs: Pairs, columns: Sequence[Column], *, envelopes: bool) -> int:
    """A head, and a line for each item; what is no text is JSON; returns how many.

    Raises:
        DrivenElsewhere: an item has a field that the columns lack: results came in meanwhile.
    """
    count = 0
    known = {column.field for column in columns}
    file.write(csv_line([ID_COLUMN, *(column.name for column in columns)]))
    for item_id, value in fields_beside_id(pairs, envelopes=envelopes):
        count += 1
        fields = value if isinstance(value, dict) else {WHOLE_COLUMN: value}
        if not fields.keys() <= known:
            raise DrivenElsewhere("Results came in while they were exported: export again.")
        file.write(csv_line([item_id, *(fields.get(column.field) for column in columns)]))
    return count


def fields_beside_id(pairs: Pairs, *, envelopes: bool) -> Iterator[tuple[str, Any]]:
    """The pairs; of envelopes without the id, which has a column of its own."""
    for item_id, value in pairs:
        if envelopes:
            del value[ID_COLUMN]
        yield item_id, value
