"""The entries of a list: the item's own, or ones that are not alike."""

from typing import Any

from sandbox.answers.figures import people
from sandbox.answers.item import Item, given_by
from sandbox.answers.merging import resolve, types_of
from sandbox.answers.names import Sort, sort_of
from sandbox.wire import dump

_FEW = 3
_LISTED = 400


class Distinct:
    """The entries of a list: no two alike, unless there must be more than there are different."""

    def __init__(self, *, unique: bool, least: int) -> None:
        self.values: list[Any] = []
        self._unique = unique
        self._least = least
        self._seen: set[str] = set()

    def add(self, value: Any, turn: int) -> None:
        """Add a value unless it is there; a text that is needed is numbered with `turn`."""
        mark = dump(value)
        short = len(self.values) < self._least
        if mark in self._seen and self._unique and short and isinstance(value, str):
            # Few words to choose from: the same ones again, numbered.
            value = f"{value} {turn}"
            mark = dump(value)
        if mark in self._seen and (self._unique or not short):
            return
        self._seen.add(mark)
        self.values.append(value)


def listed(root: Any, items: Any, item: Item, name: str, high: int) -> list[Any] | None:
    """The item's own list under this name, if it is one of plain texts that fit."""
    if not isinstance(items, dict):
        return None
    plain = resolve(root, items)
    if set(plain) - {"type", "minLength", "description", "title", "maxLength"}:
        return None
    if "string" not in types_of(plain):
        return None
    given = given_by(item, name)
    if isinstance(given, str) and sort_of(name) is Sort.PERSON:
        given = [part.strip() for part in given.replace(" and ", ",").split(",")]
    if given is None and sort_of(name) is Sort.PERSON:
        given = people(item.text[:2000])[:_FEW]
    if not isinstance(given, list) or not given:
        return None
    texts = list(dict.fromkeys(one.strip() for one in given if isinstance(one, str)))
    shortest, longest = plain.get("minLength", 1), plain.get("maxLength", 1 << 30)
    fitting = [text for text in texts if shortest <= len(text) <= longest]
    return fitting[: min(high, _LISTED)] or None
