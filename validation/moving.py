"""Moving a value from where a model put it to its canonical place."""

from __future__ import annotations

from collections.abc import Mapping

from validation.names import alike
from validation.places import Place, write_place
from validation.scope import Move, Scope
from validation.trail import Log, Trail, are_twins


def move(
    value: dict[str, object], way: Move, scope: Scope, trail: Trail, log: Log
) -> dict[str, object]:
    """Return the object with a value moved to its canonical place, where it stands elsewhere.

    Nothing is moved onto another value: that is a conflict, and both stay.
    """
    source = _find(value, way.source, exact=scope)
    if source is None:
        return value
    moved = _get(value, source)
    target = _find(value, way.target, exact=scope) or way.target
    if target[: len(source)] == source or source[: len(target)] == target:
        return value  # the source is the target's own parent, or the other way round
    if _get(value, target) is not _ABSENT:
        keys = (write_place(source), write_place(target))
        held = {keys[0]: moved, keys[1]: _get(value, target)}
        inside = trail
        for key in target[:-1]:
            inside = (inside, key)
        if not are_twins(held, keys, target[-1], inside, log):
            return value
    elif not _is_open(value, target):
        return value
    log.used((*scope.place, *way.target), write_place((*scope.place, *source)))
    return _without(_with(value, source, target, moved), source)


_ABSENT = object()


def _find(value: object, place: Place, exact: Scope) -> Place | None:
    """Return a place by the keys that really lead to it, matching names loosely."""
    found: list[str] = []
    for name in place:
        if not isinstance(value, dict):
            return None
        known = exact if not found else None
        key = name if name in value else _alike_key(value, name, known)
        if key is None:
            return None
        found.append(key)
        value = value[key]
    return tuple(found)


def _alike_key(value: Mapping[str, object], name: str, scope: Scope | None) -> str | None:
    """Return the only key that is like the name, leaving those that have a meaning of their own."""
    keys = [key for key in value if alike(key, name)]
    if scope is not None:
        keys = [key for key in keys if not scope.owns(key)]
    return keys[0] if len(keys) == 1 else None


def _get(value: object, place: Place) -> object:
    for key in place:
        if not isinstance(value, dict) or key not in value:
            return _ABSENT
        value = value[key]
    return value


def _is_open(value: object, target: Place) -> bool:
    """Whether objects can be made, or are there, all the way to the target's member."""
    for key in target[:-1]:
        if not isinstance(value, dict):
            return False
        if key not in value:
            return True
        value = value[key]
    return isinstance(value, dict)


def _with(
    value: dict[str, object], source: Place, target: Place, moved: object
) -> dict[str, object]:
    """Return the object with the target set, its new top member right after the source's."""
    if _get(value, target) is not _ABSENT:
        return value
    top = target[0]
    inner = value.get(top, {})
    new = _set(inner, target[1:], moved) if isinstance(inner, dict) or len(target) == 1 else inner
    if top in value:
        return {key: new if key == top else one for key, one in value.items()}
    resolved: dict[str, object] = {}
    for key, one in value.items():
        resolved[key] = one
        if key == source[0]:
            resolved[top] = new
    return resolved


def _set(value: object, place: Place, moved: object) -> object:
    if not place:
        return moved
    inside = value if isinstance(value, dict) else {}
    return {**inside, place[0]: _set(inside.get(place[0], {}), place[1:], moved)}


def _without(value: dict[str, object], place: Place) -> dict[str, object]:
    """Return the object without a member; objects that this empties go too."""
    head = place[0]
    if len(place) > 1:
        inner = value[head]
        inside = _without(inner, place[1:]) if isinstance(inner, dict) else {}
        if inside:
            return {key: inside if key == head else one for key, one in value.items()}
    return {key: one for key, one in value.items() if key != head}
