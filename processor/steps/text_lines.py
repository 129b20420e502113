"""Text lines: an item on each line that is not blank, or a page where the lines are addresses."""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import partial

from processor.core.address import parse_address
from processor.core.ids import ItemId
from processor.core.item import Item
from processor.core.json_bytes import encode
from processor.core.web_page import Listed, listed
from processor.errors import BadInput
from processor.steps.input_file import InputFile
from processor.steps.pages import shown
from processor.steps.record import BOM, LARGEST_ITEM_BYTES, SPACE, check_encoding, check_size
from processor.steps.tables import decoded

_ADDRESS = re.compile(rb"https?://", re.IGNORECASE)
_ANY_SCHEME = re.compile(rb"[a-z][a-z0-9+.-]*:/", re.IGNORECASE)
_COMMENT = b"#"


def text_lines(file: InputFile, *, with_pages: bool) -> Iterator[Item]:
    """Each line as ``{"id": "<file name>-<line number>", "text": …}``, outer white space left out.

    Of a list of addresses, each as ``{"id", "url"}``: its page is still to be fetched.

    Args:
        with_pages: whether the caller fetches pages.

    Raises:
        BadInput: there is none, it is no UTF-8, or a line of a list of addresses is none.
    """
    if is_address_list(file):
        if not with_pages:
            raise BadInput(
                f"{file.name} is a list of addresses, and pages are fetched by `plan`, `submit` and "
                "`run` only. Name a file that holds items."
            )
        yield from _addresses(file)
        return
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
    """Whether the lines are addresses, besides blank ones and `#` comments.

    They are when the first begins as an address does, of whatever scheme, or when one is an http(s)
    address and none holds white space: a list with a slip in it must not be paid for as text.
    """
    first, some = True, False
    for _, line in _lines(file):
        if line.startswith(_COMMENT):
            continue
        if first and _ANY_SCHEME.match(line):
            return True
        if len(line.split(None, 1)) > 1:
            return False
        first, some = False, some or bool(_ADDRESS.match(line))
    return some


def _addresses(file: InputFile) -> Iterator[Listed]:
    """The addresses; all that is wrong with them is said at once, at the end."""
    faults: list[str] = []
    for number, raw in _lines(file):
        if raw.startswith(_COMMENT):
            continue
        source = f"{file.name}, line {number}"
        try:
            yield listed(parse_address(decoded(raw, source)), source)
        except ValueError as error:
            faults.append(f"{source}: {error}")
    if faults:
        raise BadInput(
            f"{file.name} is a list of addresses, and {len(faults):,} of its lines are none. Nothing "
            f"was fetched, nothing was sent.\n  {shown(tuple(faults))}\n"
            "A comment stands on a line of its own, after #."
        )


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
