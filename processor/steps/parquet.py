"""Parquet: an item in each row, a row group in memory at a time."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from decimal import Decimal
from typing import Any

from processor.core.item import Item
from processor.errors import BadInput
from processor.steps.input_file import InputFile
from processor.steps.record import item_of_value

_BATCH_BYTES = 8 * 1024 * 1024
_MOST_BATCH_ROWS = 1024


def parquet_rows(file: InputFile, id_field: str | None) -> Iterator[Item]:
    """Each row as an object: integers exact, decimals as strings of their digits, dates as ISO 8601.

    Raises:
        BadInput: the extra is missing, the file is broken, or a value has no JSON.
    """
    try:
        from pyarrow import ArrowException
        from pyarrow.parquet import ParquetFile
    except ImportError:
        raise BadInput(
            f"{file.name}: reading Parquet needs the extra `parquet`: "
            "pip install 'truebatch[parquet]'."
        ) from None
    number = 0
    try:
        with ParquetFile(file.path, memory_map=True, pre_buffer=False) as table:
            names = table.schema_arrow.names
            if len(set(names)) < len(names):
                raise BadInput(f"{file.name}: two columns have one name.")
            for batch in table.iter_batches(batch_size=_batch_rows(table.metadata)):
                for row in batch.to_pylist(maps_as_pydicts="strict"):
                    number += 1
                    yield _item(row, f"{file.name}, row {number}", id_field)
    except (ArrowException, ValueError, KeyError) as error:
        # The library's own words; a value it cannot give us whole stands in one of the next rows.
        reason = str(error).strip().splitlines()[0]
        raise BadInput(f"{file.name}, after row {number}: no usable Parquet: {reason}") from None
    if number == 0:
        raise BadInput(f"{file.name} is empty: there is no row in it.")


def _batch_rows(metadata: Any) -> int:
    """So many rows that a batch has about 8 MiB in memory."""
    groups = [metadata.row_group(n) for n in range(metadata.num_row_groups)]
    row_bytes = max(
        (group.total_byte_size // max(1, group.num_rows) for group in groups), default=1
    )
    return max(1, min(_MOST_BATCH_ROWS, _BATCH_BYTES // max(1, row_bytes)))


def _item(row: Mapping[str, Any], source: str, id_field: str | None) -> Item:
    return item_of_value(
        {name: _plain(value, f"{source}, column {name!r}") for name, value in row.items()},
        source,
        id_field,
    )


def _plain(value: Any, source: str) -> Any:
    """A value as JSON has it, where it has it."""
    match value:
        case Decimal():
            return format(value, "f")  # a JSON number with a fraction would be rounded to a double
        case bytes():
            raise BadInput(f"{source}: bytes are no JSON. Make it text, or leave the column out.")
        case Mapping():
            return {str(name): _plain(inner, source) for name, inner in value.items()}
        case list() | tuple():
            return [_plain(inner, source) for inner in value]
        case _:
            return value
