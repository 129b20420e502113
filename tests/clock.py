"""A clock for tests: waits pass at once, so that hours of polling take a moment."""

from __future__ import annotations

import time
from datetime import UTC, datetime, timedelta

_REAL_SECONDS = 0.03  # the sandbox lives in real time: a little of it must pass with every wait


class FakeClock:
    """Fulfils ``processor.ports.Clock``.

    Attributes:
        waits: the seconds of every wait, in order.
    """

    def __init__(self, start: datetime | None = None) -> None:
        self._start = start or datetime.now(UTC)
        self._passed = 0.0
        self.waits: list[float] = []

    def now(self) -> datetime:
        return self._start + timedelta(seconds=self._passed)

    def monotonic(self) -> float:
        return self._passed

    def wait(self, seconds: float) -> None:
        self.waits.append(seconds)
        self._passed += max(0.0, seconds)
        time.sleep(min(max(0.0, seconds), _REAL_SECONDS))
