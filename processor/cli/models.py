"""The command that shows what is known of the models."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import date, datetime
from typing import TYPE_CHECKING, Any

import click

from processor.cli.options import every_command
from processor.cli.terminal import print_json, stdout_console

if TYPE_CHECKING:
    from rich.console import Console

_RATES = ("input", "output", "cached")


@click.command("models", help="What is known of the models, or of the one called NAME.")
@click.argument("name", required=False)
@click.option("--models", "file", metavar="FILE", help="Goes over the built-in models.toml.")
@click.option("--check", is_flag=True, help="Are the tasks' models served; exit 9 if not.")
@click.option(
    "--on",
    "day",
    type=click.DateTime(formats=["%Y-%m-%d"]),
    metavar="DATE",
    help="As of that day  [default: today]",
)
@every_command
def models_command(
    name: str | None, file: str | None, check: bool, day: datetime | None, **options: Any
) -> int:
    """Prices, limits, reroutes; nothing is asked of the service."""
    from processor.api.models import describe_model, describe_models, load_models, today

    on = day.date() if day else today()
    models = load_models(file)
    as_json = options["as_json"]
    if check:
        return _check(models, on, as_json=as_json)
    if name:
        described = describe_model(models, name, on)
        if as_json:
            print_json(described)
        else:
            show_model(stdout_console(), described, on)
        return 0
    listed = describe_models(models, on)
    if as_json:
        print_json({"day": on.isoformat(), "models": listed})
    else:
        show_models(stdout_console(), listed, on)
    return 0


def _check(models: Mapping[str, Any], on: date, *, as_json: bool) -> int:
    from processor.api.models import check_tasks, tasks_served
    from processor.errors import ExitCode

    served = tasks_served(models, on)
    ok = all(one.ok for one in served)
    if as_json:
        tasks = [one.as_json() for one in served]
        print_json({"day": on.isoformat(), "ok": ok, "tasks": tasks})
        return ExitCode.DONE if ok else ExitCode.HELD_BACK
    check_tasks(served)
    for one in served:
        click.echo(f"{one.task}: {one.model} is served under its own name on {on}.")
    return ExitCode.DONE


def show_models(console: Console, models: Sequence[Mapping[str, Any]], on: date) -> None:
    """All models, a line each."""
    from rich.table import Table

    table = Table(box=None, pad_edge=False)
    table.add_column("model", no_wrap=True)
    for column in ("batch in", "out", "one by one in", "out", "most out", "tier 1"):
        table.add_column(column, justify="right")
    table.add_column(f"on {on}")
    for model in models:
        limits = (model["enqueued"] or {"tokens": {}})["tokens"]
        table.add_row(
            model["name"],
            *_rates(model["price_today"]),
            f"{model['max_output_tokens']:,}",
            _short(limits["1"]) if "1" in limits else "?",
            _state(model["serving"]),
        )
    console.print(table)
    console.print(
        "USD for a million tokens, output with thinking; tier 1: tokens enqueued at most."
    )


def _rates(price: Mapping[str, Any] | None) -> list[str]:
    if price is None:
        return ["?"] * 4
    kinds = ("batch_input", "batch_output", "interactive_input", "interactive_output")
    return [f"{price[kind]:g}" for kind in kinds]


def _state(who: Mapping[str, Any]) -> str:
    match who["state"]:
        case "served":
            return "served"
        case "rerouted":
            return f"answered by {who['by']}"
        case "rerouted_soon":
            return f"from {who['on']}: {who['by']}"
        case "shut_down":
            return f"off since {who['since']}"
        case _:
            return f"off from {who['on']}"


def _short(tokens: int) -> str:
    for unit, size in (("B", 1_000_000_000), ("M", 1_000_000), ("k", 1_000)):
        if tokens >= size:
            return f"{tokens / size:g}{unit}"
    return str(tokens)


def show_model(console: Console, model: Mapping[str, Any], on: date) -> None:
    """One model, with the source of each figure."""
    from rich.table import Table
    from rich.text import Text

    table = Table(box=None, show_header=False, pad_edge=False)
    table.add_column(style="bold", no_wrap=True)
    table.add_column(overflow="fold")
    sources: dict[str, int] = {}
    for what, says, source in _facts(model, on):
        mark = f"  [{sources.setdefault(source, len(sources) + 1)}]" if source else ""
        table.add_row(what, Text(says + mark))
    console.print(table)
    if sources:
        console.print("\nSources")
    for source, number in sources.items():
        console.print(Text(f"[{number}] {source}"))


def _facts(model: Mapping[str, Any], on: date) -> list[tuple[str, str, str]]:
    """What, the words, and the source; in the order in which they are shown."""
    shared = ", for prompt, thoughts and answer together" if model["shared_context"] else ""
    facts = [
        ("model", f"{model['name']}, answers with {model['kind']}", ""),
        (f"on {on}", model["serving"]["message"], model["serving"].get("source", "")),
        ("context", f"{model['context_tokens']:,} tokens{shared}", model["source"]),
        ("most output", f"{model['max_output_tokens']:,} tokens", model["source"]),
    ]
    if model["released"]:
        facts.append(("released", model["released"], model["source"]))
    for price in model["prices"]:
        facts.append((f"from {price['since']}", _price(price), price["source"]))
        if price["long"]:
            facts.append(("  above 200k", _price(price["long"]), price["source"]))
    for key, tell in _TELL.items():
        part = model[key]
        if part and tell(part):
            facts.append((key.replace("_", " "), tell(part), part["source"]))
    facts += [
        (name, ", ".join(model[name]), "") for name in ("aliases", "extra_fields") if model[name]
    ]
    facts += [("note", note, "") for note in model["notes"]]
    return [*facts, ("read from", model["origin"], "")]


def _price(rates: Mapping[str, Any]) -> str:
    kinds = [
        f"{name} " + " / ".join(f"{rates[f'{way}_{rate}']:g}" for rate in _RATES)
        for name, way in (("batch", "batch"), ("one by one", "interactive"))
    ]
    return "; ".join(kinds) + " USD (in / out / cached, a million tokens)"


def _enqueued(part: Mapping[str, Any]) -> str:
    return ", ".join(f"tier {tier}: {tokens:,}" for tier, tokens in part["tokens"].items())


def _thinking(part: Mapping[str, Any]) -> str:
    if part["levels"]:
        default = f", {part['default']} when not set" if part["default"] else ""
        return "levels " + ", ".join(part["levels"]) + default
    off = ", 0 for none" if part["may_be_off"] else ""
    return f"budget of {part['least_budget']:,} to {part['most_budget']:,} tokens{off}, or -1"


def _parameters(part: Mapping[str, Any]) -> str:
    kinds = (f"{kind} {', '.join(part[kind])}" for kind in _PARAMETERS if part[kind])
    return "; ".join(kinds)


_PARAMETERS = ("rejected", "ignored", "deprecated")
_TELL: Mapping[str, Callable[[Mapping[str, Any]], str]] = {
    "enqueued": _enqueued,
    "thinking": _thinking,
    "parameters": _parameters,
    "caching": lambda part: f"of shared beginnings of {part['least_tokens']:,} tokens or more",
    "reroute": lambda part: f"to {part['to']} from {part['on']}",
    "shutdown": lambda part: f"from {part['on']}",
}
