"""The models there are, described, and whether the tasks' models are served."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from datetime import date
from typing import Any

from processor.core.model import Model
from processor.core.models import find_model
from processor.core.reroute import (
    Served,
    Serving,
    Unlisted,
    sentence,
    serving,
    serving_as_json,
)
from processor.core.task_parser import parse_task
from processor.effects.clock import SystemClock
from processor.effects.models import read_models
from processor.effects.tasks import read_task_files, task_folders
from processor.errors import HeldBack, WrongUsage


@dataclass(frozen=True, slots=True, kw_only=True)
class TaskServing:
    """Who answers for a task's model."""

    task: str
    model: str
    who: Serving

    @property
    def ok(self) -> bool:
        """Whether the model itself answers, and will for the next weeks."""
        return isinstance(self.who, Served)

    def as_json(self) -> dict[str, Any]:
        """As JSON shows it."""
        who = serving_as_json(self.model, self.who)
        return {"task": self.task, "model": self.model, "ok": self.ok, **who}


def load_models(named: str | None = None) -> Mapping[str, Model]:
    """Every model that is known; ``named`` is a file that goes over the others.

    Raises:
        WrongUsage: a file cannot be read or is wrong.
    """
    return read_models(named)


def today() -> date:
    """The day, by the machine's clock, in UTC."""
    return SystemClock().now().date()


def describe_model(models: Mapping[str, Model], name: str, day: date) -> dict[str, Any]:
    """All that is known of one model: prices, limits, who answers on ``day``, each with its source.

    Raises:
        WrongUsage: nothing is known of it.
    """
    model = find_model(models, name.removeprefix("models/"))
    if model is None:
        who = serving(models, name, day)
        near = who.similar if isinstance(who, Unlisted) else None
        hint = f" Do you mean {near}?" if near else ""
        raise WrongUsage(
            f"Nothing is known of a model {name!r}.{hint} `truebatch models` lists all."
        )
    price = model.price_on(day)
    described: dict[str, Any] = _plain(asdict(model))
    described["price_today"] = None if price is None else _plain(asdict(price))
    described["serving"] = serving_as_json(model.name, serving(models, model.name, day))
    return described


def describe_models(models: Mapping[str, Model], day: date) -> list[dict[str, Any]]:
    """Every model, in the order of the files."""
    return [describe_model(models, name, day) for name in models]


def tasks_served(models: Mapping[str, Model], day: date) -> tuple[TaskServing, ...]:
    """Who answers for the model of every task that has a name, on ``day``."""
    tasks = (parse_task(read_task_files(folder), origin=str(folder)) for folder in task_folders())
    return tuple(
        TaskServing(task=task.name, model=task.model, who=serving(models, task.model, day))
        for task in tasks
    )


def check_tasks(served: tuple[TaskServing, ...]) -> None:
    """Every task's model is served under its own name.

    Raises:
        HeldBack: one is not, or soon will not be.
    """
    wrong = [f"Task {one.task}: {sentence(one.model, one.who)}" for one in served if not one.ok]
    if wrong:
        raise HeldBack("\n".join(wrong))


def _plain(value: Any) -> Any:
    """A value as JSON has it: dates as texts, keys too."""
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, Mapping):
        return {str(key): _plain(inner) for key, inner in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(inner) for inner in value]
    return value
