"""What people see of a run that has ended."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.table import Table
from rich.text import Text

from processor.cli.counted import COLOURS, outcomes_line
from processor.cli.screen import duration
from processor.core.advice import retry_advice
from processor.core.outcome import Outcome
from processor.core.printable import one_line

_ITEMS_SHOWN = 10
_VALUES_SHOWN = 8  # of one field


def show_report(console: Console, report: Mapping[str, Any], folder: Path | None) -> None:
    """How a run ended, and what it made; None for a ``folder`` that is on another machine."""
    took = datetime.fromisoformat(report["ended_at"]) - datetime.fromisoformat(report["started_at"])
    console.print()
    title = Text.assemble(
        ("Run ", "bold"), (report["run"], "bold cyan"), f" · {report['task']} · {report['model']}"
    )
    console.print(title)
    console.print(Text(f"{report['state']} in {duration(took.total_seconds())}"))
    if report["reason"]:
        console.print(Text(report["reason"], style="red"))
    console.print()
    console.print(outcomes_line(report["counts"]))
    console.print(Text(_cost(report)))
    if report["estimate"]:
        console.print(Text(report["estimate"]["line"]))
    _show_variants(console, report["variants"])
    _show_summary(console, report["summary"])
    if report["repairs"]:
        named = ", ".join(f"{name} ({times}×)" for name, times in report["repairs"].items())
        console.print(Text(f"Repaired without loss: {named}"))
    if report["excluded"]:
        console.print(Text(f"Left out: {', '.join(report['excluded'])}"))
    _show_rejudged(console, report["rejudged"])
    _show_items(console, report)
    _show_suggestions(console, report["suggestions"])
    if folder is not None:
        _show_paths(console, report, folder)
    if advised := retry_advice(report):
        console.print(Text(f"Next: {advised}"))


def _cost(report: Mapping[str, Any]) -> str:
    tokens, cost = report["tokens"], report["cost"]
    output = tokens["output"] + tokens["thoughts"]
    used = f"{tokens['prompt']:,} tokens in, {output:,} out"
    if cost["actual_usd"] is None:
        return f"{used}; no price is known for {report['model']}"
    price = (
        f"{used}: {cost['actual_usd']:.4f} USD as a batch, "
        f"{cost['interactive_usd']:.4f} USD one by one"
    )
    return price + (" (sandbox: nothing was paid)" if report["base_url"] == "sandbox" else "")


def _show_summary(console: Console, summary: Mapping[str, Mapping[str, Any]] | None) -> None:
    for name, one in (summary or {}).items():
        shown = list(one["values"].items())
        left = sum(count for _, count in shown[_VALUES_SHOWN:]) + one["other"]
        said = [f"{value} {count:,}" for value, count in shown[:_VALUES_SHOWN]]
        said += [f"other values {left:,}"] if left else []
        said += [f"none {one['absent']:,}"] if one["absent"] else []
        if said:
            console.print(Text(one_line(f"{name}: {', '.join(said)}")))


def _show_variants(console: Console, variants: Mapping[str, Mapping[str, int]]) -> None:
    used = [
        f"{name} as {n} ({times}×)" for name, uses in variants.items() for n, times in uses.items()
    ]
    if used:
        console.print(Text(one_line("Fields renamed by the model: " + ", ".join(used))))


def _show_rejudged(console: Console, again: Mapping[str, Any] | None) -> None:
    if not again:
        return
    changes = [
        f"{n:,} {before} → {after}"
        for before, ends in again["changes"].items()
        for after, n in ends.items()
    ]
    outputs = ", ".join(f"{n:,} {name}" for name, n in again["outputs"].items() if n)
    said = "; ".join(changes) or "no outcome changed"
    console.print(Text(f"Judged again by {again['rules']['folder']}: {said}", style="bold"))
    if outputs:
        console.print(Text(f"Outputs: {outputs}"))


def _show_suggestions(console: Console, suggestions: Sequence[Mapping[str, Any]] | None) -> None:
    if not suggestions:
        return
    console.print()
    first = suggestions[0]
    more = f" (and {len(suggestions) - 1} more, in report.md)" if len(suggestions) > 1 else ""
    console.print(Text(f"A change of the rules would accept {first['items']:,} more{more}:"))
    console.print(Text(f"  {one_line(first['table'])}\n  {one_line(first['line'])}"))


def _show_items(console: Console, report: Mapping[str, Any]) -> None:
    items = report["items"]
    if not items:
        return
    console.print()
    firsts = [(item["findings"] or [{"rule": "", "message": ""}])[0] for item in items]
    if len(items) > 1 and all(finding == firsts[0] for finding in firsts):
        why = one_line(f"{firsts[0]['rule']}: {firsts[0]['message']}")
        console.print(Text(f"Not accepted, all for one reason: {why}"))
        return
    console.print("Not accepted")
    table = Table(box=None, pad_edge=False)
    for column in ("item", "outcome", "rule", "what"):
        table.add_column(column, overflow="fold")
    for item, finding in zip(items[:_ITEMS_SHOWN], firsts, strict=False):
        table.add_row(
            Text(one_line(item["item_id"])),
            Text(item["outcome"], style=COLOURS[Outcome(item["outcome"])]),
            finding["rule"],
            Text(one_line(finding["message"])),
        )
    console.print(table)
    more = len(items) - _ITEMS_SHOWN + report["items_left_out"]
    if more > 0:
        console.print(f"and {more:,} more, in report.md and items.jsonl")


def _show_paths(console: Console, report: Mapping[str, Any], folder: Path) -> None:
    outputs = folder.parent.parent / report["task"]
    good = report["counts"]["accepted"] + report["counts"]["reused"]
    console.print()
    console.print("Made:")
    rows = {
        f"  {outputs}/": f"{good:,} outputs, one file each",
        f"  {folder / 'items.jsonl'}": "every item: outcome, data, findings, raw text",
        f"  {folder / 'report.html'}": "the report for a browser: charts, search, raw texts",
        f"  {folder / 'report.md'}": "the report for reading (report.json for programs)",
    }
    width = max(map(len, rows))
    for path, what in rows.items():
        console.print(Text(f"{path:<{width}}  {what}"))
