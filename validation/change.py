"""A change of a profile: one more name of a field, one more laxness, or one more type."""

from __future__ import annotations

import copy
import json
import re
from typing import Literal, NamedTuple

from validation.declaration import LAX
from validation.places import write_place
from validation.profile import Profile, ProfileError, rebuild

_MAX_REFERENCES = 32

Kind = Literal["field", "lax", "schema"]


class Change(NamedTuple):
    """What is to be changed: a field's label and name, a laxness, or a path in the schema and a type."""

    kind: Kind
    parts: tuple[str, ...]


def changed(profile: Profile, change: Change) -> Profile:
    """Return the profile with the change made; the given one stays as it is.

    Raises:
        ProfileError: the change does not fit the profile.
    """
    if change.kind == "schema":
        return rebuild(profile, schema=_schema_with(profile, *change.parts).source)
    source: dict[str, object] = copy.deepcopy(dict(profile.source))
    if change.kind == "lax":
        answer = dict(source.get("answer") or {})  # type: ignore[call-overload]
        answer["lax"] = _lax_with(profile, change.parts[0])
        return rebuild(profile, source={**source, "answer": answer})
    label, name = change.parts
    fields = dict(source.get("fields") or {})  # type: ignore[call-overload]
    fields[label] = {"names": [*_names_of(profile, label), name]}
    return rebuild(profile, source={**source, "fields": fields})


def written(profile: Profile, change: Change) -> tuple[str, str]:
    """Return the table, or the place in schema.json, and the line that makes the change in a file."""
    if change.kind == "field":
        label, name = change.parts
        line = f"names = {_toml_list([*_names_of(profile, label), name])}"
        return f"[fields.{_toml_key(label)}]", line
    if change.kind == "lax":
        return "[answer]", f"lax = {_toml_list(_lax_with(profile, change.parts[0]))}"
    typed = _schema_with(profile, *change.parts)
    return f"schema.json{typed.pointer}", f'"type": {json.dumps(typed.types)}'


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


def _toml_key(label: str) -> str:
    return label if re.fullmatch(r"[A-Za-z0-9_-]+", label) else json.dumps(label)


def _toml_list(names: list[str]) -> str:
    return json.dumps(names, ensure_ascii=False)
