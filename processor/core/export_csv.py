"""A line of CSV: UTF-8, RFC 4180, and no cell that a spreadsheet would take for a formula."""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Any

from processor.core.json_bytes import encode

# What makes a spreadsheet calculate instead of show, with the quote itself, so that taking one quote away
# from a text that begins with one always gives what the model wrote.
# Source: owasp.org/www-community/attacks/CSV_Injection, read 2026-11-22.
_GUARDED = tuple("=+-@\t\r\n'＝＋－＠")
_QUOTED = re.compile(r'[",\r\n]')


def csv_line(cells: Iterable[Any]) -> bytes:
    """One line: null is empty, an empty text is ``""``, what is no text is JSON.

    A text that begins with ``= + - @``, tab, line break or ``'`` has a ``'`` put in front. Numbers not.
    """
    return (",".join(map(_cell, cells)) + "\r\n").encode()


def _cell(value: Any) -> str:
    if value is None:
        return ""
    if not isinstance(value, str):
        text = encode(value).decode()
    elif value.startswith(_GUARDED):
        text = f"'{value}"
    else:
        text = value
    if not text or _QUOTED.search(text):
        return '"' + text.replace('"', '""') + '"'
    return text
