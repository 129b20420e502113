"""One line of a result file, read into a value without judging it."""

from __future__ import annotations

import json
from typing import NoReturn

import orjson

from validation.finding import encodable, finding
from validation.verdict import Line


def read_line(line: bytes) -> Line:
    """Read one line of a result file. Never raises.

    A blank line gives a `Line` of nothing; one that cannot be read, or has no key of its own, a
    finding and no key. Both shapes of the API are known: `{"key", "response" | "error"}` of
    files, and `{"metadata": {"key"}, …}` of inline results.
    """
    try:
        body = orjson.loads(line)
    except orjson.JSONDecodeError:
        return _read_odd_line(line)
    if type(body) is not dict:
        return _unreadable("the line is no JSON object")
    key = body.get("key")
    if type(key) is not str or not key or "metadata" in body:
        return _read_key(body, line)
    return Line(key, body, (), line)


def _read_odd_line(line: bytes) -> Line:
    """Read a line that orjson refuses: blank, with a BOM, or with half a character in a text.

    Half a character spoils one text, not the line: the item is found and its text refused.
    """
    stripped = line.removeprefix(b"\xef\xbb\xbf").strip()
    if not stripped:
        return Line(None, None)
    try:
        body = json.loads(stripped.decode("utf-8"), parse_constant=_refuse)
    except (ValueError, RecursionError) as error:
        return _unreadable(f"the line cannot be read: {error}")
    if not isinstance(body, dict):
        return _unreadable("the line is no JSON object")
    return _read_key(body, stripped)


def _refuse(constant: str) -> NoReturn:
    raise ValueError(f"{constant} is no JSON")


def _read_key(body: dict[str, object], raw: bytes) -> Line:
    metadata = body.get("metadata")
    inner = metadata.get("key") if isinstance(metadata, dict) else None
    keys = [key for key in (body.get("key"), inner) if key is not None]
    key = keys[0] if keys and all(one == keys[0] for one in keys) else None
    if not isinstance(key, str) or not key or encodable(key) != key:
        found = finding("account.no_key", "$.key", "the line has no key, or none to be trusted")
        return Line(None, body, (found,), raw)
    return Line(key, body, (), raw)


def _unreadable(message: str) -> Line:
    return Line(None, None, (finding("account.unparseable_line", "$", message),))
