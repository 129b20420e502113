"""Who answers for a model on a day: itself, another one in its place, or nobody."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from datetime import date
from difflib import get_close_matches
from typing import Any, assert_never

from processor.core.model import Model
from processor.core.models import find_model
from processor.errors import HeldBack

WARNING_DAYS = 14
_JOB_DAYS = 2  # a job may take 48 h. Source: ai.google.dev Batch API guide, read 2026-11-21.


@dataclass(frozen=True, slots=True, kw_only=True)
class Served:
    """The model answers under its own name."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ReroutedSoon:
    """In ``days`` days, ``by`` will answer."""

    by: str
    on: date
    days: int
    source: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Rerouted:
    """``by`` has answered since a day that has come."""

    by: str
    since: date
    source: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ShutDownSoon:
    """In ``days`` days, nobody will answer."""

    on: date
    days: int
    source: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ShutDown:
    """Nobody answers, since a day that has come."""

    since: date
    source: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Unlisted:
    """Nothing is known of the model: no price, no limit, not who answers.

    Attributes:
        similar: a name that is known and looks like it.
    """

    similar: str | None


Serving = Served | ReroutedSoon | Rerouted | ShutDownSoon | ShutDown | Unlisted


def serving(models: Mapping[str, Model], name: str, day: date) -> Serving:
    """Who answers requests for ``name`` on ``day``.

    Where one reroute leads to another that has begun too, the last of them is named.
    """
    model = find_model(models, name)
    if model is None:
        near = get_close_matches(name, models, n=1, cutoff=0.7)
        return Unlisted(similar=near[0] if near else None)
    move, end = model.reroute, model.shutdown
    if move is not None and move.on <= day:
        return Rerouted(by=_last(models, move.to, day), since=move.on, source=move.source)
    if end is not None and end.on <= day:
        return ShutDown(since=end.on, source=end.source)
    if move is not None and (move.on - day).days <= WARNING_DAYS:
        by = _last(models, move.to, move.on)
        return ReroutedSoon(by=by, on=move.on, days=(move.on - day).days, source=move.source)
    if end is not None and (end.on - day).days <= WARNING_DAYS:
        return ShutDownSoon(on=end.on, days=(end.on - day).days, source=end.source)
    return Served()


def check_serving(models: Mapping[str, Model], name: str, day: date) -> str | None:
    """A warning, or None when there is nothing to say of who answers.

    Raises:
        HeldBack: not the model itself would answer; who would is named.
    """
    against = rerouted(models, name, day)
    if against is not None:
        raise HeldBack(against)
    who = serving(models, name, day)
    return None if isinstance(who, Served) else sentence(name, who)


def rerouted(models: Mapping[str, Model], name: str, day: date) -> str | None:
    """Why nothing may be sent to the model on ``day``: not it would answer; None when it would."""
    who = serving(models, name, day)
    return sentence(name, who) if isinstance(who, Rerouted | ShutDown) else None


def check_priced(models: Mapping[str, Model], name: str, day: date) -> str | None:
    """What a model without a price needs before it is submitted; None when it has one."""
    model = find_model(models, name)
    if model is None:
        return sentence(name, serving(models, name, day))
    if model.price_on(day) is None:
        return f"No price of {name} is known for {day}. {_CURE}"
    return None


_CURE = (
    "Give --models FILE with its prices and limits, or submit with --unpriced: no cost is told, "
    "then, and no limit kept."
)


def sentence(name: str, who: Serving) -> str:
    """What a person is told, and what to do."""
    match who:
        case Served():
            return f"{name} is served under its own name."
        case Rerouted(by=by, since=since):
            return (
                f"{name} is not served any more: since {since} its requests are answered by {by}. "
                f"Ask that by its name with --model {by}, or another."
            )
        case ReroutedSoon(by=by, on=on, days=days):
            return f"From {on} ({_in_days(days)}), {name} is answered by {by}.{_late(days)}"
        case ShutDown(since=since):
            return f"{name} was shut down on {since}: nothing answers for it. Choose another model."
        case ShutDownSoon(on=on, days=days):
            return f"{name} is shut down on {on} ({_in_days(days)}).{_late(days)}"
        case Unlisted(similar=similar):
            hint = f" Do you mean {similar}?" if similar else ""
            return f"{name} is in no models.toml: its price and limits are unknown.{hint} {_CURE}"
        case _:
            assert_never(who)


def serving_as_json(name: str, who: Serving) -> dict[str, Any]:
    """``state``, what is known of it, and the sentence for people."""
    known = {
        key: value.isoformat() if isinstance(value, date) else value
        for key, value in asdict(who).items()
    }
    return {"state": _STATES[type(who)], **known, "message": sentence(name, who)}


_STATES: Mapping[type[Serving], str] = {
    Served: "served",
    ReroutedSoon: "rerouted_soon",
    Rerouted: "rerouted",
    ShutDownSoon: "shut_down_soon",
    ShutDown: "shut_down",
    Unlisted: "unlisted",
}


def _last(models: Mapping[str, Model], name: str, day: date) -> str:
    seen = {name}
    while (model := models.get(name)) and model.reroute and model.reroute.on <= day:
        name = model.reroute.to
        if name in seen:
            break
        seen.add(name)
    return name


def _in_days(days: int) -> str:
    return "tomorrow" if days == 1 else f"in {days} days"


def _late(days: int) -> str:
    if days > _JOB_DAYS:
        return ""
    return " A job may take 48 hours: one that is made today may be answered after that."
