"""load: read the items of the input files, one in memory at a time."""

from __future__ import annotations

import zlib
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from gzip import BadGzipFile
from pathlib import Path
from typing import Any, assert_never

from processor.core.item import Item
from processor.errors import BadInput
from processor.steps.documents import document, document_or_lines, lines
from processor.steps.input_file import Format, InputFile, format_of, input_file
from processor.steps.input_files import Found, find
from processor.steps.parquet import parquet_rows
from processor.steps.record import item_of_value
from processor.steps.tables import rows
from processor.steps.text_lines import is_address_list, text_lines

__all__ = ["Found", "find", "lists_pages", "load", "load_values"]


def load(
    files: Iterable[Path],
    *,
    id_field: str | None,
    with_pages: bool = False,
    with_folder: bool = False,
) -> Iterator[Item]:
    """The items of ``files``, in order.

    Args:
        with_pages: whether addresses are taken, as ``Listed`` items; else a list of them is bad input.
        with_folder: whether items tell the folder they come from.

    Raises:
        BadInput: a file or an item cannot be used; the message names it.
    """
    for path in files:
        file = input_file(path)
        with _readable(file):
            items = _items(file, id_field, with_pages)
            # The copy of the standard input stands in a folder of ours, where nothing else is.
            if with_folder and file.format is not Format.STDIN:
                folder = str(path.parent)
                items = (item._replace(folder=folder) for item in items)
            yield from items


def lists_pages(files: Iterable[Path]) -> bool:
    """Whether one of ``files`` is a list of addresses.

    Raises:
        BadInput: a text file cannot be read.
    """
    for path in files:
        if format_of(path.name) is Format.TEXT:
            file = input_file(path)
            with _readable(file):
                if is_address_list(file):
                    return True
    return False


@contextmanager
def _readable(file: InputFile) -> Iterator[None]:
    try:
        yield
    except (BadGzipFile, EOFError, zlib.error) as error:
        raise BadInput(f"{file.name}: cannot be unpacked: {error}.") from None
    except OSError as error:
        raise BadInput(f"{file.name}: cannot be read: {error.strerror or error}.") from None


def load_values(values: Iterable[Mapping[str, Any]], *, id_field: str | None) -> Iterator[Item]:
    """The items that a Python program hands over.

    Raises:
        BadInput: one is no mapping, has no id, or is no JSON.
    """
    for number, value in enumerate(values, 1):
        source = f"item {number}"
        if not isinstance(value, Mapping):
            raise BadInput(f"{source} is a {type(value).__name__}; an item is a mapping.")
        yield item_of_value(value, source, id_field)


def _items(file: InputFile, id_field: str | None, with_pages: bool) -> Iterator[Item]:
    match file.format:
        case Format.JSON:
            return document(file, id_field)
        case Format.LINES:
            return lines(file, id_field)
        case Format.STDIN:
            return document_or_lines(file, id_field)
        case Format.CSV | Format.TSV:
            return rows(file, id_field)
        case Format.PARQUET:
            return parquet_rows(file, id_field)
        case Format.TEXT:
            return text_lines(file, with_pages=with_pages)
        case _:
            assert_never(file.format)
