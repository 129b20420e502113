"""The shared context: one text that stands before every prompt of a run."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from enum import StrEnum
from typing import Any

import orjson

from processor.core.model import Model
from processor.core.price import Price

CONTEXT_COPY = "context.txt"
"""What the context is called in a run's copy of its task."""
CACHE_SECONDS = 50 * 3600
"""How long a cache lives. A job may wait and run for 48 h (batch guide, read 2026-11-21)."""
ONLY_IN_CACHE = ("systemInstruction", "tools", "toolConfig")
"""What a cache excludes from the requests that name it, and must hold instead.

Source: probes of the live service of 2026-09-07 in a public repository, read 2026-11-22."""
PLACEHOLDER = "truebatch-context"

_HOUR = 3600
_MILLION = 1_000_000  # prices are in USD for a million tokens
_HEAD = b'"contents":[{"role":"user","parts":['
# Behind `"` without a backslash, so it cannot stand in a text: there every quotation mark has one.
_NEUTRAL_HEAD = b'"cachedContent":"%s",%s' % (PLACEHOLDER.encode(), _HEAD)


class Mode(StrEnum):
    """How a context reaches the model."""

    AUTO = "auto"
    """Whichever the plan shows to be cheaper."""
    EXPLICIT = "explicit"
    """In a cache that is made, paid for by the hour, and deleted at the end."""
    IMPLICIT = "implicit"
    """In front of every prompt; what the service caches by itself costs less, and nobody promises it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Context:
    """The text, and how it is to be sent.

    Attributes:
        name: the file it comes from, for messages.
    """

    name: str
    text: str
    mode: Mode


def neutral_head() -> bytes:
    """With what a request line begins of which nobody knows yet how its context is sent."""
    return _NEUTRAL_HEAD


def explicit_head(cache: str) -> bytes:
    """With what it begins when the context is in this cache."""
    return b'"cachedContent":%s,%s' % (orjson.dumps(cache), _HEAD)


def implicit_head(text: str, beside: Mapping[str, Any]) -> bytes:
    """With what it begins when the context stands in it.

    Args:
        beside: what a cache would hold besides the context.
    """
    fields = orjson.dumps(beside)[1:-1] + b"," if beside else b""
    return fields + _HEAD + orjson.dumps({"text": text}) + b","


def with_head(line: bytes, head: bytes) -> bytes:
    """A neutral line with another head; the key before it is a text, and cannot look like one."""
    return line.replace(_NEUTRAL_HEAD, head, 1)


def cache_content(text: str, beside: Mapping[str, Any]) -> dict[str, Any]:
    """What a cache of this context holds, as on the wire."""
    return {"contents": [{"role": "user", "parts": [{"text": text}]}], **beside}


@dataclass(frozen=True, slots=True, kw_only=True)
class ContextPlan:
    """Both ways to send a context, what each costs, and which one is taken. USD, at batch prices.

    Attributes:
        tokens: of the context, and of what a cache holds besides; estimated.
        explicit_usd: making the cache (at the interactive price), keeping it for its whole time, and
            reading it once a request; None when that cannot be done, or a price is not known.
        storage_usd: of that, for keeping it.
        implicit_usd: in front of every prompt, when the service caches nothing by itself.
        implicit_cached_usd: when it caches all but the first.
        why: the choice in a sentence.
    """

    name: str
    mode: Mode
    tokens: int
    requests: int
    ttl_hours: float
    explicit_usd: float | None
    storage_usd: float | None
    implicit_usd: float | None
    implicit_cached_usd: float | None
    why: str

    def as_json(self) -> dict[str, Any]:
        """The plan as JSON shows it."""
        return asdict(self)


def weigh(
    context: Context,
    wanted: Mode,
    *,
    tokens: int,
    requests: int,
    model: Model | None,
    price: Price | None,
) -> ContextPlan:
    """Decide how a context is sent.

    The explicit way is taken of itself only when it is cheaper than the other without any luck: that
    the service caches by itself in a batch job is not promised.
    """
    hours = CACHE_SECONDS / _HOUR
    against = _against_cache(tokens, model, price)
    storage = explicit = implicit = cached = None
    if price is not None:
        rates = price.rates(tokens)
        implicit = requests * tokens * rates.batch_input / _MILLION
        fresh, read = min(requests, 1), max(requests - 1, 0)
        cached = tokens * (fresh * rates.batch_input + read * rates.batch_cached) / _MILLION
        if against is None and price.cache_storage is not None:
            storage = tokens * hours * price.cache_storage / _MILLION
            made = tokens * rates.interactive_input / _MILLION
            explicit = made + storage + requests * tokens * rates.batch_cached / _MILLION
    cheaper = explicit is not None and implicit is not None and explicit < implicit
    mode = (Mode.EXPLICIT if cheaper else Mode.IMPLICIT) if wanted is Mode.AUTO else wanted
    return ContextPlan(
        name=context.name,
        mode=mode,
        tokens=tokens,
        requests=requests,
        ttl_hours=hours,
        explicit_usd=explicit,
        storage_usd=storage,
        implicit_usd=implicit,
        implicit_cached_usd=cached,
        why=_why(wanted, mode, against),
    )


def refused_cache(model: Model | None) -> str | None:
    """Why the model's service would take no cache; None when it is not known to refuse."""
    if model is not None and "cachedContent" in model.parameters.rejected:
        return f"{model.name} takes no explicit cache"
    return None


def _against_cache(tokens: int, model: Model | None, price: Price | None) -> str | None:
    least = model.caching.least_tokens if model is not None and model.caching is not None else None
    if (refused := refused_cache(model)) is not None:
        return refused
    if least is not None and tokens < least:
        return f"about {tokens:,} tokens are fewer than the {least:,} that can be cached"
    if price is None or price.cache_storage is None:
        return "what storing a cache costs is not known for this model"
    return None


def _why(wanted: Mode, mode: Mode, against: str | None) -> str:
    if wanted is not Mode.AUTO:
        return f"{mode}, because you asked for it" + (f" ({against})" if against else "")
    if against is not None:
        return f"in front of every prompt: {against}"
    if mode is Mode.EXPLICIT:
        return "in an explicit cache: cheaper even if the service would cache nothing by itself"
    return "in front of every prompt: storing a cache for its whole time would cost more"


def cache_display_name(run: str, random_part: str) -> str:
    """What a run's cache is called on the service; at most 128 characters are allowed there.

    Source: cachedContents in the v1beta reference, read 2026-11-22.
    """
    return f"truebatch/{run}/context/{random_part}"


def is_cache_name(display_name: str) -> bool:
    """Whether a cache of this name is one of truebatch's."""
    parts = display_name.split("/")
    return len(parts) == 4 and parts[0] == "truebatch" and parts[2] == "context"
