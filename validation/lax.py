"""Types taken more loosely than the schema writes them, each kind only where it is allowed."""

from __future__ import annotations

import copy
import math
import re
from collections.abc import Callable
from typing import NamedTuple

from jsonschema.exceptions import ValidationError

from validation.finding import Finding, finding, step
from validation.schema import Schema

_NUMBER = re.compile(r"-?(0|[1-9][0-9]{0,300})(\.[0-9]+)?([eE][+-]?[0-9]+)?")
_MAX_ROUNDS = 8  # an array made of one value may hold a number written as a string, and so on
_NO_VALUE = object()


class Relaxed(NamedTuple):
    """A value whose types fit, as far as was allowed, and a note for each that was changed."""

    value: object
    notes: tuple[Finding, ...]


def relax(value: object, schema: Schema, allowed: frozenset[str]) -> Relaxed:
    """Take values of another type than the schema wants, where that loses nothing.

    The given value is not changed.
    """
    notes: list[Finding] = []
    value = {"": copy.deepcopy(value)}
    for _ in range(_MAX_ROUNDS):
        changed = [
            note
            for error in schema.errors(value[""])
            if error.validator == "type" and (note := _take(value, error, allowed))
        ]
        if not changed:
            break
        notes += changed
    return Relaxed(value[""], tuple(notes))


def _take(
    holder: dict[str, object], error: ValidationError, allowed: frozenset[str]
) -> Finding | None:
    wanted = error.validator_value
    types = wanted if isinstance(wanted, list) else [str(wanted)]
    for name, types_given, convert in _KINDS:
        if name not in allowed or not types_given.intersection(types):
            continue
        taken = convert(error.instance)
        if taken is not _NO_VALUE:
            path = _put(holder, list(error.absolute_path), taken)
            return finding(f"lax.{name}", path, f"{error.instance!r} was taken as {taken!r}")
    return None


def _put(holder: dict[str, object], places: list[str | int], taken: object) -> str:
    container: object = holder
    key: str | int = ""
    path = "$"
    for place in places:
        container = container[key]  # type: ignore[index]
        key = place
        path = step(path, place)
    container[key] = taken  # type: ignore[index]
    return path


def _number(value: object) -> object:
    match = _NUMBER.fullmatch(value) if isinstance(value, str) else None
    if match is None:
        return _NO_VALUE
    if match[2] is None and match[3] is None:
        return int(match[0])
    number = float(match[0])
    return _NO_VALUE if math.isinf(number) else number


def _boolean(value: object) -> object:
    known: dict[object, object] = {"true": True, "false": False}
    return known.get(value, _NO_VALUE) if isinstance(value, str) else _NO_VALUE


def _digits(value: object) -> object:
    return str(value) if type(value) is int and abs(value) < 10**300 else _NO_VALUE


def _array(value: object) -> object:
    return _NO_VALUE if value is None else [value]


_KINDS: tuple[tuple[str, frozenset[str], Callable[[object], object]], ...] = (
    ("number_as_string", frozenset({"number", "integer"}), _number),
    ("boolean_as_string", frozenset({"boolean"}), _boolean),
    ("string_as_integer", frozenset({"string"}), _digits),
    ("array_as_single", frozenset({"array"}), _array),
)
