"""A table of a TOML file, read field by field; every mistake names its place."""

from __future__ import annotations

import math
from collections.abc import Mapping
from datetime import date, datetime
from difflib import get_close_matches
from typing import Any, Final

from processor.errors import WrongUsage


class _Missing:
    pass


_MISSING: Final = _Missing()


class TypedTable:
    """Reads fields once each; ``end`` refuses those that nobody asked for.

    Args:
        values: what stands in the file.
        where: the table's place in words, such as ``models.toml, model m``.

    Every method raises ``WrongUsage`` when the field is missing without a default, or of another
    type.
    """

    def __init__(self, values: Any, where: str) -> None:
        if not isinstance(values, Mapping):
            raise WrongUsage(f"{where} is a table, not {values!r}.")
        self.where = where
        self._values = values
        self._asked: set[str] = set()

    def has(self, name: str) -> bool:
        """Whether the field is there."""
        self._asked.add(name)
        return name in self._values

    def number(self, name: str, default: float | _Missing | None = _MISSING) -> Any:
        """A finite number, 0 or more."""
        value = self._take(name, default)
        if value is default:
            return default
        if isinstance(value, bool) or not isinstance(value, int | float):
            raise self._wrong(name, "a number", value)
        if not math.isfinite(value) or value < 0:
            raise self._wrong(name, "a number, 0 or more", value)
        return float(value)

    def integer(self, name: str, default: int | _Missing | None = _MISSING, least: int = 1) -> Any:
        """A whole number, ``least`` or more."""
        value = self._take(name, default)
        if value is default:
            return default
        if isinstance(value, bool) or not isinstance(value, int) or value < least:
            raise self._wrong(name, f"a whole number, {least} or more", value)
        return value

    def flag(self, name: str, default: bool) -> bool:
        """True or false."""
        value = self._take(name, default)
        if not isinstance(value, bool):
            raise self._wrong(name, "true or false", value)
        return value

    def text(self, name: str, default: str | _Missing = _MISSING) -> str:
        """A string that is not blank."""
        value = self._take(name, default)
        if value is not default and (not isinstance(value, str) or not value.strip()):
            raise self._wrong(name, "a text", value)
        return str(value)

    def texts(self, name: str) -> tuple[str, ...]:
        """A list of strings; empty when the field is not there."""
        value = self._take(name, [])
        if not isinstance(value, list) or not all(isinstance(one, str) and one for one in value):
            raise self._wrong(name, "a list of texts", value)
        return tuple(value)

    def day(self, name: str, default: date | _Missing | None = _MISSING) -> Any:
        """A date without a time."""
        value = self._take(name, default)
        if value is default:
            return default
        # A TOML date-time is a Python date too; a price begins on a day.
        if not isinstance(value, date) or isinstance(value, datetime):
            raise self._wrong(name, "a date, such as 2026-11-22", value)
        return value

    def table(self, name: str) -> TypedTable | None:
        """A table within this one; None when it is not there."""
        if not self.has(name):
            return None
        return TypedTable(self._values[name], f"{self.where}, {name}")

    def tables(self, name: str) -> tuple[TypedTable, ...]:
        """A list of tables; empty when the field is not there."""
        values = self._take(name, [])
        if not isinstance(values, list):
            raise self._wrong(name, "a list of tables", values)
        return tuple(
            TypedTable(value, f"{self.where}, {name} {number}")
            for number, value in enumerate(values, 1)
        )

    def end(self) -> None:
        """Nothing else may stand in the table."""
        for name in self._values:
            if name not in self._asked:
                near = get_close_matches(str(name), sorted(self._asked), n=1)
                cure = f"do you mean `{near[0]}`?" if near else f"known are {_list(self._asked)}."
                raise WrongUsage(f"{self.where}: unknown field `{name}`; {cure}")

    def wrong(self, message: str) -> WrongUsage:
        """An error about the table as a whole."""
        return WrongUsage(f"{self.where}: {message}")

    def _take(self, name: str, default: Any) -> Any:
        if not self.has(name):
            if default is _MISSING:
                raise WrongUsage(f"{self.where}: `{name}` is missing.")
            return default
        return self._values[name]

    def _wrong(self, name: str, wanted: str, value: Any) -> WrongUsage:
        return WrongUsage(f"{self.where}: `{name}` is {wanted}, not {value!r}.")


def _list(names: set[str]) -> str:
    return ", ".join(f"`{name}`" for name in sorted(names))
