"""The report as one HTML file that needs nothing else: no network, no other file."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from markupsafe import Markup

from processor.core.html_item import embeddable, item_line
from processor.core.html_page import html_page
from processor.core.outcome import GOOD, Outcome
from validation import RULES

MOST_NOT_ACCEPTED = 10_000
SAMPLED_ACCEPTED = 200
_TEXT_BUDGET = 12_000_000  # characters of raw text in one page; browsers take this in a second
_LONGEST_TEXT = 20_000
_SHORTEST_TEXT = 1_000


def html(report: Mapping[str, Any], envelopes: Iterable[Mapping[str, Any]]) -> Iterator[str]:
    """The page, in pieces; memory does not grow with the number of items.

    Args:
        report: as ``report.json`` has it.
        envelopes: those to show, in input order: see ``Shown``.
    """
    page = html_page("report", "report")
    shown = Shown(report["counts"])
    lines = (item_line(envelope, most_characters=shown.longest_text) for envelope in envelopes)
    context = {
        "report": report,
        "rules": RULES,
        "shown": shown,
        "items": (Markup(line) for line in lines),  # noqa: S704 - escaped for scripts by item_line
        "setup": Markup(embeddable({"outcomes": list(Outcome)})),  # noqa: S704 - as above
        **page.context(),
    }
    return page.template.generate(context)


class Shown:
    """Which items a page shows: those not accepted, and a sample of the others, both capped.

    Attributes:
        longest_text: characters of raw text shown of one item.
    """

    def __init__(self, counts: Mapping[str, int]) -> None:
        self.accepted_total = sum(counts[outcome] for outcome in GOOD)
        self.total = sum(counts.values())
        self.not_accepted = min(self.total - self.accepted_total, MOST_NOT_ACCEPTED)
        self.not_accepted_left_out = self.total - self.accepted_total - self.not_accepted
        # Every n-th accepted item, so that the sample is the same each time the page is made.
        self._stride = max(1, -(-self.accepted_total // SAMPLED_ACCEPTED))
        self.accepted = -(-self.accepted_total // self._stride)
        share = _TEXT_BUDGET // max(1, self.not_accepted + self.accepted)
        self.longest_text = min(max(share, _SHORTEST_TEXT), _LONGEST_TEXT)
        self._seen = {True: 0, False: 0}

    def takes(self, outcome: str) -> bool:
        """Whether the next item is shown; asked once for each, in input order."""
        good = outcome in GOOD
        number = self._seen[good]
        self._seen[good] += 1
        return number % self._stride == 0 if good else number < MOST_NOT_ACCEPTED
