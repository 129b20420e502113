"""The number for a field: one that stands in the text, else one by digest, within bounds."""

import math
import re
from decimal import Decimal
from typing import Any

from sandbox.answers.draw import Draw
from sandbox.answers.figures import figures, years
from sandbox.answers.names import Sort, sort_of
from sandbox.answers.texts import Field

_SPAN = 100
_SEARCHED = 50_000
_MAX_WHOLE = 1 << 53
_UNITS = {
    "cm": "cm", "mm": "mm", "m": "m", "km": "km", "kg": "kg", "g": "g", "mg": "mg", "ha": "ha",
    "percent": "%", "pct": "%", "days": "days", "years": "years", "hours": "h", "celsius": "°C",
}  # fmt: skip
_COUNTS = frozenset(
    ["count", "size", "number", "n", "replicates", "samples", "sites", "plots", "cores", "total"]
)
_COUNTED = frozenset(["samples", "sample", "plots", "plot", "patients", "participants", "cells"])


def number_for(
    field: Field, schema: dict[str, Any], given: Any, *, whole: bool, nullable: bool
) -> int | float | None:
    """A number within the schema's bounds; `given` is what the item has under that name.

    Where the item tells none and null is allowed, it is None.
    """
    low, high = _bounds(schema, whole=whole)
    step = schema.get("multipleOf")
    for option in _options(field, given):
        if _fits(option, schema, whole=whole):
            return int(option) if whole else option
    share = sort_of(field.name) is Sort.SHARE
    if nullable and not share:
        return None
    if share and low <= 0.5 and high >= 0.99 and not whole and not step:
        return round(0.5 + field.draw.share(field.path) * 0.49, 2)
    return _drawn(field.draw, field.path, schema, low, high, whole=whole)


def _options(field: Field, given: Any) -> list[int | float]:
    options: list[int | float] = []
    if isinstance(given, int | float) and not isinstance(given, bool):
        options.append(given)
    elif isinstance(given, str):
        options += [figure.value for figure in figures(given)]
    sort = sort_of(field.name)
    if sort is Sort.YEAR:
        return options + years(field.focus) + years(field.item.text[:_SEARCHED])
    if sort is not Sort.SHARE:
        options += _figures_for(field)
    return options


def _figures_for(field: Field) -> list[int | float]:
    """Figures of the focus that the field's name can mean, the likeliest first.

    A name with a unit in it (`depth_cm`) takes figures of that unit, a count (`sample_size`) whole
    numbers without one; a second number beside `value` begins elsewhere in the sentence.
    """
    words = set(re.split(r"[^a-z]+", field.name.lower()))
    told = figures(field.focus)
    units = words & _UNITS.keys()
    if units:
        wanted = {_UNITS[unit] for unit in units}
        told = tuple(one for one in told if one.unit in wanted)
    elif words & _COUNTS:
        told = tuple(one for one in told if not one.unit or one.unit in _COUNTED)
        return [one.value for one in told if not _is_year(one.value)]
    told = tuple(one for one in told if one.unit or not _is_year(one.value)) or told
    if "value" not in words and len(told) > 1:
        start = field.draw.number(f"{field.path}~figure") % len(told)
        told = told[start:] + told[:start]
    return [one.value for one in told]


def _is_year(value: int | float) -> bool:
    return isinstance(value, int) and 1800 <= value <= 2099


def _fits(value: int | float, schema: dict[str, Any], *, whole: bool) -> bool:
    if not math.isfinite(value) or (whole and value != int(value)):
        return False
    if not schema.get("minimum", -math.inf) <= value <= schema.get("maximum", math.inf):
        return False
    low, high = schema.get("exclusiveMinimum"), schema.get("exclusiveMaximum")
    if (low is not None and value <= low) or (high is not None and value >= high):
        return False
    step = schema.get("multipleOf")
    return step is None or Decimal(str(value)) % Decimal(str(step)) == 0


def _bounds(schema: dict[str, Any], *, whole: bool) -> tuple[float, float]:
    lows = [schema[name] for name in ("minimum", "exclusiveMinimum") if name in schema]
    highs = [schema[name] for name in ("maximum", "exclusiveMaximum") if name in schema]
    low = max(lows) if lows else (min(*highs, 0) - _SPAN if highs else 0)
    high = min(highs) if highs else max(low, 0) + _SPAN
    if lows and not highs and whole:
        high = min(high, _MAX_WHOLE) if low < _MAX_WHOLE else high
    return low, high


def _drawn(
    draw: Draw, path: str, schema: dict[str, Any], low: float, high: float, *, whole: bool
) -> int | float:
    step = schema.get("multipleOf")
    if step is not None:
        return _multiple(draw, path, schema, low, high, whole=whole)
    if whole:
        first, last = math.ceil(low), math.floor(high)
        first += first == schema.get("exclusiveMinimum")
        last -= last == schema.get("exclusiveMaximum")
        return draw.between(path, first, last) if first <= last else first
    value = low + (high - low) * (0.05 + 0.9 * draw.share(path))
    rounded = round(value, 2)
    return rounded if low < rounded < high or _at_edge(rounded, schema, low, high) else value


def _at_edge(value: float, schema: dict[str, Any], low: float, high: float) -> bool:
    return low <= value <= high and _fits(value, schema, whole=False)


def _multiple(
    draw: Draw, path: str, schema: dict[str, Any], low: float, high: float, *, whole: bool
) -> int | float:
    step = Decimal(str(schema["multipleOf"]))
    first = math.ceil(Decimal(str(low)) / step)
    last = math.floor(Decimal(str(high)) / step)
    for turn in range(16):
        times = draw.between(f"{path}~{turn}", first, last) if first <= last else first
        value = step * times
        number = int(value) if value == value.to_integral_value() else float(value)
        if _fits(number, schema, whole=whole):
            return number
    return int(step * first) if whole else float(step * first)
