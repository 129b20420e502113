"""The page on which a run is submitted, and the one that says what went wrong."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from processor.core.html_page import Rendered, Served, html_page

FIELDS = ("task", "items", "run", "model", "max_cost")


def form_page(
    tasks: Sequence[Mapping[str, Any]],
    *,
    given: Mapping[str, str],
    fault: str | None,
    most_megabytes: int,
    key: str,
    version: str,
    served: Served,
) -> Rendered:
    """The form.

    Args:
        tasks: ``name`` and ``description`` of each that may be chosen.
        given: what was filled in before, by field.
        fault: what was wrong with it.
        key: tells this form from the next one, so that sending it twice makes one run.
    """
    filled = {name: given.get(name, "") for name in FIELDS}
    return html_page("new", "report", "overview").render(
        served,
        tasks=tasks,
        given=filled,
        fault=fault,
        most=most_megabytes,
        key=key,
        version=version,
    )


def message_page(
    title: str, message: str, *, run: str | None, version: str, served: Served
) -> Rendered:
    """A page that says one thing.

    Args:
        run: where one goes on from there; None: to all runs.
    """
    page = html_page("message", "report", "overview")
    return page.render(served, title=title, message=message, run=run, version=version)
