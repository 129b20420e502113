"""One differing item as the comparison's page reads it: a line of JSON no HTML parser can misread."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from processor.core.agreement import WHOLE, FieldDifference
from processor.core.compared import Compared
from processor.core.html_item import embeddable
from processor.core.json_bytes import encode

MOST_ROWS = 40
"""Fields of an item that are shown."""
LONGEST_VALUE = 1_500
"""Characters shown of one value."""
_TEXT_BUDGET = 8_000  # characters of one item; 700 items make a page that opens at once
_MOST_ELEMENTS = 30  # of a list, on each side


def contrast_line(
    entry: Mapping[str, Any], a: Compared, b: Compared, differences: Sequence[FieldDifference]
) -> str:
    """The item's line, without its newline.

    Returns:
        JSON ``{"id", "a", "b", "share", "why", "rows": [[field, share, in both, A, B]], "more"}``; A and
        B are lists of texts, None where that side lacks the field.
    """
    if entry["agreement"] is None:
        differences = [_whole(a, b)]
    rows = []
    left = _TEXT_BUDGET
    for one in differences[:MOST_ROWS]:
        texts = [_texts(one.a, left), _texts(one.b, left)]
        rows.append([one.field, round(one.share, 4), one.common, *texts])
        left -= sum(len(text) for side in texts for text in side or ())
        if left <= 0:
            break
    return embeddable(
        {
            "id": entry["item_id"],
            "a": entry["outcome_a"],
            "b": entry["outcome_b"],
            "share": entry["agreement"],
            "why": entry["why"],
            "rows": rows,
            "more": len(differences) - len(rows),
        }
    )


def _whole(a: Compared, b: Compared) -> FieldDifference:
    sides = [None if one.data is None else (one.data,) for one in (a, b)]
    return FieldDifference(field=WHOLE, share=0.0, a=sides[0], b=sides[1])


def _texts(values: Sequence[Any] | None, left: int) -> list[str] | None:
    if values is None:
        return None
    longest = min(LONGEST_VALUE, max(left // 2, 80))
    shown = []
    for value in values[:_MOST_ELEMENTS]:
        shown.append(_cut(value, longest))
        longest = max(80, longest - len(shown[-1]))
    if len(values) > len(shown):
        shown.append(f"… and {len(values) - len(shown):,} more")
    return shown


def _cut(value: Any, longest: int) -> str:
    text = value if isinstance(value, str) else encode(value).decode()
    return text if len(text) <= longest else text[:longest] + " …"
