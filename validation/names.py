"""Names of fields, and when two of them are the same to a reader."""

from __future__ import annotations

import re

_SEPARATORS = re.compile(r"[\s_\-\u2010-\u2015]+")
_WORDS = re.compile(r"[\s_\-\u2010-\u2015]+|(?<=[a-z0-9])(?=[A-Z])")
_ENDS_IN_ES = re.compile(r"(?:ss|x|ch|sh|zz)es\Z")
_ENDS_IN_SIS = re.compile(r"(?:ly|he|the|ba|pothe|cri|ne|aly)ses\Z")
_NO_PLURAL = re.compile(r"(?:ss|us|is|ics)\Z")


def foldings(name: str) -> tuple[str, str]:
    """Return two spellings of a name; names that share one differ only in small things.

    Those are case, white space, `_`, `-` and a plural. The first takes the plural off the whole
    name, the second off each of its words (`authors_list`, `author_list`). Both end in a mark of
    their own, so that one kind never meets the other.
    """
    whole = _singular(_SEPARATORS.sub("", name).casefold())
    words = [_singular(word.casefold()) for word in _WORDS.split(name) if word]
    return f"{whole} 1", f"{''.join(words)} 2"


def alike(one: str, other: str) -> bool:
    """Whether two names differ in nothing but case, white space, `_`, `-` and plurals."""
    return any(a == b for a, b in zip(foldings(one), foldings(other), strict=True))


def _singular(word: str) -> str:
    """Take an English plural off; a word that only looks like one may lose its s as well."""
    if len(word) < 4 or not word.endswith("s") or _NO_PLURAL.search(word):
        return word
    if word.endswith("ies"):
        return f"{word[:-3]}y"
    if _ENDS_IN_SIS.search(word):
        return f"{word[:-2]}is"
    if _ENDS_IN_ES.search(word):
        return word[:-2]
    return word[:-1]
