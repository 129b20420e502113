"""A prompt: a task's template taken apart, so that what is the same for every item is encoded once."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import orjson
from jinja2 import nodes

from processor.core.json_bytes import encode
from processor.core.task import Task
from processor.core.template import constant_text, parse_template

_Part = bytes | tuple[str, ...]
"""A stretch of JSON text, or the path of a field in the item."""


class PromptMaker:
    """Makes the prompts of one task as JSON texts.

    Most templates are texts with fields in them: those are put together from pieces, in a tenth of the
    engine's time. A template that does more, and an item that lacks a field, go through the engine.

    Law: the same bytes either way (tests/processor/core/test_prompt.py).
    """

    def __init__(self, task: Task) -> None:
        self._task = task
        source = task.files.get("prompt.md", b"{{ item }}").decode("utf-8-sig")
        self._parts = _parts(source, task.schema)

    @property
    def is_simple(self) -> bool:
        """Whether prompts are put together without the engine."""
        return self._parts is not None

    def encode(self, value: Mapping[str, Any]) -> bytes:
        """The prompt for one item, quotation marks included.

        Raises:
            MissingField: the template uses a field that the item lacks.
            ValueError: the template fails on this item.
        """
        if self._parts is None:
            return orjson.dumps(self._task.render_prompt(value))
        try:
            pieces = [
                part if isinstance(part, bytes) else _field(value, part) for part in self._parts
            ]
        except LookupError:  # the engine knows what to say of a field that is not there
            return orjson.dumps(self._task.render_prompt(value))
        return b"".join(pieces)


def _field(value: Any, path: tuple[str, ...]) -> bytes:
    for name in path:
        if type(value) is not dict:
            raise LookupError(name)
        value = value[name]
    text = value if type(value) is str else encode(value).decode()
    return orjson.dumps(text)[1:-1]


def _parts(source: str, schema: Any) -> tuple[_Part, ...] | None:
    """The pieces of a template; None for one that does more than put fields into a text."""
    found: list[_Part] = []
    for node in parse_template(source).body:
        if not isinstance(node, nodes.Output):
            return None
        for piece in node.nodes:
            part = _part(piece, schema)
            if part is None:
                return None
            found.append(part)
    return (b'"', *found, b'"')


def _part(node: nodes.Expr, schema: Any) -> _Part | None:
    if isinstance(node, nodes.TemplateData):
        return orjson.dumps(node.data)[1:-1]
    path = _path(node)
    if path is not None and path[0] != "schema":
        return path[1:] if path[0] == "item" else path
    text = constant_text(node, {"schema": schema})
    return None if text is None else orjson.dumps(text)[1:-1]


def _path(node: nodes.Expr) -> tuple[str, ...] | None:
    """The names of ``a``, ``a.b`` or ``a["b"]``; None of anything else."""
    match node:
        case nodes.Name(name=name):
            return None if name == "self" else (name,)  # the engine's own word
        case nodes.Getattr(node=inner, attr=str(name)):
            before = _path(inner)
        case nodes.Getitem(node=inner, arg=nodes.Const(value=str(name))):
            before = _path(inner)
        case _:
            return None
    return None if before is None else (*before, name)
