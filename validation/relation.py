"""Relations: rules over an answer and the item it is about."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from validation.declaration import Relation
from validation.finding import Finding, excerpt, finding, step
from validation.places import Place, values_at, write_place
from validation.quotation import Source


def relate(value: object, item: object, relations: Sequence[Relation]) -> tuple[Finding, ...]:
    """Return a finding for every value that does not stand in its relation to the item.

    A value that is absent or null breaks no relation: the schema says whether it may be.
    """
    sources: dict[Place, Source | None] = {}
    found: list[Finding] = []
    for relation in relations:
        if relation.kind == "quoted_in":
            found += _quoted(value, item, relation, sources)
        else:
            found += _compared(value, item, relation)
    return tuple(found)


def _quoted(
    value: object, item: object, relation: Relation, sources: dict[Place, Source | None]
) -> Iterator[Finding]:
    place = relation.operands[0]
    if not isinstance(place, tuple):
        return
    if place not in sources:
        texts = [one for _, one in values_at(item, place)]
        sources[place] = Source(texts) if texts else None
    source = sources[place]
    for path, one in _singles(value, relation.place):
        if source is None:
            yield _no_field(path, place)
            return
        if not isinstance(one, str):
            yield finding("relation.quoted_in", path, "a quotation must be a string")
        elif not source.holds(one):
            message = f"{excerpt(one, 120)} does not occur in the text of {_name(place)}"
            yield finding("relation.quoted_in", path, message)


def _compared(value: object, item: object, relation: Relation) -> Iterator[Finding]:
    whole = relation.kind == "equals"
    values = values_at(value, relation.place) if whole else _singles(value, relation.place)
    for path, one in values:
        if one is None:
            continue
        operands: list[object] = []
        for operand in relation.operands:
            if isinstance(operand, tuple):
                held = [each for _, each in values_at(item, operand) if each is not None]
                if not held:
                    yield _no_field(path, operand)
                    return
                operands.append(held[0] if len(held) == 1 else held)
            else:
                operands.append(operand)
        fault = _fault(one, relation, operands)
        if fault is not None:
            yield finding(f"relation.{relation.kind}", path, fault)


def _fault(value: object, relation: Relation, operands: list[object]) -> str | None:
    where = _name(relation.operands[0]) if isinstance(relation.operands[0], tuple) else ""
    if relation.kind == "equals":
        return (
            None
            if _equal(value, operands[0])
            else f"{_say(value)} is not {_say(operands[0])}, {where}"
        )
    if relation.kind == "in":
        return _fault_in(value, operands[0], where)
    return _fault_between(value, operands)


def _fault_in(value: object, held: object, where: str) -> str | None:
    members = held if isinstance(held, list) else [held]
    if any(_equal(value, one) for one in members):
        return None
    return f"{_say(value)} is none of the {len(members)} values of {where}"


def _fault_between(value: object, operands: list[object]) -> str | None:
    first = operands[0]
    bounds = first if len(operands) == 1 and isinstance(first, list) else operands
    if len(bounds) != 2:
        return f"{_say(first)} is no range; two bounds are wanted"
    low, high = bounds
    if all(isinstance(one, str) for one in (value, low, high)):
        holds = str(low) <= str(value) <= str(high)  # dates as ISO 8601 writes them
    elif all(_is_number(one) for one in (value, low, high)):
        holds = low <= value <= high  # type: ignore[operator]
    else:
        return f"{_say(value)} cannot be compared with {_say(low)} and {_say(high)}"
    return None if holds else f"{_say(value)} is not between {_say(low)} and {_say(high)}"


def _singles(value: object, place: Place) -> Iterator[tuple[str, object]]:
    """Yield what stands at a place; of an array, its elements; nothing for null."""
    for path, one in values_at(value, place):
        if isinstance(one, list):
            yield from ((step(path, index), each) for index, each in enumerate(one))
        elif one is not None:
            yield path, one


def _equal(one: object, other: object) -> bool:
    """Whether two values are equal as JSON Schema has it: 1 and 1.0 are, 1 and true are not."""
    if _is_number(one) and _is_number(other):
        return one == other
    if isinstance(one, list) and isinstance(other, list):
        return len(one) == len(other) and all(map(_equal, one, other))
    if isinstance(one, dict) and isinstance(other, dict):
        return one.keys() == other.keys() and all(_equal(one[key], other[key]) for key in one)
    return type(one) is type(other) and one == other


def _is_number(value: object) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)


def _no_field(path: str, place: Place) -> Finding:
    message = f"the item has no {_name(place)}, so the value cannot be checked"
    return finding("relation.no_item_field", path, message)


def _name(place: Place) -> str:
    return f"item.{write_place(place)}" if place else "the item"


def _say(value: object) -> str:
    return excerpt(value, 60) if isinstance(value, str) else repr(value)[:60]
