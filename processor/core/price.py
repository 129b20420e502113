"""Prices, with the day on which they begin."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

_PER_TOKEN = 1_000_000  # prices are in USD for a million tokens
LONG_PROMPT_TOKENS = 200_000
"""A longer prompt is billed, all of it and its answer, at the long rates where a model has some.

Source: the pricing page's two columns ("prompts <= 200k", "> 200k"), read 2026-11-21."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Rates:
    """USD for a million tokens; output includes thinking tokens."""

    batch_input: float
    batch_output: float
    batch_cached: float
    interactive_input: float
    interactive_output: float
    interactive_cached: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Price(Rates):
    """One model's rates from ``since`` until the next price begins.

    Attributes:
        long: for requests whose prompt is above 200,000 tokens; None: the same rates.
        cache_storage: for a million tokens kept in an explicit cache, each hour; None: not known.
    """

    since: date
    long: Rates | None = None
    cache_storage: float | None = None
    source: str = ""

    def batch_usd(self, *, prompt: int, cached: int, output: int) -> float:
        """What a batch request costs; ``prompt`` includes ``cached``, ``output`` the thoughts."""
        rates = self.rates(prompt)
        fresh = max(prompt - cached, 0)
        return (
            fresh * rates.batch_input + cached * rates.batch_cached + output * rates.batch_output
        ) / _PER_TOKEN

    def interactive_usd(self, *, prompt: int, cached: int, output: int) -> float:
        """What the same request would have cost outside batch."""
        rates = self.rates(prompt)
        fresh = max(prompt - cached, 0)
        return (
            fresh * rates.interactive_input
            + cached * rates.interactive_cached
            + output * rates.interactive_output
        ) / _PER_TOKEN

    def rates(self, prompt: int) -> Rates:
        """The rates for a request whose prompt has so many tokens."""
        return self.long if self.long is not None and prompt > LONG_PROMPT_TOKENS else self
