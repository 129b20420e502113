"""A sample: request lines evenly spaced over a stream whose length nobody knows yet."""

from __future__ import annotations

from typing import NamedTuple

from processor.core.history import Calibration

SAMPLE_REQUESTS = 20
_LEAST_ERROR = 0.02


class Sampled(NamedTuple):
    """One request line, and the input tokens that were estimated for it."""

    line: bytes
    tokens: int


class Sample:
    """Keeps between ``size`` and twice as many of what it is offered, or all of fewer.

    Law: what is kept stands at multiples of one distance in the stream, from its first on.
    """

    def __init__(self, size: int = SAMPLE_REQUESTS) -> None:
        self._most = 2 * size
        self._distance = 1
        self._offered = 0
        self._kept: list[Sampled] = []

    def offer(self, line: bytes, tokens: int) -> None:
        """Take the next request, or leave it."""
        if self._offered % self._distance == 0:
            if len(self._kept) == self._most:
                self._kept = self._kept[::2]
                self._distance *= 2
            if self._offered % self._distance == 0:
                self._kept.append(Sampled(line, tokens))
        self._offered += 1

    @property
    def kept(self) -> tuple[Sampled, ...]:
        """What was kept, in order."""
        return tuple(self._kept)


def calibrate_by_counts(estimated: list[int], counted: list[int], *, before: float) -> Calibration:
    """The calibration that the service's own counts of a sample give.

    Args:
        estimated: tokens of each, as estimated with the calibration factor ``before``.
        counted: of each, as the service counts.
    """
    factor = sum(counted) / sum(estimated) * before
    plural = "" if len(counted) == 1 else "s"
    return Calibration(
        factor=factor,
        answers=len(counted),
        between=_LEAST_ERROR,
        basis=f"countTokens of {len(counted)} prompt{plural} of the run",
    )
