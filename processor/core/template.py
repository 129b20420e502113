"""The prompt template: jinja2's sandboxed engine with the meaning DESIGN §5 gives to ``{{ … }}``."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any

from jinja2 import StrictUndefined, Template, TemplateSyntaxError, Undefined, nodes
from jinja2.exceptions import SecurityError, TemplateError, UndefinedError
from jinja2.sandbox import ImmutableSandboxedEnvironment

from processor.core.json_bytes import encode
from processor.errors import WrongUsage


class MissingField(Exception):
    """A template asks for a field that the item does not have."""

    def __init__(self, name: str) -> None:
        super().__init__(name)
        self.name = name


class _Missing(StrictUndefined):
    """A missing field is an error wherever its value is used, and the error knows its name."""

    __slots__ = ()

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        name = self._undefined_hint if self._undefined_name is None else self._undefined_name
        # What the engine raises for every use: comparing, adding, looping, asking for a part.
        self._undefined_exception = lambda _: MissingField(str(name))  # type: ignore[assignment]


class _KeysOnly(ImmutableSandboxedEnvironment):
    """Dots and brackets reach keys and positions, never methods or attributes."""

    def getattr(self, obj: Any, attribute: str) -> Any:
        return self.getitem(obj, attribute)

    def getitem(self, obj: Any, argument: Any) -> Any:
        if isinstance(obj, Undefined):
            obj._fail_with_undefined_error()  # of `a.b`, it is `a` that is missing
        if isinstance(obj, Mapping) and argument in obj:
            return obj[argument]
        is_position = isinstance(argument, int) and not isinstance(argument, bool)
        if (
            is_position
            and isinstance(obj, Sequence)
            and not isinstance(obj, str)
            and -len(obj) <= argument < len(obj)
        ):
            return obj[argument]
        return self.undefined(obj=obj, name=argument)


def _as_text(value: Any) -> Any:
    """What is no string is put in as JSON."""
    if isinstance(value, (str, Undefined)):
        return value
    try:
        return encode(value).decode()
    except TypeError:
        return _dumps(value)


def _dumps(value: Any, **options: Any) -> str:
    """JSON of what a template has put together, which may hold a missing field."""
    return json.dumps(value, ensure_ascii=False, allow_nan=False, default=_refuse, **options)


def _refuse(value: Any) -> Any:
    if isinstance(value, Undefined):
        value._fail_with_undefined_error()
    raise TypeError(f"a {type(value).__name__} is no JSON")


# The text goes to a model as it is: HTML escaping would change it.
_environment = _KeysOnly(
    undefined=_Missing,
    finalize=_as_text,
    autoescape=False,
    keep_trailing_newline=False,
)
_environment.policies["json.dumps_function"] = _dumps
_environment.policies["json.dumps_kwargs"] = {}

# What gives the same for the same values, whenever it is asked (``random`` does not).
_PURE_FILTERS = frozenset({"indent", "join", "length", "list", "lower", "sort", "tojson", "upper"})
_PURE_NODES = (nodes.Name, nodes.Const, nodes.Getattr, nodes.Getitem, nodes.Filter)


def compile_template(source: str, *, file: str) -> Template:
    """Compile ``source``; a syntax error names ``file``, the line and the engine's reason."""
    try:
        return _environment.from_string(source)
    except TemplateSyntaxError as error:
        raise WrongUsage(
            f"{file}, line {error.lineno}: {error.message}. "
            "Write a field as {{ name }} and the whole item as {{ item }}."
        ) from None


def parse_template(source: str) -> nodes.Template:
    """The syntax tree of a template that can be compiled."""
    return _environment.parse(source)


def constant_text(node: nodes.Expr, constants: Mapping[str, Any]) -> str | None:
    """What an expression of ``constants`` alone comes to; None where it may differ from item to item."""
    for part in (node, *node.find_all(nodes.Node)):
        if isinstance(part, nodes.Name) and part.name not in constants:
            return None
        if isinstance(part, nodes.Filter) and part.name not in _PURE_FILTERS:
            return None
        if not isinstance(part, _PURE_NODES):
            return None
    tree = nodes.Template([nodes.Output([node], lineno=1)], lineno=1)
    tree.set_environment(_environment)
    try:
        return render(_environment.from_string(tree), constants)
    except (MissingField, ValueError):
        return None


def render(template: Template, variables: Mapping[str, Any]) -> str:
    """Fill the template in.

    Raises:
        MissingField: a field used is not among ``variables``.
        ValueError: the template does what the sandbox forbids, or fails on this value.
    """
    try:
        return template.render(variables)
    except UndefinedError as error:
        raise MissingField(str(error.message)) from None
    except (SecurityError, TemplateError, TypeError, ArithmeticError) as error:
        raise ValueError(str(error)) from None
