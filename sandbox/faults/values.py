"""Faults of the value that is answered with: fields that drift, lack, or have another type."""

from collections.abc import Callable, Iterator
from typing import Any

from sandbox.wire import camel

Accepts = Callable[[Any], bool]

# What models like to call these fields: drift in wording, beside that in case and plural.
# Source: public issue threads of projects that extract with Gemini, read 2026-11-21.
NAMES = {
    "quantitative_findings": ("key_findings",),
    "research_methodology": ("methodology",),
    "findings": ("key_findings", "results"),
    "methodology": ("methods", "research_methodology"),
    "methods": ("methodology",),
    "metadata": ("paper_metadata",),
    "summary": ("abstract", "overview"),
    "title": ("headline",),
    "category": ("label", "class"),
    "categories": ("labels",),
    "sentiment": ("sentiment_label",),
    "confidence": ("confidence_score",),
    "keywords": ("key_terms",),
    "entities": ("named_entities",),
    "people": ("persons",),
    "persons": ("people",),
    "organisations": ("organizations",),
    "organizations": ("organisations",),
    "reasoning": ("rationale",),
    "rationale": ("reasoning",),
}


def rename_fields(value: dict[str, Any], _: Accepts, number: int) -> Any:
    """One field of the root under a name that models like; the order of fields stays."""
    known = [name for name in value if name in NAMES]
    if known:
        # The first two are mostly what an answer is about.
        name = known[-2:][number % len(known[-2:])]
        other = NAMES[name][number // 7 % len(NAMES[name])]
    else:
        if not value:
            return value
        name = list(value)[number % len(value)]
        other = _drifted(name)
    if other in value:
        return value
    return {(other if key == name else key): inner for key, inner in value.items()}


def _drifted(name: str) -> str:
    if camel(name) != name:
        return camel(name)
    return name.capitalize() if name != name.capitalize() else name.lower()


def wrong_type(value: dict[str, Any], accepts: Accepts, number: int) -> Any:
    """A number as text, a text as a list: the first change, by digest, that the schema refuses."""
    return _first_refused(value, accepts, number, _other_type)


def missing_field(value: dict[str, Any], accepts: Accepts, number: int) -> Any:
    """A field less: one that the schema requires, where it requires any."""
    return _first_refused(value, accepts, number, None)


def extra_field(value: dict[str, Any], _: Accepts, __: int) -> Any:
    """A field more."""
    return value | {"model_notes": "Nothing else was found."}


def wrap(value: dict[str, Any], _: Accepts, __: int) -> Any:
    """All of it inside an object of one field."""
    return {"result": value}


def _other_type(value: Any) -> Any:
    match value:
        case bool() | None:
            return str(value).lower()
        case int() | float():
            return f"{value}"
        case str():
            return [value]
        case list():
            return {"items": value}
        case _:
            return "see text"


def _first_refused(
    value: dict[str, Any], accepts: Accepts, number: int, change: Callable[[Any], Any] | None
) -> Any:
    paths = list(_paths(value))
    if not paths:
        return value
    turned = paths[number % len(paths) :] + paths[: number % len(paths)]
    made = (_changed(value, path, change) for path in turned)
    return next((other for other in made if not accepts(other)), _changed(value, turned[0], change))


def _paths(value: dict[str, Any]) -> Iterator[tuple[str, ...]]:
    for name in value:
        yield (name,)
    for name, inner in value.items():
        if isinstance(inner, dict):
            for path in _paths(inner):
                yield (name, *path)


def _changed(
    value: dict[str, Any], path: tuple[str, ...], change: Callable[[Any], Any] | None
) -> dict[str, Any]:
    name, *rest = path
    if rest:
        return value | {name: _changed(value[name], tuple(rest), change)}
    if change is None:
        return {key: inner for key, inner in value.items() if key != name}
    return value | {name: change(value[name])}


VALUE_FAULTS: dict[str, Callable[[dict[str, Any], Accepts, int], Any]] = {
    "renamed_fields": rename_fields,
    "wrong_type": wrong_type,
    "missing_field": missing_field,
    "extra_field": extra_field,
    "wrapped": wrap,
}
