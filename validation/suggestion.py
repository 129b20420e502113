"""Proposals: the line whose addition would accept answers that are rejected now."""

from __future__ import annotations

import copy
import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from difflib import SequenceMatcher
from typing import Literal, NamedTuple

from jsonschema.exceptions import ValidationError

from validation.declaration import LAX, Field
from validation.finding import excerpt, printable, step
from validation.judging import judge_value
from validation.lax import relax
from validation.names import alike, foldings
from validation.places import ELEMENTS, Place, gaps_at, values_at, write_place
from validation.profile import Profile, ProfileError, rebuild
from validation.schema import Schema
from validation.verdict import Outcome, Verdict

_MAX_CANDIDATES = 64  # kinds of change counted; answers are hostile input, memory is bounded
_MAX_PER_ANSWER = 8
_MAX_REFERENCES = 32
_MAX_NAME = 64
_MAX_UNKNOWN = 50
_LIKE = 0.6  # how alike two names are said to be, by difflib's ratio
_JSON_TYPES = {str: "string", bool: "boolean", int: "integer", float: "number", list: "array",
               dict: "object", type(None): "null"}  # fmt: skip

Kind = Literal["field", "lax", "schema"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Suggestion:
    """One change to a task's rules, with what it would do.

    Attributes:
        kind: A name for a field, a laxness, or a type in the schema.
        table: Where the line goes: `[fields.findings]`, `[answer]`, or a path in schema.json.
        line: The line as it would be written.
        seen: Answers, so far, that show what the change is about.
        items: Answers, of those rejected, that the change alone would accept.
        example: One of them, by its item's id, and what stands there.
        reason: Why it is proposed, in one sentence.
        change: What `apply_suggestion` needs.
    """

    kind: Kind
    table: str
    line: str
    seen: int
    items: int
    example: str
    reason: str
    change: tuple[str, ...]


def apply_suggestion(profile: Profile, suggestion: Suggestion) -> Profile:
    """Return the profile with the change made; the given one stays as it is.

    Raises:
        ProfileError: the change does not fit the profile.
    """
    return _changed(profile, suggestion.kind, suggestion.change)


class _Tally:
    __slots__ = ("example", "items", "profile", "reason", "seen")

    def __init__(self, profile: Profile, reason: str) -> None:
        self.profile = profile
        self.reason = reason
        self.seen = 0
        self.items = 0
        self.example = ""


class _Candidate(NamedTuple):
    kind: Kind
    change: tuple[str, ...]
    reason: str
    shown: str


class Suggestions:
    """Collects verdicts one by one, in memory that does not grow with their number.

    A change is proposed where it would accept an answer by itself, and what it is about was seen
    in at least `least` answers; a type of the schema only where `share` of the answers differ.
    """

    def __init__(self, profile: Profile, *, least: int = 2, share: float = 0.9) -> None:
        self._profile = profile
        self._least = least
        self._share = share
        self._answers = 0
        self._tallies: dict[tuple[Kind, tuple[str, ...]], _Tally] = {}

    def add(self, verdict: Verdict, *, item_id: str = "") -> None:
        """Count one verdict in; only rejected ones that could be decoded teach anything."""
        if verdict.canonical is None or self._profile.kind != "json":
            return
        self._answers += 1
        if verdict.outcome is not Outcome.REJECTED:
            return
        rules = {one.rule.split(".")[0] for one in verdict.findings}
        if "relation" in rules or "envelope" in rules:
            return  # no change of names or types would cure it
        for candidate in self._candidates(verdict):
            tally = self._tally(candidate)
            if tally is None:
                continue
            tally.seen += 1
            if judge_value(verdict.canonical, tally.profile).accepted:
                tally.items += 1
                if tally.items == 1:
                    where = f"{item_id}: " if item_id else ""
                    tally.example = printable(f"{where}{candidate.shown}")

    def proposals(self) -> tuple[Suggestion, ...]:
        """Return what is proposed, the change that accepts most first."""
        made = [
            _suggestion(self._profile, kind, change, tally)
            for (kind, change), tally in self._tallies.items()
            if tally.items and tally.seen >= self._enough(kind)
        ]
        return tuple(sorted(made, key=lambda one: (-one.items, one.table, one.line)))

    def _enough(self, kind: Kind) -> float:
        return max(self._least, self._share * self._answers) if kind == "schema" else self._least

    def _candidates(self, verdict: Verdict) -> Iterator[_Candidate]:
        rules = {one.rule for one in verdict.findings}
        if rules & {"fields.missing", "fields.missing_any"}:
            yield from _names(self._profile, verdict.canonical)
        if "schema.type" in rules and self._profile.schema is not None:
            yield from _laxness(self._profile, self._profile.schema, verdict.canonical)
            errors = self._profile.schema.errors(verdict.canonical)
            yield from _types([error for error in errors if error.validator == "type"])

    def _tally(self, candidate: _Candidate) -> _Tally | None:
        key = (candidate.kind, candidate.change)
        tally = self._tallies.get(key)
        if tally is None and len(self._tallies) < _MAX_CANDIDATES:
            try:
                profile = _changed(self._profile, *key)
            except ProfileError:
                return None
            tally = self._tallies[key] = _Tally(profile, candidate.reason)
        return tally


def _names(profile: Profile, value: object) -> Iterator[_Candidate]:
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
                yield _Candidate("field", (field.label, name), reason, shown)


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


def _laxness(profile: Profile, schema: Schema, value: object) -> Iterator[_Candidate]:
    for name in LAX:
        if name in profile.declared.lax:
            continue
        notes = relax(value, schema, frozenset((name,))).notes
        if notes:
            reason = f"values are written another way that loses nothing: {name}"
            yield _Candidate("lax", (name,), reason, f"{notes[0].path} {notes[0].message}")


def _types(errors: list[ValidationError]) -> Iterator[_Candidate]:
    seen: set[tuple[str, ...]] = set()
    for error in errors:
        given = _JSON_TYPES.get(type(error.instance), "null")
        change = (json.dumps(list(error.absolute_schema_path)), given)
        if change in seen or len(seen) >= _MAX_PER_ANSWER:
            continue
        seen.add(change)
        path = "$"
        for part in error.absolute_path:
            path = f"{path}[]" if isinstance(part, int) else step(path, part)
        reason = f"{path} is a {given} in most answers"
        yield _Candidate("schema", change, reason, f"{path} = {_shown(error.instance)}")


def _changed(profile: Profile, kind: Kind, change: tuple[str, ...]) -> Profile:
    if kind == "schema":
        return rebuild(profile, schema=_schema_with(profile, *change).source)
    source: dict[str, object] = copy.deepcopy(dict(profile.source))
    if kind == "lax":
        answer = dict(source.get("answer") or {})  # type: ignore[call-overload]
        answer["lax"] = _lax_with(profile, change[0])
        return rebuild(profile, source={**source, "answer": answer})
    label, name = change
    fields = dict(source.get("fields") or {})  # type: ignore[call-overload]
    fields[label] = {"names": [*_names_of(profile, label), name]}
    return rebuild(profile, source={**source, "fields": fields})


def _lax_with(profile: Profile, name: str) -> list[str]:
    return [one for one in LAX if one in profile.declared.lax or one == name]


def _names_of(profile: Profile, label: str) -> list[str]:
    for field in profile.declared.fields:
        if field.label == label:
            return [write_place(place) for place in field.places]
    return [label]


class _Typed(NamedTuple):
    """A schema with one more type allowed at one place."""

    source: dict[str, object]
    pointer: str
    types: list[str]


def _schema_with(profile: Profile, path: str, given: str) -> _Typed:
    source = copy.deepcopy(profile.schema.source) if profile.schema else None
    node: object = source
    pointer = "#"
    for part in json.loads(path)[:-1]:
        node, pointer = _deeper(source, node, pointer, part)
    if not isinstance(source, dict) or not isinstance(node, dict) or "type" not in node:
        raise ProfileError("schema.json: the place that the suggestion names is not there")
    types = node["type"]
    node["type"] = [*([types] if isinstance(types, str) else types), given]
    return _Typed(source, pointer, node["type"])


def _deeper(source: object, node: object, pointer: str, part: str | int) -> tuple[object, str]:
    """Go one part deeper; the reference's paths do not tell where they went through a $ref."""
    for _ in range(_MAX_REFERENCES):
        if not isinstance(node, dict) or part in node or "$ref" not in node:
            break
        pointer = str(node["$ref"])
        node = _pointed(source, pointer)
    name = str(part).replace("~", "~0").replace("/", "~1")
    if isinstance(node, dict):
        return node.get(str(part)), f"{pointer}/{name}"
    if isinstance(node, list) and isinstance(part, int):
        return node[part], f"{pointer}/{name}"
    return None, pointer


def _pointed(source: object, reference: str) -> object:
    node = source
    for part in reference.removeprefix("#").split("/")[1:]:
        key = part.replace("~1", "/").replace("~0", "~")
        node = node.get(key) if isinstance(node, dict) else None
    return node


def _suggestion(profile: Profile, kind: Kind, change: tuple[str, ...], tally: _Tally) -> Suggestion:
    if kind == "field":
        table = f"[fields.{_toml_key(change[0])}]"
        line = f"names = {_toml_list([*_names_of(profile, change[0]), change[1]])}"
    elif kind == "lax":
        table, line = "[answer]", f"lax = {_toml_list(_lax_with(profile, change[0]))}"
    else:
        typed = _schema_with(profile, *change)
        table, line = f"schema.json{typed.pointer}", f'"type": {json.dumps(typed.types)}'
    return Suggestion(
        kind=kind,
        table=table,
        line=line,
        seen=tally.seen,
        items=tally.items,
        example=tally.example,
        reason=tally.reason,
        change=change,
    )


def _toml_key(label: str) -> str:
    return label if re.fullmatch(r"[A-Za-z0-9_-]+", label) else json.dumps(label)


def _toml_list(names: list[str]) -> str:
    return json.dumps(names, ensure_ascii=False)


def _shown(value: object) -> str:
    return excerpt(value) if isinstance(value, str) else excerpt(repr(value), 60)[1:-1]
