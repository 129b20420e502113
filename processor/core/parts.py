"""The parts of a prompt that is more than one text: texts, data inline, files on the service."""

from __future__ import annotations

import binascii
import re
from collections.abc import Mapping, Sequence
from typing import Any, Final, NamedTuple

import orjson

from processor.core.preflight_request import as_on_wire, message_findings

MEDIA_TOKENS: Final = 1_120
"""What a part that is no text is estimated at: an image at the resolution that is the default.

A document counts for each page and sound for each second, and nobody has looked inside: for those it
is a lower bound. Source: descriptions of ai.google.dev's page on media resolution, read 2026-11-22."""
_KINDS = ("text", "inlineData", "fileData")
_BASE64 = re.compile(rb"[A-Za-z0-9+/_-]*={0,2}")
_MIME_TYPE = re.compile(r"[\w.+-]+/[\w.+-]+", re.ASCII)


class Parts(NamedTuple):
    """What a request asks.

    Attributes:
        wire: the JSON of the list of parts.
        text: their texts, joined by line breaks, as JSON text.
        media: how many parts are no text.
    """

    wire: bytes
    text: bytes
    media: int


def read_parts(value: Any) -> list[dict[str, Any]]:
    """The parts that ``value`` stands for, by their names on the wire.

    Args:
        value: a text, a part (``{"text"}``, ``{"inlineData": {"mimeType", "data"}}``,
            ``{"fileData": {"mimeType", "fileUri"}}``; snake_case too), or a list of such.

    Raises:
        ValueError: it is none of these, or empty; the message says which part, and why.
    """
    given = list(value) if isinstance(value, Sequence) and not isinstance(value, str) else [value]
    parts = [_part(one, f"part {number}") for number, one in enumerate(given, 1)]
    if all("text" in part and not part["text"].strip() for part in parts):
        raise ValueError("it is empty")
    return parts


def encode_parts(parts: Sequence[Mapping[str, Any]]) -> Parts:
    """The parts as a request holds them."""
    texts = [part["text"] for part in parts if "text" in part]
    text = orjson.dumps("\n".join(texts))
    return Parts(orjson.dumps(parts), text, len(parts) - len(texts))


def _part(value: Any, place: str) -> dict[str, Any]:
    if isinstance(value, str):
        value = {"text": value}
    if not isinstance(value, Mapping):
        kind = type(value).__name__
        raise ValueError(f"{place} is a {kind}, and a part is a text or a table")  # noqa: TRY004
    part: dict[str, Any] = as_on_wire("Part", value)
    for found in message_findings(part, "Part", place):
        raise ValueError(found.message)
    kinds = [kind for kind in _KINDS if kind in part]
    if len(kinds) != 1:
        raise ValueError(
            f"{place} holds {' and '.join(kinds) or 'nothing'}; a part is one of {', '.join(_KINDS)}"
        )
    if "inlineData" in part:
        _check_data(part["inlineData"], place)
    if "fileData" in part and not part["fileData"].get("fileUri"):
        raise ValueError(f"{place} has no fileUri")
    return part


def _check_data(blob: Mapping[str, Any], place: str) -> None:
    kind, data = blob.get("mimeType", ""), blob.get("data", "")
    if not _MIME_TYPE.fullmatch(kind):
        raise ValueError(f"{place} has no mimeType such as image/png, but {kind!r}")
    if not data:
        raise ValueError(f"{place} has no data")
    encoded = data.encode("ascii", "replace")
    if not _BASE64.fullmatch(encoded):
        raise ValueError(f"{place} has data that are not base64")
    try:
        binascii.a2b_base64(encoded.replace(b"-", b"+").replace(b"_", b"/"))
    except binascii.Error:
        raise ValueError(f"{place} has data that are not base64") from None
