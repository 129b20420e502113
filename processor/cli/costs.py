"""The command for what runs cost."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, datetime
from typing import TYPE_CHECKING, Any

import click

from processor.cli.options import every_command
from processor.cli.session import session
from processor.cli.terminal import print_json, stdout_console

if TYPE_CHECKING:
    from rich.console import Console
    from rich.table import Table

    from processor.core.costs import CostReport, CostRow
    from processor.core.saving import PromptChange

_COLUMNS = (
    "", "runs", "requests", "tokens in", "cached", "out", "thoughts",
    "estimated", "actual", "one by one", "saved", "rejected", "truncated", "failed",
)  # fmt: skip


@click.command("costs", help="What runs cost, in USD: estimated, actual, one by one, saved, lost.")
@click.option(
    "--since",
    type=click.DateTime(["%Y-%m-%d"]),
    metavar="DATE",
    help="Leave out runs made before this day (UTC), such as 2026-11-01.",
)
@click.option(
    "--by",
    type=click.Choice(["run", "task", "model", "day"]),
    default="run",
    show_default=True,
    help="What makes a row.",
)
@every_command
def costs_command(since: datetime | None, by: str, **options: Any) -> int:
    """Costs."""
    as_json = options["as_json"]
    with session(options) as processor:
        report = processor.costs(since=since.date() if since else None, by=by)
    if as_json:
        print_json(report.as_json())
    else:
        _show(stdout_console(), report)
    return 0


def _show(console: Console, report: CostReport) -> None:
    if not report.rows:
        console.print(f"No runs{_since(report.since)}. `truebatch run` makes one.")
        return
    console.print(_table(report))
    for line in _lines(report):
        console.print(line, markup=False)


def _table(report: CostReport) -> Table:
    from rich.table import Table
    from rich.text import Text

    table = Table(box=None, pad_edge=False, show_footer=len(report.rows) > 1)
    total = _cells(report.total)
    for column, footer in zip((report.by.value, *_COLUMNS[1:]), ("all", *total[1:]), strict=True):
        justify = "left" if column == report.by.value else "right"
        table.add_column(column, footer, justify=justify)  # type: ignore[arg-type]
    for row in report.rows:
        name, *cells = _cells(row)
        table.add_row(Text(name), *cells)
    return table


def _cells(row: CostRow) -> tuple[str, ...]:
    lost = row.lost_usd or {}
    runs = f"{row.runs}" + (f" + {row.running} running" if row.running else "")
    unpriced = row.unpriced == row.runs
    paid = (row.actual_usd, row.interactive_usd, row.interactive_usd - row.actual_usd)
    return (
        row.name,
        runs,
        f"{row.requests:,}",
        *(f"{row.tokens[kind]:,}" for kind in ("prompt", "cached", "output", "thoughts")),
        _usd(row.estimated_usd),
        *(_usd(None if unpriced else amount) for amount in paid),
        *(_usd(lost.get(kind)) for kind in ("rejected", "truncated", "failed")),
    )


def _usd(amount: float | None) -> str:
    return "" if amount is None else f"{amount:,.4f}"


def _lines(report: CostReport) -> Iterator[str]:
    total = report.total
    if report.service == "sandbox":
        yield "This folder belongs to the sandbox: nothing of it was paid."
    if total.unpriced:
        yield f"{total.unpriced} of the runs are of models without a known price."
    if total.on_the_way_usd is not None:
        yield f"Runs that have not ended are expected to cost {total.on_the_way_usd:,.4f} USD."
    for change in report.changes:
        yield _change(change)
    for advice in report.advice:
        worth = "" if advice.usd is None else f" It is about {advice.usd:,.4f} USD."
        yield f"{advice.message}{worth}"


def _change(change: PromptChange) -> str:
    before, after = change.before, change.after
    money = ""
    if change.saved_usd is not None:
        word = "saved" if change.saved_usd >= 0 else "cost"
        money = f", which {word} {abs(change.saved_usd):,.4f} USD over {after.answers:,} answers"
    accepted = ""
    if before.accepted is not None and after.accepted is not None:
        accepted = f"; accepted {before.accepted:.0%} before, {after.accepted:.0%} after"
    return (
        f"The prompt of {change.task} ({change.model}) changed between {before.run} and {after.run}: "
        f"{before.input_tokens:,.0f} → {after.input_tokens:,.0f} tokens in and "
        f"{before.output_tokens:,.0f} → {after.output_tokens:,.0f} out for each item{money}{accepted}."
    )


def _since(day: date | None) -> str:
    return f" since {day.isoformat()}" if day else " yet"
