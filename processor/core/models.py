"""The models that are known: ``models.toml`` files, the later one over the earlier."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterable, Mapping
from typing import Any

from processor.core.model import (
    Caching,
    Enqueued,
    Kind,
    Model,
    Parameters,
    Reroute,
    Shutdown,
    Thinking,
)
from processor.core.price import Price, Rates
from processor.core.typed_table import TypedTable
from processor.errors import WrongUsage

__all__ = ["TIERS", "Model", "Price", "Rates", "find_model", "merge_models", "parse_models"]

TIERS = (1, 2, 3)
_RATES = (
    "batch_input", "batch_output", "batch_cached",
    "interactive_input", "interactive_output", "interactive_cached",
)  # fmt: skip
_GROUPS = ("thinking", "parameters", "caching", "enqueued_tokens", "reroute", "shutdown")
_VERSION = re.compile(r"-\d{3}$")


def parse_models(text: str, *, origin: str) -> Mapping[str, Model]:
    """Read one ``models.toml``.

    Raises:
        WrongUsage: it is no such file; the model and the field are named.
    """
    return merge_models([(text, origin)])


def merge_models(files: Iterable[tuple[str, str]]) -> Mapping[str, Model]:
    """Read several ``models.toml``, as (text, origin).

    A model that an earlier file has too keeps what the later one does not give: each field of
    the model's own table, ``prices`` and every table in it among them, is replaced as a whole.

    Raises:
        WrongUsage: one is no such file; the file, the model and the field are named.
    """
    merged: dict[str, dict[str, Any]] = {}
    origins: dict[str, list[str]] = {}
    sources: dict[str, str] = {}
    for text, origin in files:
        tables = _load(text, origin)
        sources |= _sources(tables.get("sources", {}), origin)
        for name, table in _models(tables, origin).items():
            merged[name] = {**merged.get(name, {}), **table}
            origins.setdefault(name, []).append(origin)
    return {
        name: _model(name, table, " over ".join(reversed(origins[name])), sources)
        for name, table in merged.items()
    }


def find_model(models: Mapping[str, Model], name: str) -> Model | None:
    """The model of this name, also as a version of it (name-001); None when it is not known."""
    return models.get(name) or models.get(_VERSION.sub("", name))


def _load(text: str, origin: str) -> dict[str, Any]:
    try:
        tables = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise WrongUsage(f"{origin}: {error}.") from None
    for name in tables:
        if name not in ("models", "sources"):
            raise WrongUsage(
                f'{origin}: unknown table `{name}`; a model is written [models."its-name"].'
            )
    return tables


def _models(tables: Mapping[str, Any], origin: str) -> Mapping[str, Mapping[str, Any]]:
    models = tables.get("models", {})
    if not isinstance(models, Mapping):
        raise WrongUsage(f"{origin}: `models` is a table of tables.")
    for name, table in models.items():
        if not isinstance(table, Mapping):
            raise WrongUsage(f"{origin}, model {name} is a table, not {table!r}.")
        for inner, value in table.items():
            if isinstance(value, Mapping) and inner not in _GROUPS:
                # A dot in a bare key is a table within a table.
                raise WrongUsage(
                    f"{origin}, model {name}: unknown table `{inner}`. "
                    f'A name with a dot is written in quotes: [models."{name}.{inner}"].'
                )
    return models


def _sources(table: Any, origin: str) -> dict[str, str]:
    read = TypedTable(table, f"{origin}, sources")
    return {name: read.text(name) for name in table}


def _model(name: str, values: Any, origin: str, sources: Mapping[str, str]) -> Model:
    table = TypedTable(values, f"{origin}, model {name}")
    model = Model(
        name=name,
        context_tokens=table.integer("context_tokens"),
        max_output_tokens=table.integer("max_output_tokens", least=0),
        prices=_prices(table, sources),
        kind=_kind(table),
        shared_context=table.flag("shared_context", default=False),
        released=table.day("released", None),
        aliases=table.texts("aliases"),
        extra_fields=table.texts("extra_fields"),
        thinking=_thinking(table, sources),
        parameters=_parameters(table, sources),
        caching=_caching(table, sources),
        enqueued=_enqueued(table, sources),
        reroute=_reroute(table, name, sources),
        shutdown=_shutdown(table, sources),
        notes=table.texts("notes"),
        source=_source(table, sources),
        origin=origin,
    )
    table.end()
    return model


def _source(table: TypedTable, sources: Mapping[str, str]) -> str:
    given = table.text("source", "")
    return sources.get(given, given)


def _kind(table: TypedTable) -> Kind:
    given = table.text("kind", Kind.TEXT)
    if given not in set(Kind):
        raise table.wrong(f"`kind` is {', '.join(Kind)}, not {given!r}.")
    return Kind(given)


def _prices(model: TypedTable, sources: Mapping[str, str]) -> tuple[Price, ...]:
    prices = sorted(
        (_price(table, sources) for table in model.tables("prices")), key=lambda p: p.since
    )
    days = [price.since for price in prices]
    if len(set(days)) < len(days):
        raise model.wrong("two `prices` begin on one day.")
    return tuple(prices)


def _price(table: TypedTable, sources: Mapping[str, str]) -> Price:
    long = table.table("above_200k")
    price = Price(
        since=table.day("since"),
        **{name: table.number(name) for name in _RATES},
        long=_rates(long) if long else None,
        cache_storage=table.number("cache_storage", None),
        source=_source(table, sources),
    )
    table.end()
    return price


def _rates(table: TypedTable) -> Rates:
    rates = Rates(**{name: table.number(name) for name in _RATES})
    table.end()
    return rates


def _thinking(model: TypedTable, sources: Mapping[str, str]) -> Thinking | None:
    table = model.table("thinking")
    if table is None:
        return None
    thinking = Thinking(
        levels=table.texts("levels"),
        default=table.text("default", "") or None,
        least_budget=table.integer("least_budget", None, least=0),
        most_budget=table.integer("most_budget", None),
        may_be_off=table.flag("may_be_off", default=False),
        source=_source(table, sources),
    )
    table.end()
    if bool(thinking.levels) == (thinking.most_budget is not None):
        raise table.wrong("it has either `levels`, or `least_budget` and `most_budget`.")
    if (thinking.least_budget is None) != (thinking.most_budget is None):
        raise table.wrong("`least_budget` and `most_budget` go together.")
    if thinking.levels and thinking.default not in (None, *thinking.levels):
        raise table.wrong(f"`default` is one of its levels, not {thinking.default!r}.")
    return thinking


def _parameters(model: TypedTable, sources: Mapping[str, str]) -> Parameters:
    table = model.table("parameters")
    if table is None:
        return Parameters()
    parameters = Parameters(
        deprecated=table.texts("deprecated"),
        ignored=table.texts("ignored"),
        rejected=table.texts("rejected"),
        since=table.day("since", None),
        source=_source(table, sources),
    )
    table.end()
    return parameters


def _caching(model: TypedTable, sources: Mapping[str, str]) -> Caching | None:
    table = model.table("caching")
    if table is None:
        return None
    caching = Caching(least_tokens=table.integer("least_tokens"), source=_source(table, sources))
    table.end()
    return caching


def _enqueued(model: TypedTable, sources: Mapping[str, str]) -> Enqueued | None:
    table = model.table("enqueued_tokens")
    if table is None:
        return None
    limits = {tier: table.integer(f"tier_{tier}", None) for tier in TIERS}
    known = {tier: limit for tier, limit in limits.items() if limit is not None}
    enqueued = Enqueued(tokens=known, source=_source(table, sources))
    table.end()
    return enqueued


def _reroute(model: TypedTable, name: str, sources: Mapping[str, str]) -> Reroute | None:
    table = model.table("reroute")
    if table is None:
        return None
    reroute = Reroute(to=table.text("to"), on=table.day("on"), source=_source(table, sources))
    table.end()
    if reroute.to == name:
        raise table.wrong("`to` is another model, not the model itself.")
    return reroute


def _shutdown(model: TypedTable, sources: Mapping[str, str]) -> Shutdown | None:
    table = model.table("shutdown")
    if table is None:
        return None
    shutdown = Shutdown(on=table.day("on"), source=_source(table, sources))
    table.end()
    return shutdown
