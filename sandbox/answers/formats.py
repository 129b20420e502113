"""Text of JSON Schema's formats."""

import re
import uuid
from collections.abc import Callable

from sandbox.answers.draw import Draw


def _day(draw: Draw, path: str) -> str:
    number = draw.number(path)
    return f"20{number % 25:02d}-{number // 25 % 12 + 1:02d}-{number // 300 % 28 + 1:02d}"


def _time(draw: Draw, path: str) -> str:
    number = draw.number(f"{path}~time")
    return f"{number % 24:02d}:{number // 24 % 60:02d}:{number // 1440 % 60:02d}Z"


def _hex(draw: Draw, path: str) -> str:
    return f"{draw.number(path):016x}"


def _uuid(draw: Draw, path: str) -> str:
    number = (draw.number(path) << 64) | draw.number(f"{path}~low")
    return str(uuid.UUID(int=number, version=4))


FORMATS: dict[str, Callable[[Draw, str], str]] = {
    "date": _day,
    "time": _time,
    "date-time": lambda draw, path: f"{_day(draw, path)}T{_time(draw, path)}",
    "duration": lambda draw, path: f"P{draw.between(path, 1, 90)}D",
    "email": lambda draw, path: f"person-{_hex(draw, path)[:6]}@example.org",
    "idn-email": lambda draw, path: f"person-{_hex(draw, path)[:6]}@example.org",
    "hostname": lambda draw, path: f"host-{_hex(draw, path)[:6]}.example.org",
    "idn-hostname": lambda draw, path: f"host-{_hex(draw, path)[:6]}.example.org",
    "ipv4": lambda draw, path: f"192.0.2.{draw.between(path, 1, 254)}",
    "ipv6": lambda draw, path: f"2001:db8::{draw.between(path, 1, 65535):x}",
    "uri": lambda draw, path: f"https://example.org/{_hex(draw, path)[:8]}",
    "iri": lambda draw, path: f"https://example.org/{_hex(draw, path)[:8]}",
    "uri-reference": lambda draw, path: f"/{_hex(draw, path)[:8]}",
    "iri-reference": lambda draw, path: f"/{_hex(draw, path)[:8]}",
    "uri-template": lambda draw, path: f"https://example.org/{{id}}/{_hex(draw, path)[:4]}",
    "uuid": _uuid,
    "json-pointer": lambda draw, path: f"/{_hex(draw, path)[:6]}",
    "relative-json-pointer": lambda draw, path: f"1/{_hex(draw, path)[:4]}",
    "regex": lambda draw, path: f"^{_hex(draw, path)[:4]}$",
}  # fmt: skip
"""What is made for each format; a format that is not here asks nothing."""

_LOOKS = {
    "date": re.compile(r"\d{4}-\d\d-\d\d"),
    "time": re.compile(r"\d\d:\d\d:\d\d(\.\d+)?(Z|[+-]\d\d:\d\d)"),
    "date-time": re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?(Z|[+-]\d\d:\d\d)"),
    "email": re.compile(r"[\w.+-]+@[a-z0-9-]+(\.[a-z0-9-]+)+", re.IGNORECASE),
    "uri": re.compile(r"https?://[A-Za-z0-9.-]+(:\d+)?(/[\w./~%+-]*)?(\?[\w=&%.-]*)?", re.ASCII),
    "uuid": re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}", re.IGNORECASE),
}


def fits_format(kind: str, text: str) -> bool:
    """Whether a text found in the item will do as it is; only where that is plain to see."""
    looks = _LOOKS.get(kind)
    return looks is not None and looks.fullmatch(text) is not None
