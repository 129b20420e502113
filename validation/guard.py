"""A compiled check that an answer's names need nothing: the fast half of the field rules."""

from __future__ import annotations

from collections.abc import Callable

import jsonschema_rs

from validation.declaration import Declaration
from validation.places import ELEMENTS, Place
from validation.scope import Scope

_MAX_NAMES = 10_000


def compile_guard(scope: Scope, declared: Declaration) -> Callable[[object], bool] | None:
    """Compile a check that is true only of values that the field rules leave as they are.

    That is so where every object holds nothing but canonical names and names of the schema's own,
    and the fields required are there and not null. The check is written as a JSON Schema because
    a compiled validator reads 2 KB of nested objects in 0.7 µs, the rules themselves in 2.3 µs.

    Args:
        scope: The root's names.
        declared: What must be there.

    Returns:
        The check, or None where the rules cannot be written so. False of it says nothing.
    """
    if _moves(scope) or _size(scope) > _MAX_NAMES:
        return None
    present: list[dict[str, object] | bool] = [_present(field.canonical) for field in declared.all]
    for group in declared.any:
        # Of a place inside an array, "one is there" is more than "none is absent".
        places = [field.canonical for field in group if ELEMENTS not in field.canonical]
        present.append({"anyOf": [_present(place) for place in places]} if places else False)
    schema = {"allOf": [*present, _names(scope)]}
    return jsonschema_rs.Draft202012Validator(schema, offline=True).is_valid


def _present(place: Place) -> dict[str, object]:
    """Return the schema of values that have something other than null at a place."""
    if not place:
        return {"not": {"type": "null"}}
    inner = _present(place[1:])
    if place[0] == ELEMENTS:
        return {"type": "array", "items": inner}
    return {"type": "object", "required": [place[0]], "properties": {place[0]: inner}}


def _names(scope: Scope) -> dict[str, object]:
    schema: dict[str, object] = {}
    names = scope.settled_names()
    if names is not None:
        inner = {name: _names(child) for name, child in scope.children.items()}
        schema["properties"] = {**dict.fromkeys(names, True), **inner}
        schema["additionalProperties"] = False
    if scope.elements is not None:
        schema["items"] = _names(scope.elements)
    return schema


def _moves(scope: Scope) -> bool:
    return bool(scope.moves) or any(map(_moves, _inside(scope)))


def _size(scope: Scope) -> int:
    return len(scope.settled_names() or ()) + sum(map(_size, _inside(scope)))


def _inside(scope: Scope) -> list[Scope]:
    return [*scope.children.values(), *([scope.elements] if scope.elements else [])]
