"""A profile: everything that an answer is judged by."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Literal, TypeAlias

from validation.declaration import Declaration, FieldsFault, read_declaration
from validation.decode import DecodeError, parse_exact
from validation.fields import FieldRules, compile_fields
from validation.schema import Schema, SchemaFault, compile_schema

if TYPE_CHECKING:
    from pydantic import BaseModel

Kind: TypeAlias = Literal["json", "text"]


class ProfileError(ValueError):
    """A profile cannot be built; the message names the part and what to change."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Profile:
    """What an answer is judged by. Made by `load_profile`.

    Attributes:
        kind: "json", or "text": nothing is decoded, the data is the text.
        source: The mapping that fields.toml stands for.
        declared: What it declares.
        fields: The compiled field rules.
        schema: The compiled schema; None: any value passes.
        model: The model that was asked, without `models/`; None: not checked.
        accept_models: Versions that may answer for it.
        sandbox: Whether `sandbox/<model>` counts as the model.
        max_output_tokens: The limit that the request set, for messages only.
    """

    kind: Kind
    source: Mapping[str, object]
    declared: Declaration
    fields: FieldRules
    schema: Schema | None
    model: str | None
    accept_models: frozenset[str]
    sandbox: bool
    max_output_tokens: int | None


def load_profile(
    *,
    fields: str | bytes | Mapping[str, object] | None = None,
    schema: str | bytes | Mapping[str, object] | type[BaseModel] | None = None,
    kind: Kind = "json",
    model: str | None = None,
    accept_models: Sequence[str] = (),
    sandbox: bool = False,
    max_output_tokens: int | None = None,
) -> Profile:
    """Build a profile.

    Args:
        fields: The text of a fields.toml, or the mapping it stands for.
        schema: A JSON Schema 2020-12 as text or mapping, or a pydantic model standing for its own
            JSON schema (its validators are not run).
        kind: "json", or "text" where the answer is prose.
        model: The model asked; None leaves the answering model unchecked.
        accept_models: Other versions that may answer for it.
        sandbox: Whether `sandbox/<model>` may answer too.
        max_output_tokens: The request's own limit, for the message about truncation.

    Raises:
        ProfileError: some part of it cannot be used; the message says which and what to do.
    """
    if kind not in ("json", "text"):
        raise ProfileError(f'kind is {kind!r}; it can be "json" or "text"')
    if isinstance(accept_models, str):
        raise ProfileError("accept_models is one string; give a list of names")
    compiled = _schema(schema)
    text, source = _fields_source(fields)
    declared, rules = _fields(source, compiled, text)
    return Profile(
        kind=kind,
        source=source,
        declared=declared,
        fields=rules,
        schema=compiled,
        model=_bare(model) if model else None,
        accept_models=frozenset(map(_bare, accept_models)),
        sandbox=sandbox,
        max_output_tokens=max_output_tokens,
    )


def rebuild(
    profile: Profile,
    *,
    source: Mapping[str, object] | None = None,
    schema: Mapping[str, object] | None = None,
) -> Profile:
    """Return the profile with another fields.toml (as a mapping) or another schema.

    Raises:
        ProfileError: as `load_profile` does.
    """
    compiled = profile.schema if schema is None else _schema(schema)
    source = profile.source if source is None else source
    declared, rules = _fields(source, compiled, "")
    return replace(profile, source=source, declared=declared, fields=rules, schema=compiled)


def _fields(
    source: Mapping[str, object], schema: Schema | None, text: str
) -> tuple[Declaration, FieldRules]:
    try:
        declared = read_declaration(source)
        return declared, compile_fields(declared, schema.source if schema else None)
    except FieldsFault as error:
        raise ProfileError(f"fields.toml{_line_of(text, error.table)}: {error}") from None


def _bare(model: str) -> str:
    return model.removeprefix("models/")


def _fields_source(
    fields: str | bytes | Mapping[str, object] | None,
) -> tuple[str, Mapping[str, object]]:
    if fields is None or isinstance(fields, Mapping):
        return "", fields or {}
    if isinstance(fields, bytes):
        try:
            fields = fields.decode("utf-8")
        except UnicodeDecodeError as error:
            raise ProfileError(f"fields.toml: byte {error.start} is no UTF-8") from None
    text = fields.removeprefix("\ufeff")
    try:
        return text, tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise ProfileError(f"fields.toml: {error}") from None


def _line_of(text: str, table: str) -> str:
    """Return ", line 7" where the table's heading is found in the text, else nothing."""
    heading = re.compile(rf"^\s*\[+\s*{re.escape(table)}\s*\]", re.MULTILINE)
    match = heading.search(text) if table else None
    if match is None:
        return ""
    return f", line {text.count(chr(10), 0, match.end()) + 1}"


def _schema(
    schema: str | bytes | Mapping[str, object] | type[BaseModel] | None,
) -> Schema | None:
    if schema is None:
        return None
    if isinstance(schema, str | bytes):
        try:
            source = parse_exact(schema)
        except DecodeError as error:
            raise ProfileError(f"schema.json: {error}") from None
    elif isinstance(schema, type):
        source = schema.model_json_schema()
    else:
        source = dict(schema)
    if not isinstance(source, dict | bool):
        raise ProfileError("schema.json: the root must be an object")
    try:
        return compile_schema(source)
    except SchemaFault as error:
        raise ProfileError(f"schema.json: {error}") from None
