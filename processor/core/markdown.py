"""The report as Markdown, for a terminal or a pull request."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

from processor.core.outcome import GOOD
from processor.core.printable import one_line
from validation import RULES

_ITEMS_SHOWN = 50
_VALUES_SHOWN = 25  # of one field
_FINDINGS_SHOWN = 3  # of one item
_LONGEST_MESSAGE = 160
_WIDEST_PADDING = 48


def markdown(report: Mapping[str, Any]) -> str:
    """``report`` as a Markdown document, its tables aligned for whoever reads it as plain text."""
    parts = [
        f"# Run {_inline(report['run'])}",
        "",
        f"Task `{report['task']}`, model `{report['model']}`, {report['state']}"
        + (f": {_inline(report['reason'])}" if report["reason"] else "")
        + f". Started {report['started_at']}, ended {report['ended_at']}. "
        + f"Service: {report['base_url']}.",
        *_section("Items", [*_counts(report["counts"]), *_cost(report)]),
        *_section("Values", _summary(report.get("summary"))),
        *_section("Judged again", _rejudged(report.get("rejudged"))),
        *_section("Suggestions", _suggestions(report)),
        *_section("Findings", _findings(report["findings"])),
        *_section("Not accepted", _items(report)),
        *_section("Field names used", _variants(report["variants"])),
        *_section("Fields not always there", _absent(report.get("coverage"))),
        *_section("Repairs", _repairs(report["repairs"])),
        *_section("Jobs", _jobs(report["jobs"])),
    ]
    if report["excluded"]:
        parts += ["", f"Left out: {', '.join(map(_inline, report['excluded']))}."]
    return "\n".join(parts) + "\n"


def table(head: Sequence[str], rows: Iterable[Sequence[object]]) -> list[str]:
    """A Markdown table; cells are escaped, and padded to columns as far as that stays readable."""
    cells = [list(head), *([_cell(cell) for cell in row] for row in rows)]
    widths = [min(_WIDEST_PADDING, max(map(len, column))) for column in zip(*cells, strict=True)]
    widths[-1] = len(head[-1])  # nothing stands behind it that would have to be aligned
    lines = [
        "| " + " | ".join(c.ljust(w) for c, w in zip(row, widths, strict=True)) + " |"
        for row in cells
    ]
    return [lines[0], "|" + "|".join("-" * (width + 2) for width in widths) + "|", *lines[1:]]


def _section(title: str, lines: Iterable[str]) -> list[str]:
    body = list(lines)
    return ["", f"## {title}", "", *body] if body else []


def _cell(value: object) -> str:
    return _inline(value).replace("|", "\\|")


def _inline(value: object) -> str:
    text = one_line(str(value))
    text = text if len(text) <= _LONGEST_MESSAGE else text[:_LONGEST_MESSAGE] + " …"
    text = text.replace("\\", "\\\\").replace("<", "&lt;").replace("`", "\\`")
    return text.replace("](", "]\\(")  # no links, and no images: they would be fetched


def _counts(counts: Mapping[str, int]) -> Iterator[str]:
    total = sum(counts.values())
    rows = [(name, f"{n:,}", f"{100 * n / total:.1f} %") for name, n in counts.items() if n]
    yield from table(("outcome", "items", "share"), rows)
    good = sum(counts[outcome] for outcome in GOOD)
    yield ""
    yield f"{good:,} of {total:,} items have data."


def _cost(report: Mapping[str, Any]) -> list[str]:
    tokens = ", ".join(f"{count:,} {kind}" for kind, count in report["tokens"].items())
    cost = report["cost"]
    if cost["actual_usd"] is None:
        return ["", f"Tokens: {tokens}. Cost unknown: no price is known for this model."]
    estimate = cost["estimated_usd"]
    compared = report["estimate"]
    return [
        "",
        *([compared["line"], ""] if compared else []),
        f"Tokens: {tokens}. Cost {cost['actual_usd']:.4f} USD as a batch"
        + (f" (estimated {estimate:.4f} USD)" if estimate is not None else "")
        + f"; one by one it would have been {cost['interactive_usd']:.4f} USD."
        + (" From the sandbox: nothing was paid." if report["base_url"] == "sandbox" else ""),
    ]


def _summary(summary: Mapping[str, Mapping[str, Any]] | None) -> Iterator[str]:
    rows = [row for name, one in (summary or {}).items() for row in _values(name, one)]
    if rows:
        yield from table(("field", "value", "items", "share"), rows)


def _values(name: str, one: Mapping[str, Any]) -> Iterator[tuple[str, ...]]:
    shown = list(one["values"].items())
    left = sum(count for _, count in shown[_VALUES_SHOWN:]) + one["other"]
    for value, count in shown[:_VALUES_SHOWN]:
        yield name, value, f"{count:,}", f"{100 * count / one['items']:.1f} %"
    if left:
        yield name, "(other values)", f"{left:,}", ""
    if one["absent"]:
        yield name, "(none)", f"{one['absent']:,}", f"{100 * one['absent'] / one['items']:.1f} %"


def _rejudged(again: Mapping[str, Any] | None) -> Iterator[str]:
    if not again:
        return
    rules, outputs = again["rules"], again["outputs"]
    yield f"On {again['at']} by `{rules['folder']}` (SHA-256 {rules['sha256'][:12]}), no request."
    yield ""
    rows = [
        (before, after, f"{n:,}")
        for before, ends in again["changes"].items()
        for after, n in ends.items()
    ]
    yield from table(("from", "to", "items"), rows) if rows else ["No outcome changed."]
    yield ""
    yield "Outputs: " + ", ".join(f"{n:,} {name}" for name, n in outputs.items()) + "."


def _suggestions(report: Mapping[str, Any]) -> Iterator[str]:
    for number, one in enumerate(report["suggestions"] or (), 1):
        yield f"{number}. {_inline(one['reason'])}: {one['items']:,} more would be accepted."
        yield f"   Example: {_inline(one['example'])}"
        yield ""
        yield f"       {one_line(one['table'])}"
        yield f"       {one_line(one['line'])}"
        yield ""


def _findings(counts: Mapping[str, int]) -> list[str]:
    if not counts:
        return []
    rows = [
        (rule, f"{n:,}", RULES[rule].meaning if rule in RULES else "") for rule, n in counts.items()
    ]
    return table(("rule", "times", "meaning"), rows)


def _repairs(counts: Mapping[str, int]) -> list[str]:
    return table(("repair", "times"), counts.items()) if counts else []


def _variants(variants: Mapping[str, Mapping[str, int]]) -> list[str]:
    rows = [(name, used, n) for name, uses in variants.items() for used, n in uses.items()]
    return table(("field", "named", "times"), rows) if rows else []


def _absent(coverage: Mapping[str, Mapping[str, Any]] | None) -> list[str]:
    rows = [
        (name, f"{one['present']:,}", f"{one['answers']:,}")
        for name, one in (coverage or {}).items()
        if one["present"] < one["answers"]
    ]
    return table(("field", "there", "of answers"), rows) if rows else []


def _items(report: Mapping[str, Any]) -> Iterator[str]:
    items = report["items"]
    if not items:
        return
    nothing = [{"rule": "", "path": "", "message": ""}]
    rows = [
        (item["item_id"], item["outcome"], f["rule"], f["path"], f["message"])
        for item in items[:_ITEMS_SHOWN]
        for f in (item["findings"] or nothing)[:_FINDINGS_SHOWN]
    ]
    yield from table(("item", "outcome", "rule", "where", "what"), rows)
    left = len(items) - _ITEMS_SHOWN + report["items_left_out"]
    if left > 0:
        yield ""
        yield f"{left:,} more are in items.jsonl; report.html lets you search them."


def _jobs(jobs: Sequence[Mapping[str, Any]]) -> list[str]:
    if not jobs:
        return []
    head = ("job", "state", "items", "bytes", "error")
    rows = [
        (
            job["name"] or "-",
            job["service_state"] or "-",
            f"{job['items']:,}",
            f"{job['request_bytes']:,}",
            job["error"] or "",
        )
        for job in jobs
    ]
    return table(head, rows)
