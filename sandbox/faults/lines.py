"""Faults of the result line: errors, keys that lack or repeat, lines that are none."""

from collections.abc import Callable
from typing import Any

import orjson

from sandbox.errors import message_for
from sandbox.faults.responses import with_text

_DETAIL = {
    "@type": "type.googleapis.com/google.rpc.BadRequest",
    "fieldViolations": [{"field": "contents", "description": "played by the sandbox"}],
}


class Lines:
    """The lines of one request: `result` is the first, `more` come after it."""

    def __init__(self, *, result: dict[str, Any], second: Callable[[], str]) -> None:
        self.result: dict[str, Any] | None = result
        self.label = {name: result[name] for name in ("key", "metadata") if name in result}
        self.second = second
        self.more: list[bytes] = []
        self.failed = False

    def written(self) -> list[bytes]:
        """The lines as bytes, each with its line feed."""
        first = [] if self.result is None else [orjson.dumps(self.result)]
        return [line + b"\n" for line in (*first, *self.more)]

    def fail(self, name: str, code: str, **more: Any) -> None:
        """Replace the answer by an error."""
        number = int(code or "13")
        error = {"code": number, "message": message_for(number)} | more
        self.result = {name: error} | self.label
        self.failed = True


def _error_line(lines: Lines, value: str) -> None:
    lines.fail("error", value)


def _error_details(lines: Lines, value: str) -> None:
    lines.fail("error", value, details=[_DETAIL])


def _status_line(lines: Lines, value: str) -> None:
    lines.fail("status", value)


def _missing_key(lines: Lines, _: str) -> None:
    lines.result = None


def _no_key(lines: Lines, _: str) -> None:
    if lines.result is not None:
        lines.result = {k: v for k, v in lines.result.items() if k not in lines.label}


def _duplicate_key(lines: Lines, _: str) -> None:
    if lines.result is not None:
        lines.more.append(orjson.dumps(lines.result))


def _duplicate_key_different(lines: Lines, _: str) -> None:
    response = (lines.result or {}).get("response", {})
    if response.get("candidates"):
        other = with_text(response, lines.second())
        lines.more.append(orjson.dumps({"response": other} | lines.label))


def _unknown_key(lines: Lines, _: str) -> None:
    if lines.result is not None:
        key = f"unknown-{lines.label.get('key', '')}"
        other = {k: v for k, v in lines.result.items() if k not in lines.label}
        lines.more.append(orjson.dumps(other | {"key": key}))


def _garbage_line(lines: Lines, _: str) -> None:
    lines.more.append(b'{"response": {"candidates": [{"content": {"par')


def _blank_line(lines: Lines, _: str) -> None:
    lines.more.append(b"")


LINE_FAULTS: dict[str, Callable[[Lines, str], None]] = {
    "error_line": _error_line,
    "error_details": _error_details,
    "status_line": _status_line,
    "missing_key": _missing_key,
    "no_key": _no_key,
    "duplicate_key": _duplicate_key,
    "duplicate_key_different": _duplicate_key_different,
    "unknown_key": _unknown_key,
    "garbage_line": _garbage_line,
    "blank_line": _blank_line,
}
