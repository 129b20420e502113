"""A candidate for a change of the rules, found in one answer that they reject."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from difflib import SequenceMatcher
from typing import NamedTuple

from jsonschema.exceptions import ValidationError

from validation.change import Change
from validation.declaration import LAX, Field
from validation.finding import excerpt, step
from validation.lax import relax
from validation.names import alike, foldings
from validation.places import ELEMENTS, Place, gaps_at, values_at, write_place
from validation.profile import Profile
from validation.schema import Schema
from validation.verdict import Verdict

_MAX_PER_ANSWER = 8
_MAX_NAME = 64
_MAX_UNKNOWN = 50
_LIKE = 0.6  # how alike two names are said to be, by difflib's ratio
_JSON_TYPES = {str: "string", bool: "boolean", int: "integer", float: "number", list: "array",
               dict: "object", type(None): "null"}  # fmt: skip


class Candidate(NamedTuple):
    """A change that may accept the answer, why, and what stands there."""

    change: Change
    reason: str
    shown: str


def candidates_in(profile: Profile, verdict: Verdict) -> Iterator[Candidate]:
    """Yield what may cure the answer: a name, a laxness, a type."""
    rules = {one.rule for one in verdict.findings}
    if rules & {"fields.missing", "fields.missing_any"}:
        yield from _names(profile, verdict.canonical)
    if "schema.type" in rules and profile.schema is not None:
        yield from _laxness(profile, profile.schema, verdict.canonical)
        errors = profile.schema.errors(verdict.canonical)
        yield from _types([error for error in errors if error.validator == "type"])


def _names(profile: Profile, value: object) -> Iterator[Candidate]:
    """Yield unknown members that may be a missing field: like in name, shape or place."""
    for field in _missing(profile, value):
        parent = field.canonical[:-1]
        seen: set[Place] = set()
        for _, one in values_at(value, parent):
            if not isinstance(one, dict) or len(seen) >= _MAX_PER_ANSWER:
                continue
            for place, inner in _strangers(profile, parent, one, field):
                if place in seen or len(seen) >= _MAX_PER_ANSWER:
                    continue
                seen.add(place)
                name = write_place((*parent, *place))
                reason = f"{field.label} is missing where {name} is there"
                shown = f"{name} = {_shown(inner)}"
                yield Candidate(Change("field", (field.label, name)), reason, shown)


def _missing(profile: Profile, value: object) -> list[Field]:
    declared = profile.declared
    fields = [one for one in declared.all if any(True for _ in gaps_at(value, one.canonical))]
    for group in declared.any:
        if all(any(True for _ in gaps_at(value, one.canonical)) for one in group):
            fields += group
    return list(dict.fromkeys(fields))


def _strangers(
    profile: Profile, parent: Place, value: Mapping[str, object], field: Field
) -> Iterator[tuple[Place, object]]:
    """Yield unknown members, the most alike in name first, and like ones a level deeper."""
    scope = profile.fields.scope
    for part in parent:
        scope = scope.child(part) if part in scope.children or part == ELEMENTS else scope
    known = (key for key in value if len(key) <= _MAX_NAME)
    unknown = [key for key in known if not scope.owns(key) and scope.canonical(key) is None]
    del unknown[_MAX_UNKNOWN:]  # what an answer holds is hostile: names are compared in O(n²)
    unknown.sort(key=lambda key: -_likeness(key, field))
    for key in unknown:
        if value[key] is not None:
            yield (key,), value[key]
    for key in unknown:
        inner = value[key]
        if not isinstance(inner, dict):
            continue
        for deeper in inner:
            if _likeness(deeper, field) >= _LIKE:
                yield (key, deeper), inner[deeper]


def _likeness(key: str, field: Field) -> float:
    names = [field.label, *(place[-1] for place in field.places)]
    if any(alike(key, name) for name in names):
        return 1.0
    folded = foldings(key)[0]
    return max(SequenceMatcher(None, folded, foldings(name)[0]).ratio() for name in names)


def _laxness(profile: Profile, schema: Schema, value: object) -> Iterator[Candidate]:
    for name in LAX:
        if name in profile.declared.lax:
            continue
        notes = relax(value, schema, frozenset((name,))).notes
        if notes:
            reason = f"values are written another way that loses nothing: {name}"
            shown = f"{notes[0].path} {notes[0].message}"
            yield Candidate(Change("lax", (name,)), reason, shown)


def _types(errors: list[ValidationError]) -> Iterator[Candidate]:
    seen: set[Change] = set()
    for error in errors:
        given = _JSON_TYPES.get(type(error.instance), "null")
        change = Change("schema", (json.dumps(list(error.absolute_schema_path)), given))
        if change in seen or len(seen) >= _MAX_PER_ANSWER:
            continue
        seen.add(change)
        path = "$"
        for part in error.absolute_path:
            path = f"{path}[]" if isinstance(part, int) else step(path, part)
        reason = f"{path} is a {given} in most answers"
        yield Candidate(change, reason, f"{path} = {_shown(error.instance)}")


def _shown(value: object) -> str:
    return excerpt(value) if isinstance(value, str) else excerpt(repr(value), 60)[1:-1]
