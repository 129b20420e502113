"""The report as Markdown, for a terminal or a pull request."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

_ITEMS_SHOWN = 50
_LONGEST_MESSAGE = 160


def markdown(report: Mapping[str, Any]) -> str:
    """``report`` as a Markdown document."""
    parts = [
        f"# Run {report['run']}",
        "",
        f"Task `{report['task']}`, model `{report['model']}`, {report['state']}"
        + (f": {report['reason']}" if report["reason"] else "")
        + f". Started {report['started_at']}, ended {report['ended_at']}. "
        + f"Service: {report['base_url']}.",
        "",
        "## Items",
        "",
        *table(("outcome", "items"), report["counts"].items()),
        *_cost(report),
        *_counted("Findings", "rule", report["findings"]),
        *_counted("Repairs", "repair", report["repairs"]),
        *_variants(report["variants"]),
        *_items(report),
        *_jobs(report["jobs"]),
    ]
    if report["excluded"]:
        parts += ["", f"Left out: {', '.join(report['excluded'])}."]
    return "\n".join(parts) + "\n"


def table(head: Sequence[str], rows: Iterable[Sequence[object]]) -> list[str]:
    """A Markdown table; cells are escaped."""
    return [
        "| " + " | ".join(head) + " |",
        "|" + " --- |" * len(head),
        *("| " + " | ".join(_cell(cell) for cell in row) + " |" for row in rows),
    ]


def _cell(value: object) -> str:
    text = " ".join(str(value).split()).replace("\\", "\\\\").replace("|", "\\|")
    text = text.replace("<", "&lt;").replace("`", "\\`")
    return text if len(text) <= _LONGEST_MESSAGE else text[:_LONGEST_MESSAGE] + " …"


def _cost(report: Mapping[str, Any]) -> list[str]:
    tokens = ", ".join(f"{count:,} {kind}" for kind, count in report["tokens"].items())
    cost = report["cost"]
    if cost["actual_usd"] is None:
        return ["", f"Tokens: {tokens}. Cost unknown: no price is known for this model."]
    return [
        "",
        (
            f"Tokens: {tokens}. Cost {cost['actual_usd']:.4f} USD as a batch; "
            f"one by one it would have been {cost['interactive_usd']:.4f} USD."
        ),
    ]


def _counted(title: str, word: str, counts: Mapping[str, int]) -> list[str]:
    if not counts:
        return []
    return ["", f"## {title}", "", *table((word, "times"), counts.items())]


def _variants(variants: Mapping[str, Mapping[str, int]]) -> list[str]:
    rows = [(name, used, n) for name, uses in variants.items() for used, n in uses.items()]
    if not rows:
        return []
    return ["", "## Field names used", "", *table(("field", "named", "times"), rows)]


def _items(report: Mapping[str, Any]) -> list[str]:
    items = report["items"]
    if not items:
        return []
    rows = [
        (item["item_id"], item["outcome"], f["rule"], f["path"], f["message"])
        for item in items[:_ITEMS_SHOWN]
        for f in item["findings"] or [{"rule": "", "path": "", "message": ""}]
    ]
    head = ("item", "outcome", "rule", "where", "what")
    left = len(items) - _ITEMS_SHOWN + report["items_left_out"]
    more = ["", f"{left} more are in items.jsonl."] if left > 0 else []
    return ["", "## Not accepted", "", *table(head, rows), *more]


def _jobs(jobs: Sequence[Mapping[str, Any]]) -> list[str]:
    head = ("job", "state", "items", "bytes", "error")
    rows = [
        (
            j["name"] or "-",
            j["service_state"] or "-",
            j["items"],
            j["request_bytes"],
            j["error"] or "",
        )
        for j in jobs
    ]
    return ["", "## Jobs", "", *table(head, rows)]
