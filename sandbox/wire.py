"""The service's spellings: times, names, both cases of a field."""

import json
import random
import re
from datetime import UTC, datetime
from typing import Any

import orjson

_LOWER = "abcdefghijklmnopqrstuvwxyz0123456789"


def timestamp(seconds: float) -> str:
    """RFC 3339 with nine fraction digits, as the service writes it.

    >>> timestamp(0.5)
    '1970-01-01T00:00:00.500000000Z'
    """
    whole = int(seconds)
    nanos = min(round((seconds - whole) * 1_000_000), 999_999) * 1000
    return datetime.fromtimestamp(whole, UTC).strftime("%Y-%m-%dT%H:%M:%S") + f".{nanos:09d}Z"


def new_id(length: int) -> str:
    """A random id of lower-case letters and digits."""
    return "".join(random.SystemRandom().choices(_LOWER, k=length))


def camel(name: str) -> str:
    """The camelCase spelling of a snake_case field name.

    >>> camel("response_mime_type"), camel("maxOutputTokens")
    ('responseMimeType', 'maxOutputTokens')
    """
    if "_" not in name.lstrip("_"):
        return name
    return re.sub(r"(?<=[a-zA-Z0-9])_([a-zA-Z0-9])", lambda found: found[1].upper(), name)


def dump(value: Any) -> str:
    """A value as compact JSON; integers of any size stay exact."""
    try:
        return orjson.dumps(value).decode()
    except TypeError:
        # orjson knows integers up to 64 bits only.
        return json.dumps(value, ensure_ascii=False, separators=(",", ":"))


def field(message: Any, name: str, default: Any = None) -> Any:
    """A field of a message, whose JSON may spell it in camelCase or snake_case."""
    if not isinstance(message, dict):
        return default
    if name in message:
        return message[name]
    for key, value in message.items():
        if camel(key) == name:
            return value
    return default
