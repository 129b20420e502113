"""An item: its fields, its sentences, the words it uses."""

import functools
import re
from collections import Counter
from typing import Any

from sandbox.answers.figures import figures
from sandbox.answers.names import SYNONYMS
from sandbox.answers.sentences import split_sentences

_MIN_SENTENCE = 20
_MAX_SENTENCE = 400
_MIN_PROSE = 60
_SEARCHED = 50_000
_TERMS = 24
_COMMON = frozenset(
    [
        "about",
        "above",
        "after",
        "again",
        "against",
        "among",
        "because",
        "before",
        "being",
        "below",
        "between",
        "could",
        "during",
        "each",
        "every",
        "first",
        "found",
        "further",
        "having",
        "however",
        "itself",
        "might",
        "other",
        "others",
        "should",
        "since",
        "there",
        "these",
        "their",
        "those",
        "three",
        "through",
        "under",
        "until",
        "using",
        "which",
        "while",
        "within",
        "would",
        "where",
        "whereas",
        "although",
        "therefore",
        "another",
        "both",
        "were",
        "with",
        "that",
        "this",
        "from",
        "have",
        "been",
        "also",
        "than",
        "then",
        "they",
        "when",
    ]
)


def normal(name: str) -> str:
    """A field name for comparison: lower case, words joined, no plural.

    >>> normal("Key_Findings"), normal("publicationYear")
    ('keyfinding', 'publicationyear')
    """
    bare = re.sub(r"[^a-z0-9]", "", name.lower())
    return bare[:-1] if bare.endswith("s") and len(bare) > 3 and not bare.endswith("ss") else bare


class Item:
    """One item's fields (by normalised name), its text, and what can be found in it."""

    def __init__(self, text: str, data: Any = None) -> None:
        self.data = data
        self.text = text

    @functools.cached_property
    def fields(self) -> dict[str, Any]:
        """Fields of the item: of its JSON, else of its `Label: value` lines."""
        found: dict[str, Any] = {}
        _collect(self.data, found, depth=3)
        return found

    @functools.cached_property
    def sentences(self) -> tuple[str, ...]:
        """Sentences, each an exact part of the text, the short ones left out."""
        prose = _prose(self.data) if self.data is not None else ""
        every = split_sentences(prose or self.text)
        long = tuple(one for one in every if _MIN_SENTENCE <= len(one) <= _MAX_SENTENCE)
        return long or tuple(every)

    @functools.cached_property
    def measured(self) -> tuple[str, ...]:
        """Sentences that tell a figure; all sentences when none does."""
        told = tuple(one for one in self.sentences if figures(one))
        return told or self.sentences

    @functools.cached_property
    def terms(self) -> tuple[str, ...]:
        """The words that the text uses most, long ones only."""
        words = re.findall(r"[^\W\d_]{5,}", self.text[:_SEARCHED].lower())
        counted = Counter(word for word in words if word not in _COMMON)
        return tuple(word for word, _ in counted.most_common(_TERMS))

    def about(self, cues: tuple[str, ...]) -> tuple[str, ...]:
        """Sentences that hold one of the cues."""
        return tuple(one for one in self.sentences if any(cue in one.lower() for cue in cues))

    def opening(self, length: int) -> str:
        """The first sentences, at most `length` characters of them."""
        said = ""
        for sentence in self.sentences:
            longer = f"{said} {sentence}".strip()
            if len(longer) > length:
                break
            said = longer
        return said or self.text.strip()[:length].strip()


def given_by(item: Item, name: str) -> Any:
    """What the item has under a name, or under another name for the same; None for nothing."""
    key = normal(name)
    for option in (key, *SYNONYMS.get(key, ())):
        if option and option in item.fields:
            return item.fields[option]
    return None


def _collect(value: Any, found: dict[str, Any], *, depth: int) -> None:
    if not isinstance(value, dict):
        return
    for name, inner in value.items():
        found.setdefault(normal(name), inner)
    if depth:
        for inner in value.values():
            _collect(inner, found, depth=depth - 1)


def _prose(data: Any) -> str:
    """The texts of an item that are prose, not names or labels."""
    texts = strings_of(data)
    return "\n".join(text for text in texts if len(text) >= _MIN_PROSE or text.endswith("."))


def strings_of(value: Any) -> list[str]:
    """The texts in a JSON value, at any depth, the blank ones left out."""
    if isinstance(value, str):
        return [value] if value.strip() else []
    if isinstance(value, dict):
        value = list(value.values())
    if isinstance(value, list):
        return [text for inner in value for text in strings_of(inner)]
    return []
