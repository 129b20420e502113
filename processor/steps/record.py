"""A record: what an input holds for one item, made the item or refused."""

from __future__ import annotations

from collections.abc import Mapping
from math import isfinite
from typing import Any

from processor.core.item import Item, item_id
from processor.core.json_bytes import encode
from processor.errors import BadInput
from validation import DecodeError, parse_exact

# An item is held in memory whole. The largest context window is 1,048,576 tokens (models.toml): what is
# larger than this, 64 bytes for each of them, no model reads, so it is refused before it is read.
LARGEST_ITEM_BYTES = 64 * 1_048_576
BOM = b"\xef\xbb\xbf"
SPACE = b" \t\r\n"
_UTF16 = (b"\xff\xfe", b"\xfe\xff")


def item_of_bytes(raw: bytes, source: str, id_field: str | None, file_stem: str | None) -> Item:
    """The item that ``raw`` is as strict JSON.

    Raises:
        BadInput: it is no JSON object, is empty, or has no id.
    """
    try:
        value = parse_exact(raw)
    except DecodeError as error:
        raise BadInput(f"{source}: not JSON: {error}") from None
    if not isinstance(value, dict):
        raise BadInput(
            f"{source}: a {_json_type(value)} stands where an item should; an item is an object."
        )
    if not value:
        raise BadInput(f"{source}: an empty object is no item.")
    return Item(
        item_id(value, id_field=id_field, file_stem=file_stem, source=source), value, source, raw
    )


def item_of_value(value: Mapping[str, Any], source: str, id_field: str | None) -> Item:
    """The item that a mapping is.

    Raises:
        BadInput: it is no JSON, or has no id.
    """
    try:
        raw = encode(dict(value))
    except (TypeError, ValueError) as error:
        raise BadInput(f"{source} is no JSON: {error}.") from None
    if b"null" in raw and _holds_what_json_lacks(value):
        raise BadInput(f"{source} is no JSON: it holds NaN or an infinite number.")
    check_size(len(raw), source)
    return item_of_bytes(raw, source, id_field, None)


def check_size(size: int, source: str) -> None:
    """Refuse what no model reads, before it is held in memory.

    Raises:
        BadInput: it is larger.
    """
    if size > LARGEST_ITEM_BYTES:
        raise BadInput(
            f"{source}: one item of more than {LARGEST_ITEM_BYTES:,} bytes is larger than what any "
            "model reads. Cut it into items: the elements of a JSON array, or JSON lines."
        )


def check_encoding(head: bytes, name: str, kind: str) -> None:
    """Refuse UTF-16, which spreadsheets and Windows programs write.

    Raises:
        BadInput: ``head``, the first bytes, are of it.
    """
    if head.startswith(_UTF16):
        raise BadInput(f"{name} is UTF-16; {kind} is UTF-8. Save it as UTF-8.")


def _holds_what_json_lacks(value: Any) -> bool:
    """Whether a number in ``value`` is none: the encoder writes null for it, which is another value."""
    match value:
        case float():
            return not isfinite(value)
        case Mapping():
            return any(map(_holds_what_json_lacks, value.values()))
        case list() | tuple():
            return any(map(_holds_what_json_lacks, value))
        case _:
            return False


def _json_type(value: object) -> str:
    match value:
        case None:
            return "null"
        case bool():
            return "boolean"
        case str():
            return "string"
        case list():
            return "list"
        case _:
            return "number"
