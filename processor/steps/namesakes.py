"""Namesakes: the jobs of the project that have one display name."""

from __future__ import annotations

from collections.abc import Iterator

from processor.core.fault import FaultKind, GatewayFault
from processor.core.ids import RunId
from processor.core.operation import JobView
from processor.errors import JobUnknown
from processor.ports import Gateway, JobRow

_PAGE_SIZE = 100  # without a page size the service has answered an empty list


def all_jobs(gateway: Gateway) -> Iterator[JobView]:
    """Every job of the key's project, page by page, in the service's order.

    Raises:
        GatewayFault: a page could not be read, or the pages do not come to an end.
    """
    token: str | None = None
    seen: set[str] = set()
    while True:
        page = gateway.page(size=_PAGE_SIZE, token=token)
        yield from page.jobs
        token = page.next_token
        if token is None:
            return
        if token in seen:
            raise GatewayFault(FaultKind.UNCLEAR, "the list of jobs runs in a circle")
        seen.add(token)


def namesakes(gateway: Gateway, job: JobRow) -> tuple[JobView, ...]:
    """All jobs of the project that have this job's display name; reads every page.

    Raises:
        GatewayFault: a page could not be read, or the pages do not come to an end.
    """
    return tuple(view for view in all_jobs(gateway) if view.display_name == job.display_name)


def two_jobs(run: RunId, found: tuple[JobView, ...]) -> JobUnknown:
    """The error for jobs that share one display name: which one is the run's, nobody can say."""
    names = " and ".join(f"{view.name} ({view.state})" for view in found)
    return JobUnknown(
        f"{len(found)} jobs have the display name {found[0].display_name!r}: {names}. Nothing was "
        "submitted. Cancel the one that is too much in AI Studio or with `truebatch cancel`, then "
        f"`truebatch resume {run}`.",
        run=run,
    )
