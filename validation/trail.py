"""Where in an answer the resolving of names is, and what it has to say."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TypeAlias

from validation.finding import Finding, finding, step
from validation.places import Place, same, write_place

# The way to an object, the nearest key last. It is written as a path only where something is said.
Trail: TypeAlias = "tuple[Trail, str | int] | None"


def path_of(trail: Trail, key: str | int) -> str:
    """Return the JSON path of a member or element of the object that a trail leads to."""
    return step("$" if trail is None else path_of(*trail), key)


class Log:
    """What resolving the names of one answer has to say."""

    __slots__ = ("findings", "variants")

    def __init__(self) -> None:
        self.findings: list[Finding] = []
        self.variants: dict[str, list[str]] = {}

    def used(self, canonical: Place, name: str) -> None:
        """Note the name that an answer used for a canonical place."""
        names = self.variants.setdefault(write_place(canonical), [])
        if name not in names:
            names.append(name)


def are_twins(
    value: Mapping[str, object], keys: Sequence[str], name: str, trail: Trail, log: Log
) -> bool:
    """Say what several keys of one field hold, and return whether that is the same."""
    equal = all(same(value[keys[0]], value[key]) for key in keys[1:])
    rule = "fields.equal_twins" if equal else "fields.conflict"
    say = "hold the same value, which counts once" if equal else "hold different values"
    message = f"{', '.join(keys)} are one field and {say}"
    log.findings.append(finding(rule, path_of(trail, name), message))
    return equal
