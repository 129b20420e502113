"""The real time."""

from __future__ import annotations

import threading
import time
from datetime import UTC, datetime

from processor.errors import Terminated


class SystemClock:
    """The machine's clock. A wait ends early when a signal handler raises."""

    def now(self) -> datetime:
        """The present moment, in UTC."""
        return datetime.now(UTC)

    def monotonic(self) -> float:
        """Seconds on a clock that never goes back."""
        return time.monotonic()

    def wait(self, seconds: float) -> None:
        """Sleep for ``seconds``; none and less return at once."""
        if seconds > 0:
            time.sleep(seconds)


class StoppableClock(SystemClock):
    """The machine's clock for many threads: ``stop`` ends every wait, now and later."""

    def __init__(self) -> None:
        self._stopped = threading.Event()

    def wait(self, seconds: float) -> None:
        """Sleep for ``seconds``.

        Raises:
            Terminated: ``stop`` was called; what the service has, goes on.
        """
        if self._stopped.wait(max(0.0, seconds)):
            raise Terminated("The service is stopping; it goes on with the run when it is started.")

    def stop(self) -> None:
        """End every wait."""
        self._stopped.set()
