"""The hub: what the driver says of runs, for those who listen."""

from __future__ import annotations

import asyncio
from collections import OrderedDict
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any

_MOST_PROBLEMS = 10_000
_MOST_WAITING = (
    256  # events; a listener that is slower loses the oldest, and reads the journal anyway
)


class Hub:
    """Passes events on. Nothing depends on it but speed: the journal has the truth.

    All of it happens on the event loop.

    Args:
        folder: the outputs folder; it is taken out of messages, for clients know no paths.
    """

    def __init__(self, folder: str) -> None:
        self._folder = folder
        self._listeners: dict[str, set[asyncio.Queue[Mapping[str, Any]]]] = {}
        self._problems: OrderedDict[str, Mapping[str, Any]] = OrderedDict()

    def hear(self, event: Mapping[str, Any]) -> None:
        """Take an event of the driver."""
        run = str(event.get("run", ""))
        if "problem" in event:
            if not self._note_problem(run, event["problem"]):
                return
        elif "ended" in event:
            self._problems.pop(run, None)
        if "message" in event:
            event = {**event, "message": event["message"].replace(self._folder, "")}
        for queue in self._listeners.get(run, ()):
            if queue.full():
                queue.get_nowait()
            queue.put_nowait(event)

    def problem(self, run: str) -> Mapping[str, Any] | None:
        """Why the run could not go on at the last look; None when it could."""
        return self._problems.get(run)

    @contextmanager
    def listening(self, run: str) -> Iterator[asyncio.Queue[Mapping[str, Any]]]:
        """The events of ``run``, as long as the block lasts."""
        queue: asyncio.Queue[Mapping[str, Any]] = asyncio.Queue(_MOST_WAITING)
        self._listeners.setdefault(run, set()).add(queue)
        try:
            yield queue
        finally:
            listeners = self._listeners[run]
            listeners.discard(queue)
            if not listeners:
                del self._listeners[run]

    def _note_problem(self, run: str, problem: Mapping[str, Any] | None) -> bool:
        """Whether anything is new."""
        if self._problems.get(run) == problem:
            return False
        if problem is None:
            del self._problems[run]
            return True
        self._problems[run] = problem
        while len(self._problems) > _MOST_PROBLEMS:
            self._problems.popitem(last=False)
        return True
