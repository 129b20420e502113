"""Words to search by: the texts of an item, and a question as SQLite's full-text search takes it."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any

_WORD = re.compile(r'"([^"]*)"(\*?)|([^\s"]+)')


def texts(value: Any) -> Iterator[str]:
    """Every string in ``value``, in order; names of fields are none."""
    match value:
        case str():
            yield value
        case Mapping():
            for one in value.values():
                yield from texts(one)
        case list():
            for one in value:
                yield from texts(one)


def match_expression(words: str) -> str | None:
    """``words`` as an FTS5 expression: all of them must be there; None when there is no word.

    ``"two words"`` in quotes stand together; a ``*`` at the end takes every ending. Nothing else of FTS5's
    syntax means anything: no word can be taken for an operator.
    """
    terms = []
    for phrase, star, bare in _WORD.findall(words):
        text, prefix = (phrase, star) if not bare else (bare.rstrip("*"), bare.endswith("*"))
        if any(map(str.isalnum, text)):
            terms.append(f'"{text}"' + ("*" if prefix else ""))
    return " AND ".join(terms) or None
