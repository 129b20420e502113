"""A finding: one thing that validation says of an answer."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass

_PLAIN_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_]*\Z", re.ASCII)
_MAX_MESSAGE_CHARACTERS = 1000  # an answer is hostile input: it may not fill a report by itself


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """One thing said of an answer.

    Attributes:
        rule: The id of the rule in `RULES`, such as `decode.duplicate_key`.
        path: A JSON path into the answer, `$.a[0].b`; `$` for the whole.
        message: What is wrong and where, in one sentence. It can always be encoded as UTF-8.
    """

    rule: str
    path: str
    message: str


def finding(rule: str, path: str, message: str) -> Finding:
    """Make a finding whose words are short enough for a report and can be written as UTF-8."""
    return Finding(rule=rule, path=printable(path), message=printable(message))


def printable(text: str) -> str:
    """Return the text with lone surrogates spelled out, cut at 1,000 characters."""
    if len(text) > _MAX_MESSAGE_CHARACTERS:
        text = f"{text[:_MAX_MESSAGE_CHARACTERS]}… ({len(text):,} characters)"
    return encodable(text)


def encodable(text: str) -> str:
    """Return the text with lone surrogates spelled out, `\\udXXX`, so that UTF-8 holds it."""
    return text.encode("utf-8", "backslashreplace").decode("utf-8")


def step(path: str, key: str | int) -> str:
    """Return the JSON path one step deeper: into an index or a member."""
    if isinstance(key, int):
        return f"{path}[{key}]"
    if _PLAIN_NAME.match(key):
        return f"{path}.{key}"
    return f"{path}[{json.dumps(key, ensure_ascii=False)}]"


def excerpt(text: str, length: int = 40) -> str:
    """Return the text as a quoted literal on one line, cut at a length in characters."""
    cut = text if len(text) <= length else f"{text[:length]}…"
    return json.dumps(cut, ensure_ascii=False)
