"""The comparison as one HTML file that needs nothing else: no network, no other file."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from markupsafe import Markup

from processor.core.compared import GIVEN
from processor.core.contrast_line import LONGEST_VALUE, MOST_ROWS
from processor.core.html_page import html_page
from processor.core.outcome import GOOD

_MOST_FIELDS = 200


def html_contrast(found: Mapping[str, Any], lines: Sequence[str], version: str) -> Iterator[str]:
    """The page, in pieces.

    Args:
        found: as ``Contrast.as_json`` has it, with ``fields_asked``.
        lines: of the items to show: ``Contrast.lines``.
    """
    page = html_page("contrast", "report", "contrast")
    return page.template.generate(
        found=found,
        items=(Markup(line) for line in lines),  # noqa: S704 - escaped for scripts by contrast_line
        alike=[one for one in found["fields"] if one["agreement"] == 1],
        unlike=[one for one in found["fields"] if one["agreement"] != 1],
        good={*GOOD, GIVEN},
        version=version,
        share=share_text,
        longest=LONGEST_VALUE,
        most_rows=MOST_ROWS,
        most_fields=_MOST_FIELDS,
        **page.context(),
    )


def share_text(share: float) -> str:
    """A share in words: never 0 % for something, never 100 % for not all."""
    if 0 < share < 0.001:
        return "< 0.1 %"
    if 0.999 < share < 1:
        return "> 99.9 %"
    return f"{share:.1%}".replace("%", " %")
