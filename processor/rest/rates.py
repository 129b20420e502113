"""Rates: how many requests a caller may make."""

from __future__ import annotations

from collections import OrderedDict
from math import ceil

from processor.ports import Clock

_MOST_CALLERS = 10_000


class Rates:
    """A bucket of tokens for each caller, filled at a fixed rate up to twice a second's worth."""

    def __init__(self, rate: float, clock: Clock) -> None:
        self._rate = rate
        self._most = max(2.0, 2 * rate)
        self._clock = clock
        self._buckets: OrderedDict[str, tuple[float, float]] = OrderedDict()

    def take(self, caller: str) -> int:
        """Take one; 0 when there was one, else the seconds after which there will be."""
        now = self._clock.monotonic()
        left, at = self._buckets.pop(caller, (self._most, now))
        left = min(self._most, left + (now - at) * self._rate)
        allowed = left >= 1
        self._buckets[caller] = (left - 1 if allowed else left, now)
        while len(self._buckets) > _MOST_CALLERS:
            self._buckets.popitem(last=False)
        return 0 if allowed else ceil((1 - left) / self._rate)
