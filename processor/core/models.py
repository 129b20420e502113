"""What is known of the models: prices with the dates between which they hold."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from processor.errors import WrongUsage

_PER_TOKEN = 1_000_000  # prices are in USD for a million tokens
_PRICE_FIELDS = (
    "batch_input", "batch_output", "batch_cached",
    "interactive_input", "interactive_output", "interactive_cached",
)  # fmt: skip


@dataclass(frozen=True, slots=True, kw_only=True)
class Price:
    """One model's prices, USD for a million tokens, from ``since`` until the next price begins.

    Output includes thinking tokens.
    """

    since: date
    batch_input: float
    batch_output: float
    batch_cached: float
    interactive_input: float
    interactive_output: float
    interactive_cached: float

    def batch_usd(self, *, prompt: int, cached: int, output: int) -> float:
        """What a batch request costs; ``prompt`` includes ``cached``, ``output`` the thoughts."""
        fresh = max(prompt - cached, 0)
        return (
            fresh * self.batch_input + cached * self.batch_cached + output * self.batch_output
        ) / _PER_TOKEN

    def interactive_usd(self, *, prompt: int, cached: int, output: int) -> float:
        """What the same request would have cost outside batch."""
        fresh = max(prompt - cached, 0)
        return (
            fresh * self.interactive_input
            + cached * self.interactive_cached
            + output * self.interactive_output
        ) / _PER_TOKEN


@dataclass(frozen=True, slots=True, kw_only=True)
class Model:
    """One model: its limits and its prices, oldest first."""

    name: str
    context_tokens: int
    max_output_tokens: int
    prices: tuple[Price, ...]

    def price_on(self, day: date) -> Price | None:
        """The price that holds on ``day``; None before the first."""
        holding = [price for price in self.prices if price.since <= day]
        return holding[-1] if holding else None


def parse_models(text: str, *, origin: str) -> Mapping[str, Model]:
    """Read a ``models.toml``.

    Raises:
        WrongUsage: it is no such file; the model and the field are named.
    """
    try:
        tables = tomllib.loads(text).get("models", {})
    except tomllib.TOMLDecodeError as error:
        raise WrongUsage(f"{origin}: {error}.") from None
    return {name: _model(name, table, origin) for name, table in tables.items()}


def _model(name: str, table: Mapping[str, Any], origin: str) -> Model:
    try:
        prices = sorted((_price(entry) for entry in table["prices"]), key=lambda p: p.since)
        return Model(
            name=name,
            context_tokens=int(table["context_tokens"]),
            max_output_tokens=int(table["max_output_tokens"]),
            prices=tuple(prices),
        )
    except (KeyError, TypeError, ValueError) as error:
        raise WrongUsage(f"{origin}, model {name}: {error!r}.") from None


def _price(entry: Mapping[str, Any]) -> Price:
    since = entry["since"]
    if not isinstance(since, date):
        raise TypeError("since is a date, such as 2026-11-22")
    return Price(since=since, **{field: float(entry[field]) for field in _PRICE_FIELDS})
