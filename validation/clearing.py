"""Which schemas the compiled validator may clear by itself."""

from __future__ import annotations

from collections.abc import Mapping

_DIFFERENT = frozenset({"format", "pattern", "patternProperties", "multipleOf", "$dynamicRef",
                        "unevaluatedItems", "unevaluatedProperties"})  # fmt: skip


def clears(source: object) -> bool:
    """Whether the compiled validator's "valid" is always the reference's too."""
    if isinstance(source, Mapping):
        return not (_DIFFERENT & source.keys()) and all(map(clears, source.values()))
    if isinstance(source, list):
        return all(map(clears, source))
    return True
