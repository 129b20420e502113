"""Exports as Parquet: typed columns, some rows in memory at a time (extra ``parquet``)."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from importlib import import_module
from typing import Any, BinaryIO

from processor.core.export_table import ID_COLUMN, REST_COLUMN, Column, Kind, row
from processor.errors import WrongUsage

_GROUP_ROWS = 10_000
_GROUP_CHARACTERS = 32 * 1024 * 1024


def load_pyarrow() -> tuple[Any, Any]:
    """``pyarrow`` and ``pyarrow.parquet``, untyped: they have no type hints.

    Raises:
        WrongUsage: they are not installed.
    """
    try:
        return import_module("pyarrow"), import_module("pyarrow.parquet")
    except ImportError:
        raise WrongUsage(
            "Writing Parquet needs the extra `parquet`: pip install 'truebatch[parquet]'."
        ) from None


def write_parquet(
    file: BinaryIO, rows: Iterable[tuple[str, Any]], columns: Sequence[Column]
) -> int:
    """Write ``(item id, data)`` in order; returns how many.

    The first column is the id, the last what stands in no other (JSON text, mostly null).
    """
    arrow, parquet = load_pyarrow()
    schema = _schema(arrow, columns)
    count = size = 0
    group: list[list[Any]] = []
    with parquet.ParquetWriter(file, schema, compression="zstd") as writer:
        for item_id, value in rows:
            cells, rest = row(value, columns)
            group.append([item_id, *cells, None if rest is None else rest.decode()])
            size += sum(len(cell) for cell in group[-1] if isinstance(cell, str))
            count += 1
            if len(group) >= _GROUP_ROWS or size >= _GROUP_CHARACTERS:
                writer.write_table(_table(arrow, schema, group))
                group, size = [], 0
        if group:
            writer.write_table(_table(arrow, schema, group))
    return count


def _schema(arrow: Any, columns: Sequence[Column]) -> Any:
    types = {
        Kind.STRING: arrow.string(),
        Kind.INTEGER: arrow.int64(),
        Kind.NUMBER: arrow.float64(),
        Kind.BOOLEAN: arrow.bool_(),
        Kind.STRINGS: arrow.list_(arrow.string()),
        Kind.JSON: arrow.string(),
    }
    return arrow.schema(
        [
            arrow.field(ID_COLUMN, arrow.string(), nullable=False),
            *(arrow.field(column.name, types[column.kind]) for column in columns),
            arrow.field(REST_COLUMN, arrow.string()),
        ]
    )


def _table(arrow: Any, schema: Any, group: Sequence[Sequence[Any]]) -> Any:
    arrays = [
        arrow.array(values, type=field.type)
        for field, values in zip(schema, zip(*group, strict=True), strict=True)
    ]
    return arrow.Table.from_arrays(arrays, schema=schema)
