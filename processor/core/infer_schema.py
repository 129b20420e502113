"""A schema proposed from examples: everything they share, and nothing that one of them breaks."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

from validation.formats import FORMATS

_FORMATS = {
    "date": re.compile(r"\d{4}-\d{2}-\d{2}"),
    "date-time": re.compile(r"\d{4}-\d{2}-\d{2}[Tt ]\d{2}:\d{2}:\d{2}.*"),
    "uri": re.compile(r"https?://\S+"),  # by the letter, `note: text` has a scheme too
}
# A format is believed of several different texts, an enum when every word came back: one example shows
# what a field is called, not what it may hold.
_FORMAT_TEXTS = 2
_ENUM_WORDS = 8
_ENUM_USES = 3
_LONGEST_WORD = 40
_MOST_WORDS = 1_000  # counted; more of them are no enum anyway


def infer_schema(examples: Iterable[object]) -> dict[str, Any]:
    """A JSON Schema (2020-12) that every example satisfies.

    Types are merged; `required` is what all objects at a place have; texts become an `enum` where at most
    eight short ones come back three times or more each, and get a format (`date`, `date-time`, `uri`)
    where at least two different ones all have it; items of arrays are merged into one schema. The order
    of names is that of the examples, of everything else a fixed one: equal examples give equal schemas.

    Raises:
        ValueError: there is no example.
    """
    seen = _Seen()
    for example in examples:
        seen.add(example)
    if not seen.count:
        raise ValueError("there is no example")
    return seen.schema()


@dataclass(slots=True)
class _Texts:
    """The strings seen at one place."""

    words: Counter[str] = field(default_factory=Counter)
    formats: set[str] = field(default_factory=lambda: set(_FORMATS))
    can_be_enum: bool = True

    def add(self, text: str) -> None:
        if len(self.words) < _MOST_WORDS or text in self.words:
            self.words[text] += 1
        if not text or len(text) > _LONGEST_WORD or len(self.words) > _ENUM_WORDS:
            self.can_be_enum = False
        self.formats = {name for name in self.formats if _has_format(text, name)}

    def rules(self) -> dict[str, Any]:
        if self.formats and len(self.words) >= _FORMAT_TEXTS:
            return {"format": min(self.formats)}
        if self.can_be_enum and len(self.words) > 1 and min(self.words.values()) >= _ENUM_USES:
            return {"enum": sorted(self.words)}
        return {}


@dataclass(slots=True)
class _Seen:
    """All values seen at one place.

    Attributes:
        kinds: how many values of each JSON type.
        items: what the arrays hold; None while none held anything.
    """

    count: int = 0
    kinds: Counter[str] = field(default_factory=Counter)
    texts: _Texts = field(default_factory=_Texts)
    properties: dict[str, _Seen] = field(default_factory=dict)
    items: _Seen | None = None

    def add(self, value: object) -> None:
        """Take one more value in."""
        kind = _kind(value)
        self.count += 1
        self.kinds[kind] += 1
        if isinstance(value, str):
            self.texts.add(value)
        elif isinstance(value, dict):
            for name, inner in value.items():
                self.properties.setdefault(name, _Seen()).add(inner)
        elif isinstance(value, list):
            for inner in value:
                self.items = self.items or _Seen()
                self.items.add(inner)

    def schema(self) -> dict[str, Any]:
        """What all of them satisfy."""
        types = self._types()
        schema: dict[str, Any] = {"type": types[0] if len(types) == 1 else types}
        if "object" in types:
            schema.update(self._object())
        if self.items is not None:
            schema["items"] = self.items.schema()
        if "string" in types:
            schema.update(self._texts(types))
        return schema

    def _types(self) -> list[str]:
        found = [kind for kind in _KINDS if self.kinds[kind]]
        return [kind for kind in found if kind != "integer" or "number" not in found]

    def _object(self) -> dict[str, Any]:
        objects = self.kinds["object"]
        required = [name for name, seen in self.properties.items() if seen.count == objects]
        rules: dict[str, Any] = {"required": required} if required else {}
        rules["properties"] = {name: seen.schema() for name, seen in self.properties.items()}
        return rules

    def _texts(self, types: list[str]) -> dict[str, Any]:
        rules = self.texts.rules()
        if "enum" in rules and types == ["string", "null"]:
            return {"enum": [*rules["enum"], None]}
        return rules if "enum" not in rules or types == ["string"] else {}


_KINDS = ("object", "array", "string", "number", "integer", "boolean", "null")


def _kind(value: object) -> str:
    match value:
        case None:
            return "null"
        case bool():
            return "boolean"
        case int():
            return "integer"
        case float():
            return "number"
        case str():
            return "string"
        case list():
            return "array"
        case dict():
            return "object"
        case _:
            raise TypeError(f"a {type(value).__name__} is no JSON")


def _has_format(text: str, name: str) -> bool:
    return bool(_FORMATS[name].fullmatch(text)) and FORMATS.conforms(text, name)
