"""The dashboard as HTML: one file that needs nothing else, or a page of the service."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from processor.core.html_page import Rendered, Served, html_page
from processor.core.outcome import Outcome
from processor.core.overview import Overview, RunLine
from processor.core.overview_chart import MOST_COLOURS, OTHERS, accepted_chart, colours, cost_chart
from processor.core.overview_words import ago, lasting, usd
from validation import RULES

_STATES = ("running", "done", "failed")


def overview_page(overview: Overview, *, version: str, served: Served | None = None) -> Rendered:
    """The page.

    Args:
        served: of the service's page. None makes the page that is one file: its list filters itself, and
            nothing can be done on it.
    """
    names = [one.name for one in overview.tasks]
    colour = colours(overview.periods, names)
    return html_page("overview", "report", "overview").render(
        served,
        overview=overview,
        version=version,
        legend=_legend(colour),
        cost_chart=cost_chart(overview.periods, colour),
        accepted_chart=accepted_chart(overview.periods),
        any_cost=any(period.total_usd for period in overview.periods),
        any_judged=any(period.judged for period in overview.periods),
        rules=RULES,
        states=_STATES,
        ago=ago,
        lasting=lasting,
        usd=usd,
        parts=_parts,
        progress=_PROGRESS,
        query=_query,
    )


def _legend(colour: Mapping[str, str]) -> list[tuple[str, str]]:
    """Class and name of each colour, once."""
    last = f"t{MOST_COLOURS - 1}"
    sharing = [name for name, kind in colour.items() if kind == last]
    legend = [(kind, name) for name, kind in colour.items() if kind != last]
    if sharing:
        legend.append((last, sharing[0] if len(sharing) == 1 else OTHERS))
    return legend


_PROGRESS = (*((outcome.value, outcome.value) for outcome in Outcome), ("own", "answered so far"))
"""Class and name of each colour of a run's bar."""


def _parts(line: RunLine) -> Sequence[tuple[str, int]]:
    """What a run's bar shows: its outcomes at the end, its progress before."""
    if line.figures.ended:
        counts = line.figures.counts
        return [(outcome.value, counts.get(outcome, 0)) for outcome in Outcome]
    return [("own", line.answered or 0)]


def _query(overview: Overview, page: int) -> list[tuple[str, str]]:
    """The list's address on another page: what is chosen stays chosen."""
    choice = overview.choice
    given = (("words", choice.words), ("task", choice.task), ("state", choice.state))
    return [*(pair for pair in given if pair[1]), ("page", str(page))]
