"""The shared context: one text that stands before every prompt of a run."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, replace
from enum import StrEnum
from typing import Any

import orjson

from processor.core.model import Model
from processor.core.price import Price
from processor.errors import WrongUsage

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
    """The text, and how its task wants it sent.

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
        cacheable: whether the service would keep a cache of it, as far as is known.
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
    cacheable: bool
    why: str
    explicit_usd: float | None = None
    storage_usd: float | None = None
    implicit_usd: float | None = None
    implicit_cached_usd: float | None = None

    def priced(self, price: Price | None) -> ContextPlan:
        """The plan at a price; the way that is taken stays."""
        if price is None:
            return replace(
                self,
                explicit_usd=None,
                storage_usd=None,
                implicit_usd=None,
                implicit_cached_usd=None,
            )
        rates, tokens, requests = price.rates(self.tokens), self.tokens, self.requests
        fresh, read = min(requests, 1), max(requests - 1, 0)
        storage = explicit = None
        if self.cacheable and price.cache_storage is not None:
            storage = tokens * self.ttl_hours * price.cache_storage / _MILLION
            made = tokens * rates.interactive_input / _MILLION
            explicit = made + storage + requests * tokens * rates.batch_cached / _MILLION
        return replace(
            self,
            explicit_usd=explicit,
            storage_usd=storage,
            implicit_usd=requests * tokens * rates.batch_input / _MILLION,
            implicit_cached_usd=tokens
            * (fresh * rates.batch_input + read * rates.batch_cached)
            / _MILLION,
        )

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
    against = _against_cache(tokens, model, price)
    plan = ContextPlan(
        name=context.name,
        mode=wanted,
        tokens=tokens,
        requests=requests,
        ttl_hours=CACHE_SECONDS / _HOUR,
        cacheable=against is None,
        why="",
    ).priced(price)
    explicit, implicit = plan.explicit_usd, plan.implicit_usd
    cheaper = explicit is not None and implicit is not None and explicit < implicit
    mode = (Mode.EXPLICIT if cheaper else Mode.IMPLICIT) if wanted is Mode.AUTO else wanted
    return replace(plan, mode=mode, why=_why(wanted, mode, against))


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


def parse_context(
    table: Mapping[str, Any] | None, copy: bytes | None, where: str
) -> Context | None:
    """The context of a task.

    Args:
        table: ``[context]`` of task.toml, its types checked; None when there is none.
        copy: the bytes of the context; None when there are none.

    Raises:
        WrongUsage: the file is missing, empty or no UTF-8, or the mode is no mode.
    """
    name, mode = (table or {}).get("file", CONTEXT_COPY), (table or {}).get("mode", Mode.AUTO)
    if mode not in list(Mode):
        raise WrongUsage(f"{where}: mode is {', '.join(Mode)}, not {mode!r}.")
    if copy is None:
        if table is None:
            return None
        raise WrongUsage(f"{where}: file = {name!r} is not in the task's folder.")
    return Context(name=name, text=context_text(copy, f"{where}: {name}"), mode=Mode(mode))


def context_text(content: bytes, where: str) -> str:
    """The text of a context.

    Raises:
        WrongUsage: it is empty, or no UTF-8.
    """
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise WrongUsage(
            f"{where} is not UTF-8 (byte {error.start}). A context is text; a PDF or an image that all "
            "items share goes along as an attachment: [input] attachments."
        ) from None
    if not text.strip():
        raise WrongUsage(f"{where} is empty.")
    return text
