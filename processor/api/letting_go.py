"""What runs that have ended need no more on the service: their attachments and caches."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from typing import NamedTuple

from processor.api.workplace import Workplace
from processor.core.advice import advice
from processor.core.attachment import Reference, attachment_name
from processor.core.context import is_cache_name
from processor.core.fault import GatewayFault
from processor.core.ids import RunId
from processor.core.referred import CacheState
from processor.core.remote import RemoteFile
from processor.core.state import FINAL
from processor.errors import ServiceRefused

CACHE = "cachedContents/"


class Held(NamedTuple):
    """A file or cache of ours on the service.

    Attributes:
        run: that refers to it; "" when every run that did has been removed.
        needed: whether a run that has not ended refers to it.
    """

    name: str
    run: str
    size_bytes: int | None
    needed: bool


def held_attachments(place: Workplace, files: Iterable[RemoteFile]) -> Iterator[Held]:
    """Which of ``files`` are attachments that this outputs folder has uploaded."""
    known = _references(place)
    references = {*known, *place.journal.uploads()}
    if not references:
        return
    mark = place.journal.mark()
    ours = {attachment_name(reference, mark): reference for reference in references}
    for file in files:
        reference = ours.get(file.display_name)
        if reference is not None:
            runs = known.get(reference, {})
            needed = [run for run, ended in runs.items() if not ended]
            run = next(iter(needed or runs), "")
            yield Held(file.name, run, file.size_bytes, bool(needed))


def held_caches(place: Workplace) -> Sequence[Held]:
    """The caches of this outputs folder that the service still keeps.

    Raises:
        ServiceRefused: it could not be asked.
    """
    rows = {row.display_name: row for row in place.journal.caches()}
    if all(row.state is CacheState.DELETED for row in rows.values()):
        return ()
    try:
        found = place.gateway().caches()
    except GatewayFault as fault:
        raise ServiceRefused(f"The caches could not be listed: {fault}. {advice(fault)}") from None
    held = []
    for cache in found:
        row = rows.get(cache.display_name)
        if row is not None and is_cache_name(cache.display_name):
            needed = place.row(row.run).state not in FINAL
            held.append(Held(cache.name, row.run, None, needed))
    return held


def forget(place: Workplace, name: str) -> None:
    """Have the journal know that a file or cache has gone."""
    if not name.startswith(CACHE):
        place.journal.forget_uploads([name])
        return
    for row in place.journal.caches():
        if row.name == name:
            place.journal.save_cache(replace(row, state=CacheState.DELETED))


def _references(place: Workplace) -> Mapping[Reference, Mapping[RunId, bool]]:
    """What runs refer to: each run, and whether it has ended."""
    found: dict[Reference, dict[RunId, bool]] = {}
    for run in place.journal.runs():
        for reference in place.journal.attachments(run.id):
            found.setdefault(reference, {})[run.id] = run.state in FINAL
    return found
