"""Wrappers that models put around the one value that was asked for."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from validation.declaration import Root
from validation.names import alike
from validation.places import ELEMENTS

_MAX_WRAPPERS = 4


class Unwrapped(NamedTuple):
    """The value inside, and the wrappers taken off by name, the outermost first."""

    value: object
    repairs: tuple[str, ...]


def unwrap(value: object, allowed: Sequence[str], root: Root) -> Unwrapped:
    """Take off the wrappers allowed, so long as nothing but one value stands in each.

    `{"result": {…}}` is one where `result` is allowed, `[{…}]` where `[]` is.
    """
    repairs: list[str] = []
    while len(repairs) < _MAX_WRAPPERS:
        inner = _inside(value, allowed, root)
        if inner is None:
            break
        value, name = inner
        repairs.append(f"unwrapped {name}")
    return Unwrapped(value, tuple(repairs))


def _inside(value: object, allowed: Sequence[str], root: Root) -> tuple[object, str] | None:
    if isinstance(value, dict) and len(value) == 1:
        ((key, inner),) = value.items()
        name = next((name for name in allowed if name != ELEMENTS and alike(key, name)), None)
        if name is not None and isinstance(inner, dict | list):
            return inner, name
    if isinstance(value, list) and len(value) == 1 and root == "object" and ELEMENTS in allowed:
        return value[0], ELEMENTS
    return None
