"""A model: what is known of it, each part with its source."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from enum import StrEnum

from processor.core.price import Price


class Kind(StrEnum):
    """What a model answers with."""

    TEXT = "text"
    IMAGE = "image"
    SPEECH = "speech"
    EMBEDDING = "embedding"


@dataclass(frozen=True, slots=True, kw_only=True)
class Thinking:
    """How thinking is set: by ``levels``, or by a budget of tokens, never by both.

    Attributes:
        levels: lower case; empty for models that take a budget.
        default: the level of a request that sets none; None when it is not known.
        least_budget, most_budget: tokens; besides them -1 lets the model decide.
        may_be_off: whether a budget of 0 is taken.
    """

    levels: tuple[str, ...] = ()
    default: str | None = None
    least_budget: int | None = None
    most_budget: int | None = None
    may_be_off: bool = False
    source: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Parameters:
    """Fields of a request, by their names on the wire, that this model does not want.

    Attributes:
        deprecated: taken, and advised against.
        ignored: taken without an effect.
        rejected: refused with 400.
        since: from this day on; None: always.
    """

    deprecated: tuple[str, ...] = ()
    ignored: tuple[str, ...] = ()
    rejected: tuple[str, ...] = ()
    since: date | None = None
    source: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Caching:
    """From how many tokens on a shared beginning is cached by itself."""

    least_tokens: int
    source: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Enqueued:
    """Tokens that all active batch jobs of a project may hold, by usage tier.

    Attributes:
        tokens: tier to tokens; a tier whose figure is not published is not in it.
    """

    tokens: Mapping[int, int]
    source: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Reroute:
    """From ``on``, requests for the model are answered by ``to``."""

    to: str
    on: date
    source: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Shutdown:
    """From ``on``, the model is off."""

    on: date
    source: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Model:
    """One model: its limits, its prices (oldest first), and what becomes of it.

    Attributes:
        context_tokens: prompt; with ``shared_context``, prompt, thoughts and answer together.
        max_output_tokens: thoughts and answer.
        aliases: names that ``modelVersion`` may hold for it, besides the name and name-NNN.
        extra_fields: of generationConfig, that the built-in table of fields does not know yet.
        notes: where sources disagree, and which figure was taken.
        origin: the files that it was read from.
    """

    name: str
    context_tokens: int
    max_output_tokens: int
    prices: tuple[Price, ...]
    kind: Kind = Kind.TEXT
    shared_context: bool = False
    released: date | None = None
    aliases: tuple[str, ...] = ()
    extra_fields: tuple[str, ...] = ()
    thinking: Thinking | None = None
    parameters: Parameters = field(default_factory=Parameters)
    caching: Caching | None = None
    enqueued: Enqueued | None = None
    reroute: Reroute | None = None
    shutdown: Shutdown | None = None
    notes: tuple[str, ...] = ()
    source: str = ""
    origin: str = ""

    def price_on(self, day: date) -> Price | None:
        """The price that holds on ``day``; None before the first."""
        holding = [price for price in self.prices if price.since <= day]
        return holding[-1] if holding else None

    def enqueued_tokens(self, tier: int) -> int | None:
        """The tier's limit; None when it is not published."""
        return None if self.enqueued is None else self.enqueued.tokens.get(tier)
