"""Chooses among what a schema leaves open: branches, types, enum values."""

from collections.abc import Callable
from typing import Any

from sandbox.answers.draw import Draw
from sandbox.answers.merging import Refused, Schema, merge, resolve, types_of
from sandbox.answers.names import Sort, sort_of

DEEP = 7
"""From this depth on, the simplest choice is made, so that recursive schemas come to an end."""
NULL_SHARE = 0.12


class Choice:
    """Choices for one schema, by digest; later attempts choose otherwise."""

    def __init__(self, root: Any, draw: Draw) -> None:
        self._root = root
        self._draw = draw

    def branch(self, schema: Schema, path: str, depth: int) -> Schema:
        """A schema without `anyOf`, `oneOf` and `if`: one way to meet them.

        Raises
        ------
        Refused: no branch can be met.
        """
        for keyword in ("anyOf", "oneOf"):
            branches = schema.get(keyword)
            if isinstance(branches, list) and branches:
                rest = {key: value for key, value in schema.items() if key != keyword}
                schema = self._chosen(rest, branches, f"{path}~{keyword}", depth)
        if "if" in schema and self._draw.attempt % 2 == 0:
            schema = merge(schema, resolve(self._root, schema["if"]))
            schema = merge(schema, resolve(self._root, schema.get("then", True)))
        elif "if" in schema:
            schema = merge(schema, resolve(self._root, schema.get("else", True)))
        return schema

    def _chosen(self, rest: Schema, branches: list[Any], path: str, depth: int) -> Schema:
        merged = []
        for branch in branches:
            try:
                made = resolve(self._root, merge(rest, resolve(self._root, branch)))
            except Refused:
                continue
            merged.append(made)
        if not merged:
            raise Refused("no branch can be met")
        valued = [made for made in merged if types_of(made) != ["null"]]
        empty = len(valued) < len(merged)
        if empty and (not valued or depth > DEEP or self._draw.share(path) < NULL_SHARE):
            return next(made for made in merged if types_of(made) == ["null"])
        start = self._draw.number(f"{path}~which") + self._draw.attempt
        chosen = self._simplest(valued) if depth > DEEP else valued[start % len(valued)]
        return self.branch(chosen, f"{path}~", depth)

    def _simplest(self, branches: list[Schema]) -> Schema:
        return min(branches, key=lambda made: types_of(made)[0] in ("object", "array"))

    def _drawn_null(self, path: str) -> bool:
        return self._draw.share(f"{path}~null") < NULL_SHARE

    def of_enum(self, schema: Schema, path: str) -> Any:
        """One of the values that an enum allows."""
        values = [value for value in schema["enum"] if value is not None] or [None]
        if None in schema["enum"] and self._drawn_null(path):
            return None
        if "type" in schema:
            names = types_of(schema)
            values = [value for value in values if _is_of(value, names)] or values
        return self._draw.choose(path, values)

    def kind(self, schema: Schema, path: str, depth: int) -> str:
        """The type of value to make; sometimes null where null is allowed."""
        kinds = types_of(schema)
        valued = [kind for kind in kinds if kind != "null"]
        if not valued:
            return "null"
        if len(valued) < len(kinds):
            bound = sort_of(path.rpartition(".")[2]) is Sort.BOUND
            empty = valued[0] in ("object", "array") and self._drawn_null(path)
            if bound or depth > DEEP or empty:
                return "null"
        if depth > DEEP:
            valued.sort(key=lambda kind: kind in ("object", "array"))
            return valued[0]
        return valued[0] if self._draw.attempt == 0 else self._draw.choose(f"{path}~type", valued)


_TESTS: dict[str, Callable[[Any], bool]] = {
    "string": lambda value: isinstance(value, str),
    "boolean": lambda value: isinstance(value, bool),
    "null": lambda value: value is None,
    "array": lambda value: isinstance(value, list),
    "object": lambda value: isinstance(value, dict),
    "integer": lambda value: isinstance(value, int) and not isinstance(value, bool),
    "number": lambda value: isinstance(value, int | float) and not isinstance(value, bool),
}


def _is_of(value: Any, names: list[str]) -> bool:
    return any(_TESTS[name](value) for name in names if name in _TESTS)
