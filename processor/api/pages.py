"""Items from web addresses: lists of a Python program kept, pages fetched before the items are built."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Any

from processor.api.workplace import Workplace
from processor.core.address import host_name, parse_address
from processor.core.ids import RunId
from processor.errors import BadInput, WrongUsage
from processor.ports import RunRow
from processor.steps.input_file import URLS_COPY
from processor.steps.pages import Pages, shown

if TYPE_CHECKING:
    from processor.api.source import Source


def check_urls(urls: Sequence[str] | None) -> int | None:
    """Hold addresses of a Python program against what may be fetched, before anything is written.

    Returns:
        How many there are; None when none are given.

    Raises:
        BadInput: there is none, or some are no http(s) addresses; the message names all of them.
    """
    if urls is None:
        return None
    if isinstance(urls, str) or not urls:
        raise BadInput("urls is a list of addresses, one at least.")
    faults = []
    for number, url in enumerate(urls, 1):
        try:
            parse_address(url)
        except (ValueError, TypeError) as error:
            faults.append(f"address {number}: {error}")
    if faults:
        raise BadInput(
            f"{len(faults):,} of {len(urls):,} addresses are none. Nothing was fetched, nothing was "
            f"sent.\n  {shown(tuple(faults))}"
        )
    return len(urls)


def host_names(names: Sequence[str]) -> list[str]:
    """``--allow-host`` as addresses spell hosts.

    Raises:
        WrongUsage: one is no host's name.
    """
    found = []
    for name in [names] if isinstance(names, str) else names:
        try:
            found.append(host_name(name))
        except ValueError as error:
            raise WrongUsage(
                f"--allow-host {name!r}: {error}. A host is a name or an IP address, no more."
            ) from None
    return found


def keep_urls(place: Workplace, run: RunId, urls: Sequence[str]) -> None:
    """Write the addresses into the run's folder, where ``resume`` and ``retry`` find them."""
    folder = place.layout.run(run)
    try:
        with place.files.writing(folder / URLS_COPY, durable=True) as file:
            file.write(_lines(urls))
    except BaseException:
        place.files.remove(folder)  # the journal does not know the run yet: nobody else would
        raise


@contextmanager
def kept_urls_for_plan(urls: Sequence[str] | None) -> Iterator[Path | None]:
    """The addresses in a temporary file, as long as a plan is made; None when there are none."""
    if urls is None:
        yield None
        return
    with TemporaryDirectory(prefix="truebatch-") as folder:
        path = Path(folder) / URLS_COPY
        path.write_bytes(_lines(urls))
        yield path


def urls_of(place: Workplace, row: RunRow) -> Path | None:
    """Where the addresses of ``row``, or of the run that it retries, were kept."""
    return (
        place.layout.run(_family(place, row)[-1]) / URLS_COPY if row.options.get("urls") else None
    )


def pages_of_plan(place: Workplace) -> Pages:
    """The pages of a plan wait for the run that is planned."""
    return _pages(place, place.layout.waiting_pages, waiting=place.layout.waiting_pages)


def pages_of_run(place: Workplace, row: RunRow) -> Pages:
    """The pages of a run are its own; those of the runs that it retries are read, too."""
    own, *others = (place.layout.pages(run) for run in _family(place, row))
    fresh = row.options.get("fresh")
    waiting = None if fresh else place.layout.waiting_pages
    return _pages(place, own, others=tuple(others), waiting=waiting)


def with_pages(
    place: Workplace, source: Source, options: Mapping[str, Any], pages: Pages
) -> Source:
    """``source`` with a page for each address; unchanged when it has no addresses.

    Raises:
        BadInput: a page gave no article, and ``skip_unreachable`` is not set; all are named.
    """
    if not source.lists_pages:
        return source
    missed = pages.fetch(source.read(), allowed=frozenset(options.get("allow_host") or ()))
    if missed.lines:
        count = len(missed.lines)
        told = f"{count:,} page{'' if count == 1 else 's'} gave no article"
        if not options.get("skip_unreachable"):
            raise BadInput(
                f"{told}. Nothing was sent.\n  {shown(missed.lines)}\n"
                "The others are kept: the same again asks for these alone, --skip-unreachable "
                "(a service's `skip_unreachable`) goes on without them."
            )
        place.observer.warn(f"{told}, left out:\n  {shown(missed.lines)}")

    def read() -> Iterator[Any]:
        return pages.fill(source.read(), missed)

    return replace(source, read=read, again=read, excluded=(*source.excluded, *missed.lines))


def _pages(
    place: Workplace, folder: Path, *, others: tuple[Path, ...] = (), waiting: Path | None = None
) -> Pages:
    return Pages(
        files=place.files,
        clock=place.clock,
        observer=place.observer,
        folder=folder,
        others=others,
        waiting=waiting,
        web=place.web,
    )


def _family(place: Workplace, row: RunRow) -> list[RunId]:
    """The run, and those that it retries, the first of them last."""
    runs = [row.id]
    while row.retry_of is not None:
        row = place.row(row.retry_of)
        runs.append(row.id)
    return runs


def _lines(urls: Sequence[str]) -> bytes:
    return "".join(f"{url}\n" for url in urls).encode()
