"""Patience: asking the service again, at the fixed interval, as often as is allowed."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TypeVar

from processor.core.fault import FaultKind, GatewayFault
from processor.ports import Clock, Observer

Answer = TypeVar("Answer")

FEW = 4
"""How often a question is asked before a job exists, or answers are fetched, until it is given up."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Patience:
    """The pace at which the service is asked.

    Attributes:
        interval_seconds: between two questions; fixed, never growing.
        settle_seconds: how long the service may take to list a job it has made.
    """

    clock: Clock
    observer: Observer
    interval_seconds: float
    settle_seconds: float

    def ask(self, step: str, question: Callable[[], Answer], *, tries: int = FEW) -> Answer:
        """The answer to ``question``; passing faults are waited out.

        Only for questions that may be asked twice.

        Raises:
            GatewayFault: a definite refusal, or the last of ``tries``.
        """
        for attempt in range(1, tries + 1):
            try:
                return question()
            except GatewayFault as fault:
                if fault.kind is FaultKind.REFUSED or attempt == tries:
                    raise
                self.observer.step(
                    step,
                    f"{fault}; asking again in {self.interval_seconds:g} s"
                    f" (try {attempt + 1} of {tries})",
                )
            self.clock.wait(self.interval_seconds)
        raise AssertionError("unreachable: the last try returns or raises")
