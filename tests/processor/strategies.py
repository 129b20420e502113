"""What the properties of the processor are tried with."""

from __future__ import annotations

import json
from typing import Any

from hypothesis import strategies as st

# Text as JSON files can hold it: any character but lone surrogates.
characters = st.characters(codec="utf-8")
texts = st.text(characters, max_size=40)

_DEVICES = ("con", "PRN", "aux", "Nul", "com1", "LPT9", "con.txt", "COM0.json", "aux.")
_HOSTILE = (
    "..",
    ".",
    "../x",
    "a/b",
    "a\\b",
    "~",
    "%2F",
    "é",
    "E\u0301",
    "ß",
    "SS",
    "ı",
    "İ",
    " ",
    "x" * 300,
)
item_ids = (
    st.sampled_from((*_DEVICES, *_HOSTILE))
    | st.text(st.sampled_from("abAB._-~%/\\ \x00é"), min_size=1, max_size=6)
    | st.text(characters, min_size=1, max_size=200)
)
"""Ids, the hostile ones often."""

field_names = st.text(st.sampled_from("abcdefgxyz_"), min_size=1, max_size=8).filter(
    lambda name: name not in ("item", "schema", "loop", "self", "range", "dict", "namespace")
)

scalars = (
    st.none()
    | st.booleans()
    | st.integers(min_value=-(2**70), max_value=2**70)
    | st.floats(allow_nan=False, allow_infinity=False)
    | texts
)
json_values: st.SearchStrategy[Any] = st.recursive(
    scalars,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(texts, inner, max_size=4),
    max_leaves=12,
)
"""Whatever JSON can hold."""

items = st.dictionaries(field_names, json_values, max_size=6)

_SEPARATORS = st.sampled_from([(",", ":"), (", ", ": "), (" ,\n\t", " :\r\n")])


@st.composite
def json_texts(draw: st.DrawFn, values: st.SearchStrategy[Any]) -> str:
    """A value as JSON text, written in one of the ways in which people write it."""
    return json.dumps(
        draw(values),
        ensure_ascii=draw(st.booleans()),
        separators=draw(_SEPARATORS),
        indent=draw(st.sampled_from([None, None, 2])),
    )


json_arrays = st.lists(json_values, max_size=6)

usages = st.fixed_dictionaries(
    {kind: st.integers(0, 10**6) for kind in ("prompt", "cached", "output", "thoughts")}
)


@st.composite
def envelopes(draw: st.DrawFn) -> dict[str, Any]:
    """An envelope as far as a tally looks at it."""
    usage = draw(st.none() | usages)
    rules = st.lists(st.sampled_from(["schema.type", "require.missing", "x.y"]), max_size=3)
    return {
        "item_id": draw(item_ids),
        "outcome": draw(st.sampled_from(["accepted", "rejected", "failed", "reused", "pending"])),
        "findings": [{"rule": rule, "path": "$", "message": "m"} for rule in draw(rules)],
        "repairs": draw(st.lists(st.sampled_from(["code_fence", "bom"]), max_size=2)),
        "variants": draw(
            st.dictionaries(st.sampled_from("fg"), st.sampled_from(["f1", "f2"]), max_size=2)
        ),
        "usage": usage,
        "cost_usd": None if usage is None else draw(st.floats(0, 1)),
    }
