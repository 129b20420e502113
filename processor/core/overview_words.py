"""Words of the dashboard: how long, how long ago, how much."""

from __future__ import annotations

_UNITS = ((86_400, "d"), (3_600, "h"), (60, "min"), (1, "s"))
_CENTS_FROM = 0.1  # below it cents say too little


def lasting(seconds: float) -> str:
    """A length of time by its largest unit, and the next one while that says something: ``1 h 5 min``."""
    whole = max(0, int(seconds))
    for number, (size, name) in enumerate(_UNITS):
        if whole >= size:
            count, rest = divmod(whole, size)
            if count < 10 and number + 1 < len(_UNITS):
                smaller, small_name = _UNITS[number + 1]
                if rest >= smaller:
                    return f"{count} {name} {rest // smaller} {small_name}"
            return f"{count} {name}"
    return "0 s"


def ago(seconds: float) -> str:
    """How long something is past, by its largest unit."""
    whole = max(0, int(seconds))
    for size, name in _UNITS:
        if whole >= size:
            return f"{whole // size} {name} ago"
    return "now"


def usd(value: float | None) -> str:
    """An amount of money: cents where they say enough."""
    if value is None:
        return "–"
    return f"${value:,.2f}" if value == 0 or value >= _CENTS_FROM else f"${value:.4f}"
