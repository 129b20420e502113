"""Tables as text: CSV and TSV, a header row, then an item in each row."""

from __future__ import annotations

import csv
from collections.abc import Iterator
from functools import partial

from processor.core.item import Item, item_id
from processor.core.json_bytes import encode
from processor.errors import BadInput
from processor.steps.input_file import Format, InputFile
from processor.steps.record import BOM, LARGEST_ITEM_BYTES, check_encoding, check_size


def rows(file: InputFile, id_field: str | None) -> Iterator[Item]:
    """Each row as an object of strings, named by the header row; blank lines are nothing.

    RFC 4180: a field in double quotes may hold line ends. No value becomes a number: `007` stays.
    """
    # The module's own limit, 131,072 characters, holds for the whole process: it is only raised.
    csv.field_size_limit(max(csv.field_size_limit(), LARGEST_ITEM_BYTES))
    delimiter = "\t" if file.format is Format.TSV else ","
    reader = csv.reader(_text_lines(file), delimiter=delimiter, strict=True)
    names: list[str] | None = None
    some = False
    while True:
        source = f"{file.name}, line {reader.line_num + 1}"
        try:
            row = next(reader, None)
        except csv.Error as error:
            raise BadInput(f"{source}: no {file.format}: {error}.") from None
        if row is None:
            break
        if row and names is None:
            names = _header(row, source)
        elif row and names is not None:
            some = True
            yield _item(names, row, source, id_field)
    if not some:
        raise BadInput(f"{file.name} is empty: there is no row below a header row in it.")


def _item(names: list[str], row: list[str], source: str, id_field: str | None) -> Item:
    if len(row) != len(names):
        raise BadInput(
            f"{source}: {len(row)} fields, the header row has {len(names)}. A field with a comma, a "
            "quotation mark or a line end in it stands in double quotes."
        )
    value = dict(zip(names, row, strict=True))
    raw = encode(value)
    check_size(len(raw), source)
    return Item(
        item_id(value, id_field=id_field, file_stem=None, source=source), value, source, raw
    )


def _header(row: list[str], source: str) -> list[str]:
    for number, name in enumerate(row, 1):
        if not name:
            raise BadInput(f"{source}: column {number} has no name in the header row.")
        if name in row[: number - 1]:
            raise BadInput(f"{source}: two columns are named {name!r} in the header row.")
    return row


def _text_lines(file: InputFile) -> Iterator[str]:
    with file.open() as stream:
        read = iter(partial(stream.readline, LARGEST_ITEM_BYTES + 1), b"")
        for number, line in enumerate(read, 1):
            source = f"{file.name}, line {number}"
            check_size(len(line), source)
            if number == 1:
                check_encoding(line, file.name, "a table here")
                line = line.removeprefix(BOM)
            yield decoded(line, source)


def decoded(line: bytes, source: str) -> str:
    """A line as text.

    Raises:
        BadInput: it is no UTF-8.
    """
    try:
        return line.decode("utf-8")
    except UnicodeDecodeError as error:
        raise BadInput(
            f"{source}: byte {error.start + 1} is no UTF-8. Save the file as UTF-8."
        ) from None
