"""An attachment: a local file that an item names, and that goes along with its prompt."""

from __future__ import annotations

import re
from collections.abc import Mapping
from mimetypes import guess_type
from typing import Any, NamedTuple

import orjson

from processor.core.item import Item
from processor.errors import BadInput

# Each; and all of a project together. Source: ai.google.dev Files API guide, read 2026-11-21; that 2 GB may
# mean 2,000,000,000 is the smaller reading.
MOST_FILE_BYTES = 2_000_000_000
MOST_STORED_BYTES = 20_000_000_000

_MIME_TYPE = re.compile(r"[a-z0-9][a-z0-9.+-]*/[a-z0-9][a-z0-9.+-]*")
_ENTRY = {"path", "mime_type"}


class NamedFile(NamedTuple):
    """A file as an item names it.

    Attributes:
        path: as it stands in the item.
        mime_type: given, or told by the name.
    """

    path: str
    mime_type: str


class Attachment(NamedTuple):
    """A file that is there, and what it holds.

    Attributes:
        path: absolute.
        sha256: of its bytes.
        tokens: estimated for its content.
    """

    path: str
    mime_type: str
    size_bytes: int
    sha256: bytes
    tokens: int


def named_files(item: Item, field: str) -> tuple[NamedFile, ...]:
    """The files that ``item`` names in ``field``: a path, a list of paths, or nothing (null, []).

    A path is a text, or ``{"path": …, "mime_type": …}`` where the name does not tell the type.

    Raises:
        BadInput: the field is missing, or holds something else; item and field are named.
    """
    where = f"{item.source} (item {item.id!r})"
    if field not in item.value:
        raise BadInput(
            f"{where} has no field `{field}`, which names its attachments. Give it a path, a list of "
            "paths, or [] when it has none."
        )
    value = item.value[field]
    entries = value if isinstance(value, list) else [] if value is None else [value]
    return tuple(_named(entry, f"{where}: `{field}`") for entry in entries)


def _named(entry: Any, where: str) -> NamedFile:
    given: Any = None
    path = entry
    if isinstance(entry, Mapping):
        path, given = entry.get("path"), entry.get("mime_type")
        if unknown := sorted(set(entry) - _ENTRY):
            raise BadInput(f"{where}: {unknown[0]!r} is no part of an attachment: path, mime_type.")
    if not isinstance(path, str) or not path or "\0" in path:
        raise BadInput(f"{where} holds {entry!r}; an attachment is a path, as text.")
    mime_type = given if given is not None else guess_type(path)[0]
    if mime_type is None:
        raise BadInput(
            f'{where}: the name {path!r} does not tell its type. Write {{"path": {path!r}, '
            '"mime_type": "application/pdf"} with its own type.'
        )
    if not isinstance(mime_type, str) or not _MIME_TYPE.fullmatch(mime_type.lower()):
        raise BadInput(f"{where}: {mime_type!r} is no MIME type, such as application/pdf.")
    return NamedFile(path, mime_type.lower())


# -- in request lines -------------------------------------------------------------------------------

# Behind `"` without a backslash, so it cannot stand in a text: there every quotation mark has one.
_PLACEHOLDER = re.compile(
    rb'"fileUri":"truebatch-attachment:([0-9a-f]{64})","mimeType":"([a-z0-9.+/-]+)"'
)
_WHOLE_PART = re.compile(rb'\{"fileData":\{%b\}\},' % _PLACEHOLDER.pattern)
Reference = tuple[str, str]
"""``(SHA-256 in hex, MIME type)``: what a request refers to, wherever it lies on the service."""


def file_part(attachment: Attachment) -> bytes:
    """The part of a request line for an attachment that has no address yet."""
    return orjson.dumps(
        {
            "fileData": {
                "fileUri": f"truebatch-attachment:{attachment.sha256.hex()}",
                "mimeType": attachment.mime_type,
            }
        }
    )


def references(line: bytes) -> list[Reference]:
    """What a request line refers to, in order."""
    return [(sha.decode(), mime.decode()) for sha, mime in _PLACEHOLDER.findall(line)]


def with_addresses(line: bytes, addresses: Mapping[Reference, str]) -> bytes:
    """The line with the addresses of what it refers to.

    Raises:
        KeyError: one has no address.
    """

    def address(found: re.Match[bytes]) -> bytes:
        reference = (found[1].decode(), found[2].decode())
        return b'"fileUri":%s,"mimeType":"%s"' % (orjson.dumps(addresses[reference]), found[2])

    return _PLACEHOLDER.sub(address, line) if b"truebatch-attachment:" in line else line


def without_files(line: bytes) -> bytes:
    """The line without what it refers to."""
    return _WHOLE_PART.sub(b"", line)


def attachment_name(reference: Reference, mark: str) -> str:
    """What an upload is called on the service: told by its content, so that it is found again.

    Args:
        mark: of the outputs folder. Another one has uploads of its own, so that none is deleted that
            is needed elsewhere.
    """
    sha256, mime_type = reference
    return f"truebatch/attachment/{mark}/{sha256}/{mime_type}"
