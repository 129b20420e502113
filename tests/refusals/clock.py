"""A clock for tests: hours pass in moments."""

from __future__ import annotations

import time
from datetime import UTC, datetime, timedelta


class HurriedClock:
    """Waits as long as it is told on its own dial, and hardly at all in the world.

    Attributes:
        waits: every wait, in seconds.
    """

    def __init__(self, real_seconds: float = 0.02) -> None:
        self.waits: list[float] = []
        self._real_seconds = real_seconds
        self._ahead = 0.0

    def now(self) -> datetime:
        """The present moment of its own dial, in UTC."""
        return datetime.now(UTC) + timedelta(seconds=self._ahead)

    def monotonic(self) -> float:
        """Seconds that never go back."""
        return time.monotonic() + self._ahead

    def wait(self, seconds: float) -> None:
        """Let ``seconds`` pass on the dial."""
        self.waits.append(seconds)
        real = min(max(seconds, 0.0), self._real_seconds)
        time.sleep(real)
        self._ahead += max(seconds, 0.0) - real
