"""Field rules: canonical names, the variants that models use, and what must be there."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import NamedTuple

from validation.finding import Finding, finding
from validation.verdict import NO_VARIANTS


class FieldsFault(ValueError):
    """fields.toml cannot be used; the message names the table and what to change."""


class Resolved(NamedTuple):
    value: object
    findings: tuple[Finding, ...] = ()
    variants: Mapping[str, str] = NO_VARIANTS
    repairs: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class FieldRules:
    """Compiled field rules."""

    root: str
    names: Mapping[str, str]
    labels: Mapping[str, str]
    all: tuple[str, ...]
    any: tuple[tuple[str, ...], ...]

    def resolve(self, value: object) -> Resolved:
        if not isinstance(value, dict):
            return Resolved(value)
        out: dict[str, object] = {}
        variants: dict[str, str] = {}
        found: list[Finding] = []
        for key, one in value.items():
            canonical = self.names.get(fold(key), key)
            if canonical in out:
                if out[canonical] != one:
                    found.append(finding("fields.conflict", f"$.{canonical}", "two values"))
                continue
            out[canonical] = one
            if canonical != key:
                variants[canonical] = key
        for label in self.all:
            if out.get(self.labels.get(label, label)) is None:
                found.append(finding("fields.missing", f"$.{label}", f"{label} is missing"))
        for group in self.any:
            if all(out.get(self.labels.get(label, label)) is None for label in group):
                found.append(finding("fields.missing_any", "$", f"one of {group} is missing"))
        return Resolved(out, tuple(found), variants)


def fold(name: str) -> str:
    folded = name.casefold().replace(" ", "").replace("_", "").replace("-", "")
    return folded.removesuffix("s")


def compile_fields(source: Mapping[str, object]) -> FieldRules:
    fields = source.get("fields", {})
    require = source.get("require", {})
    answer = source.get("answer", {})
    assert isinstance(fields, Mapping) and isinstance(require, Mapping)
    assert isinstance(answer, Mapping)
    names: dict[str, str] = {}
    labels: dict[str, str] = {}
    for label, table in fields.items():
        canonical = table["names"][0]
        labels[label] = canonical
        for name in table["names"]:
            names[fold(name)] = canonical
    return FieldRules(
        root=str(answer.get("root", "object")),
        names=names,
        labels=labels,
        all=tuple(require.get("all", ())),
        any=tuple(tuple(group) for group in require.get("any", ())),
    )
