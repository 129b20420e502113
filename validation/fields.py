"""Field rules: canonical names, the variants that models use, and what must be there."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import NamedTuple

from validation.declaration import Declaration, Field, FieldsFault
from validation.finding import Finding, finding
from validation.guard import compile_guard
from validation.moving import move
from validation.places import ELEMENTS, Place, gaps_at, values_at, write_place
from validation.properties import names_at
from validation.scope import Move, Plan, Scope
from validation.trail import Log, Trail, are_twins, path_of
from validation.verdict import NO_VARIANTS


class Resolved(NamedTuple):
    """A value under canonical names, and what that took."""

    value: object
    findings: tuple[Finding, ...] = ()
    variants: Mapping[str, str] = NO_VARIANTS


@dataclass(frozen=True, slots=True, kw_only=True)
class FieldRules:
    """Compiled field rules."""

    scope: Scope
    all: tuple[Field, ...]
    any: tuple[tuple[Field, ...], ...]
    # Groups of root members: one of each there settles `all` and `any`; None: look closely.
    needed: tuple[tuple[str, ...], ...] | None
    guard: Callable[[object], bool] | None  # true: `resolve` would change and say nothing

    def resolve(self, value: object) -> Resolved:
        """Put a value under canonical names and look for the fields required.

        Returns:
            Every value of the given one, in its order, under canonical names; of equal twins one.
            The given value is not changed; parts that need no change are shared with it.
        """
        log = Log()
        value = _resolve(value, self.scope, None, log)
        if self.needed is None or type(value) is not dict or _lacks(value, self.needed):
            self._require(value, log)
        if not log.findings and not log.variants:
            return Resolved(value)
        variants = {name: ", ".join(used) for name, used in log.variants.items()}
        return Resolved(value, tuple(log.findings), variants)

    def _require(self, value: object, log: Log) -> None:
        for field in self.all:
            for path in gaps_at(value, field.canonical):
                message = f"{field.label} is missing or null; its names are {field.names}"
                log.findings.append(finding("fields.missing", path, message))
        for group in self.any:
            if not any(_stands(value, field.canonical) for field in group):
                labels = " or ".join(field.label for field in group)
                names = "; ".join(field.names for field in group)
                message = f"one of {labels} must be there; their names are {names}"
                log.findings.append(finding("fields.missing_any", "$", message))


def compile_fields(declared: Declaration, schema: object = None) -> FieldRules:
    """Compile field rules.

    Args:
        declared: What fields.toml declares.
        schema: The schema's source; a name that it gives to a member of its own is never taken
            for a variant of another, and members that it does not know are noted.

    Raises:
        FieldsFault: a name cannot stand for its canonical one.
    """
    top = Scope(())
    for field in _with_parents(declared):
        _add(top, field)
    if declared.root == "array":
        top.child(ELEMENTS)
    _tell(top, schema)
    return FieldRules(
        scope=top,
        all=declared.all,
        any=declared.any,
        needed=_needed(declared),
        guard=compile_guard(top, declared),
    )


def _needed(declared: Declaration) -> tuple[tuple[str, ...], ...] | None:
    groups = (*((field,) for field in declared.all), *declared.any)
    places = [field.canonical for group in groups for field in group]
    if declared.root == "array" or any(len(place) > 1 for place in places):
        return None
    return tuple(tuple(field.canonical[0] for field in group) for group in groups)


def _lacks(value: Mapping[str, object], needed: tuple[tuple[str, ...], ...]) -> bool:
    for group in needed:
        for name in group:
            if value.get(name) is not None:
                break
        else:
            return True
    return False


def _stands(value: object, place: Place) -> bool:
    return any(True for _ in values_at(value, place)) and not any(
        True for _ in gaps_at(value, place)
    )


def _with_parents(declared: Declaration) -> list[Field]:
    """Return the fields, and one for every object that a canonical place leads through.

    `studies[].name` can be saved only where `Studies` is `studies` first.
    """
    required = [*declared.all, *(field for group in declared.any for field in group)]
    fields = {field.canonical: field for field in [*required, *declared.fields]}
    for place in list(fields):
        for length in range(1, len(place)):
            parent = place[:length]
            if parent[-1] != ELEMENTS and parent not in fields:
                fields[parent] = Field(label=write_place(parent), places=(parent,))
    return list(fields.values())


def _add(top: Scope, field: Field) -> None:
    parent, canonical = field.canonical[:-1], field.canonical[-1]
    for place in field.places:
        if place[:-1] == parent:
            _scope_at(top, parent).add(place[-1], canonical)
            continue
        shared = _shared(place, field.canonical)
        if ELEMENTS in place[shared:] or ELEMENTS in field.canonical[shared:]:
            message = (
                f"{write_place(place)} and {write_place(field.canonical)} lead through different "
                "arrays; a value can be moved inside one element only"
            )
            raise FieldsFault(f"fields.{field.label}", message)
        if place[shared] == field.canonical[shared]:
            message = f"{write_place(place)} and the canonical name lie inside each other; drop one"
            raise FieldsFault(f"fields.{field.label}", message)
        move = Move(place[shared:], field.canonical[shared:])
        _scope_at(top, place[:shared]).move(move)


def _shared(one: Place, other: Place) -> int:
    shorter = min(len(one), len(other)) - 1
    return next((at for at in range(shorter) if one[at] != other[at]), shorter)


def _scope_at(top: Scope, place: Place) -> Scope:
    for part in place:
        top = top.child(part)
    return top


def _tell(scope: Scope, schema: object) -> None:
    if schema is not None:
        scope.know(names_at(schema, scope.place))
    for child in scope.children.values():
        _tell(child, schema)
    if scope.elements is not None:
        _tell(scope.elements, schema)


def _resolve(value: object, scope: Scope, trail: Trail, log: Log) -> object:
    if type(value) is dict:
        return _resolve_object(value, scope, trail, log)
    if type(value) is list and scope.elements is not None:
        return _resolve_array(value, scope.elements, trail, log)
    return value


def _resolve_array(value: list[object], scope: Scope, trail: Trail, log: Log) -> object:
    if scope.leaf and _all_plain(value, scope):
        return value
    resolved = [_resolve(one, scope, (trail, index), log) for index, one in enumerate(value)]
    unchanged = all(new is old for new, old in zip(resolved, value, strict=True))
    return value if unchanged else resolved


def _all_plain(value: list[object], scope: Scope) -> bool:
    """Whether every element has a shape that needs nothing.

    The shape of an object is the tuple of its keys. A string or an array may have such a tuple
    too, but no names to resolve.
    """
    try:
        return scope.plain.issuperset(map(tuple, value))  # type: ignore[arg-type]
    except TypeError:  # a number among them, or an array of arrays
        return False


def _resolve_object(
    value: dict[str, object], scope: Scope, trail: Trail, log: Log
) -> dict[str, object]:
    plan = scope.plan(tuple(value))
    resolved = value if plan is None else _rename(value, plan, scope, trail, log)
    for one in scope.moves:
        resolved = move(resolved, one, scope, trail, log)
    for name, child in scope.children.items():
        inner = resolved.get(name)
        if type(inner) is dict:
            if child.leaf and tuple(inner) in child.plain:
                continue
        elif type(inner) is not list or child.elements is None:
            continue
        new = _resolve(inner, child, (trail, name), log)
        if new is not inner:
            resolved = {**resolved, name: new}
    return resolved


def _rename(
    value: dict[str, object], plan: Plan, scope: Scope, trail: Trail, log: Log
) -> dict[str, object]:
    becomes = {key: name for name, keys in plan.groups for key in keys}
    twice: set[str] = set()  # keys of a conflict: all stay, for which one counts is not known
    for name, keys in plan.groups:
        if len(keys) > 1 and not are_twins(value, keys, name, trail, log):
            twice.update(keys)
        else:
            for key in keys:
                if key != name:
                    log.used((*scope.place, name), key)
    resolved: dict[str, object] = {}
    for key, one in value.items():
        resolved.setdefault(key if key in twice else becomes[key], one)
    for key in plan.extras:
        message = f"{key} is known to neither the field rules nor the schema; it is kept"
        log.findings.append(finding("fields.extra", path_of(trail, key), message))
    return resolved
