"""Text lines: an item on each line that is not blank."""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import partial

from processor.core.ids import ItemId
from processor.core.item import Item
from processor.core.json_bytes import encode
from processor.errors import BadInput
from processor.steps.input_file import InputFile
from processor.steps.record import BOM, LARGEST_ITEM_BYTES, SPACE, check_encoding, check_size
from processor.steps.tables import decoded

_ADDRESS = re.compile(rb"https?://\S+", re.IGNORECASE)


def text_lines(file: InputFile) -> Iterator[Item]:
    """Each line as ``{"id": "<file name>-<line number>", "text": …}``, outer white space left out.

    Raises:
        BadInput: there is none, it is no UTF-8, or every line is an address.
    """
    if is_address_list(file):
        raise BadInput(
            f"{file.name} is a list of addresses. Fetching pages needs the extra `web`, which this "
            "version does not have yet; nothing was fetched, nothing was sent."
        )
    some = False
    for number, raw in _lines(file):
        source = f"{file.name}, line {number}"
        text = decoded(raw, source)
        some = True
        value = {"id": f"{file.stem}-{number}", "text": text}
        yield Item(ItemId(value["id"]), value, source, encode(value))
    if not some:
        raise BadInput(f"{file.name} is empty: there is no line of text in it.")


def is_address_list(file: InputFile) -> bool:
    """Whether every line is an http(s) address, besides blank ones and `#` comments."""
    some = False
    for _, line in _lines(file):
        if line.startswith(b"#"):
            continue
        if not _ADDRESS.fullmatch(line):
            return False
        some = True
    return some


def _lines(file: InputFile) -> Iterator[tuple[int, bytes]]:
    with file.open() as stream:
        read = iter(partial(stream.readline, LARGEST_ITEM_BYTES + 1), b"")
        for number, line in enumerate(read, 1):
            check_size(len(line), f"{file.name}, line {number}")
            if number == 1:
                check_encoding(line, file.name, "text here")
                line = line.removeprefix(BOM)
            if line := line.strip(SPACE):
                yield number, line
