"""The schema of an answer: JSON Schema 2020-12, formats checked, nothing fetched."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

import jsonschema_rs
from jsonschema import Draft202012Validator
from jsonschema.exceptions import SchemaError, ValidationError
from jsonschema_specifications import (  # type: ignore[import-untyped]
    REGISTRY as SPECIFICATIONS,
)
from referencing.exceptions import Unresolvable
from referencing.jsonschema import DRAFT202012, SchemaRegistry

from validation.clearing import clears, subschemas
from validation.finding import Finding, finding, step
from validation.formats import FORMATS
from validation.rules import RULES

_DIALECT = "https://json-schema.org/draft/2020-12/schema"
_MAX_FINDINGS = 100


def _format_check(name: str) -> Callable[[str], bool]:
    return lambda text: FORMATS.conforms(text, name)


def _used_formats(source: object) -> dict[str, Callable[[str], bool]]:
    """Return the reference's own checks for the compiled validator: on formats they are one."""
    used = {
        one["format"] for one in subschemas(source) if isinstance(one, dict) and "format" in one
    }
    return {name: _format_check(name) for name in used if name in FORMATS.checkers}


class SchemaFault(ValueError):
    """The schema itself cannot be used; the message says where and what to do."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Schema:
    """A compiled schema.

    Attributes:
        source: The schema as it was given.
        reference: The validator whose word counts, messages and paths included.
        compiled: A fast validator whose "valid" can be believed; None where it cannot.
    """

    source: dict[str, object] | bool
    reference: Draft202012Validator
    compiled: jsonschema_rs.Draft202012Validator | None
    clear: Callable[[object], bool]  # whether `compiled` vouches for a value; False says nothing

    def findings(self, value: object) -> tuple[Finding, ...]:
        """Return the breaches as the reference finds them; at most 100, then a note."""
        try:
            errors = self.errors(value)
        except RecursionError:
            return (finding("schema.too_deep", "$", "the value is too deep for the schema"),)
        found = tuple(map(_as_finding, errors[:_MAX_FINDINGS]))
        if len(errors) > _MAX_FINDINGS:
            more = f"{len(errors) - _MAX_FINDINGS:,} more findings of the schema are not listed"
            return (*found, finding("schema.more", "$", more))
        return found

    def errors(self, value: object) -> list[ValidationError]:
        """Return the reference's errors, in the schema's own order."""
        return list(self.reference.iter_errors(value))


def compile_schema(source: dict[str, object] | bool) -> Schema:
    """Compile a schema.

    Raises:
        SchemaFault: it is no 2020-12 schema, or refers to something outside of itself.
    """
    dialect = source.get("$schema", _DIALECT) if isinstance(source, Mapping) else _DIALECT
    if str(dialect).rstrip("#") != _DIALECT:
        raise SchemaFault(f"$schema is {dialect}; write it in {_DIALECT}")
    try:
        Draft202012Validator.check_schema(source)
    except SchemaError as error:
        raise SchemaFault(f"{error.json_path}: {error.message}") from None
    registry: SchemaRegistry = SPECIFICATIONS
    _check_references(source, registry)
    reference = Draft202012Validator(source, registry=registry, format_checker=FORMATS)
    compiled = _compiled(source)
    clear = compiled.is_valid if compiled is not None else _clear_nothing
    return Schema(source=source, reference=reference, compiled=compiled, clear=clear)


def _clear_nothing(_value: object) -> bool:
    return False


def _check_references(source: dict[str, object] | bool, registry: SchemaRegistry) -> None:
    resource = DRAFT202012.create_resource(source)
    resolver = registry.resolver_with_root(resource)
    waiting = [(resource, resolver)]
    while waiting:
        one, resolver = waiting.pop()
        contents = one.contents
        if isinstance(contents, Mapping):
            for keyword in ("$ref", "$dynamicRef"):
                if isinstance(contents.get(keyword), str):
                    _resolve(resolver, contents[keyword])
        waiting += [(each, resolver.in_subresource(each)) for each in one.subresources()]


def _resolve(resolver: object, reference: str) -> None:
    try:
        resolver.lookup(reference)  # type: ignore[attr-defined]
    except Unresolvable:
        raise SchemaFault(
            f"$ref {reference} leads nowhere inside the schema, and nothing is fetched; "
            "put what it names under $defs"
        ) from None


def _compiled(source: dict[str, object] | bool) -> jsonschema_rs.Draft202012Validator | None:
    if not clears(source):
        return None
    try:
        formats = _used_formats(source)
        if not formats:  # an empty table still costs 0.8 µs a call (jsonschema-rs 0.60.3)
            return jsonschema_rs.Draft202012Validator(source, offline=True)
        return jsonschema_rs.Draft202012Validator(
            source, validate_formats=True, formats=formats, offline=True
        )
    except (jsonschema_rs.ValidationError, jsonschema_rs.ReferencingError, ValueError):
        return None


def _as_finding(error: ValidationError) -> Finding:
    path = "$"
    for part in error.absolute_path:
        path = step(path, part)
    rule = f"schema.{error.validator}" if error.validator else "schema.false"
    return finding(rule if rule in RULES else "schema.other", path, error.message)
