"""What the property tests draw from, and how values are compared."""

from __future__ import annotations


def exactly(value: object) -> object:
    """Return what equals another's only if both are the same JSON: 1, 1.0 and true differ."""
    if isinstance(value, dict):
        return {"object": [(key, exactly(one)) for key, one in value.items()]}
    if isinstance(value, list):
        return [exactly(one) for one in value]
    return (type(value).__name__, repr(value))
