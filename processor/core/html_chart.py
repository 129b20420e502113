"""Bars for the HTML report, as inline SVG."""

from __future__ import annotations

from collections.abc import Sequence

from markupsafe import Markup

_GAP = 0.3  # of a hundred, between two parts


def bar(parts: Sequence[tuple[str, int]], total: int) -> Markup:
    """A bar of parts side by side, ``total`` long; the numbers themselves stand beside it as text.

    Args:
        parts: class name (which gives the colour) and amount.
    """
    pieces: list[Markup] = []
    at = 0.0
    for name, amount in parts:
        if amount <= 0 or total <= 0:
            continue
        width = 100 * amount / total
        drawn = max(width - _GAP, 0.4)  # something that is there can be seen
        pieces.append(
            Markup('<rect class="{}" x="{:.2f}" width="{:.2f}" height="10"/>').format(
                name, min(at, 100 - drawn), drawn
            )
        )
        at += width
    return Markup(
        '<svg class="bar" viewBox="0 0 100 10" preserveAspectRatio="none" aria-hidden="true">'
        '<rect class="ground" width="100" height="10"/>{}</svg>'
    ).format(Markup("").join(pieces))


def percent(amount: int, total: int) -> str:
    """A share in words: never 0 % for something, never 100 % for not all."""
    if total <= 0:
        return "–"
    share = 100 * amount / total
    if 0 < share < 1:
        return "< 1 %"
    if 99 < share < 100:
        return "> 99 %"
    return f"{share:.0f} %"
