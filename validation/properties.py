"""The names that a schema gives to the members of an object."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from validation.places import ELEMENTS, Place

_SAME_PLACE = ("allOf", "anyOf", "oneOf", "then", "else", "if")
_MAX_NODES = 1000


def names_at(schema: object, place: Place) -> frozenset[str] | None:
    """Return the names a schema knows for members of the objects at a place.

    None where it does not say: no properties are listed, or others are described by a rule.
    """
    nodes = _same_place(schema, [schema])
    for part in place:
        inner = [one for node in nodes for one in _deeper(node, part)]
        nodes = _same_place(schema, inner)
    names: set[str] = set()
    for node in nodes:
        if node.get("patternProperties") or isinstance(node.get("additionalProperties"), Mapping):
            return None
        properties = node.get("properties")
        if isinstance(properties, Mapping):
            names.update(properties)
    return frozenset(names) if names else None


def _same_place(root: object, nodes: list[object]) -> list[Mapping[str, object]]:
    """Return the schemas given and all that apply to the same value."""
    seen: dict[int, Mapping[str, object]] = {}
    waiting = list(nodes)
    while waiting and len(seen) < _MAX_NODES:
        node = waiting.pop()
        if not isinstance(node, Mapping) or id(node) in seen:
            continue
        seen[id(node)] = node
        for keyword in _SAME_PLACE:
            inner = node.get(keyword)
            waiting += inner if isinstance(inner, list) else [inner]
        reference = node.get("$ref")
        if isinstance(reference, str) and reference.startswith("#"):
            waiting.append(_pointed(root, reference[1:]))
    return list(seen.values())


def _pointed(root: object, pointer: str) -> object:
    node = root
    for part in pointer.split("/")[1:]:
        key = part.replace("~1", "/").replace("~0", "~")
        if isinstance(node, Mapping):
            node = node.get(key)
        elif isinstance(node, list) and key.isdecimal() and int(key) < len(node):
            node = node[int(key)]
        else:
            return None
    return node


def _deeper(node: Mapping[str, object], part: str) -> Iterator[object]:
    if part == ELEMENTS:
        yield node.get("items")
        prefix = node.get("prefixItems")
        yield from prefix if isinstance(prefix, list) else ()
        return
    properties = node.get("properties")
    if isinstance(properties, Mapping):
        yield properties.get(part)
