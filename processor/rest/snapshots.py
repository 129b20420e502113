"""Snapshots of runs: many clients ask at once, the journal is asked once."""

from __future__ import annotations

import asyncio
from collections import OrderedDict

from processor.core.status import Status
from processor.ports import Clock
from processor.rest.office import Office

_FRESH_SECONDS = 0.2
_MOST = 1_000


class Snapshots:
    """Where runs stand, at most a fifth of a second ago.

    One question is under way for each run, however many wait for its answer. All of it happens on the
    event loop.
    """

    def __init__(self, office: Office, clock: Clock) -> None:
        self._office = office
        self._clock = clock
        self._taken: OrderedDict[str, tuple[float, asyncio.Task[Status | None]]] = OrderedDict()

    async def of(self, run: str) -> Status | None:
        """Where the run stands; None when there is none."""
        now = self._clock.monotonic()
        taken, task = self._taken.get(run, (0.0, None))
        if task is None or (task.done() and now - taken > _FRESH_SECONDS):
            task = asyncio.create_task(self._office.ask(lambda one: one.standing(run)))
            self._keep(run, task)
            task.add_done_callback(lambda done: self._keep(run, done))
        return await asyncio.shield(task)

    def forget(self, run: str) -> None:
        """The next one who asks gets a new answer."""
        self._taken.pop(run, None)

    def _keep(self, run: str, task: asyncio.Task[Status | None]) -> None:
        self._taken[run] = (self._clock.monotonic(), task)
        self._taken.move_to_end(run)
        while len(self._taken) > _MOST:
            self._taken.popitem(last=False)
