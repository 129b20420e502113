"""The measured tables of the guidelines: ``python -m benchmarks.tables`` writes them from the results.

Nothing is measured here. What stands in benchmarks/results is what the guidelines say; a test holds them
to it (tests/benchmarks/test_tables.py).
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any

from benchmarks.child import ROOT
from tests.documents.tables import GUIDELINES, replace_section

RESULTS = ROOT / "benchmarks" / "results"
_MB, _GB = 1e6, 1e9


def _read(name: str) -> Mapping[str, Any]:
    found: Mapping[str, Any] = json.loads((RESULTS / f"{name}.json").read_text(encoding="utf-8"))
    return found


def _table(head: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """Numbers to the right: every column but those that begin with a letter in each row."""
    every = [list(row) for row in rows]
    numeric = [all(not row[n][:1].isalpha() for row in every) for n in range(len(head))]
    marks = ["---:" if right else "---" for right in numeric]
    return "\n".join("| " + " | ".join(row) + " |" for row in [list(head), marks, *every])


def _where(told: Mapping[str, Any]) -> str:
    return (
        f"Measured {told['date']}, {told['system']}, {told['processors']} processors, "
        f"Python {told['python']}."
    )


def stages_section() -> str:
    """Each local stage beside its floor."""
    told = _read("stages")
    head = (
        "stage", "items from", "items", "KB each", "items/s", "MB/s", "CPU s", "of its floor",
        "of its floor's CPU", "peak MB",
    )  # fmt: skip
    rows = [
        (
            one["stage"],
            "a folder" if one["form"] == "folder" else "lines",
            f"{one['count']:,}",
            f"{one['item_bytes'] / 1000:g}",
            f"{one['items_per_second']:,}",
            f"{one['megabytes_per_second']:,.0f}",
            f"{one['ours']['cpu_seconds']:.2f}",
            f"{one['ratio']:.2f}",
            f"{one['cpu_ratio']:.2f}",
            f"{one['peak_bytes'] / _MB:.0f}",
        )
        for one in told["measured"]
    ]
    return f"{_table(head, rows)}\n\n{_where(told)}"


def promises_section() -> str:
    """What each promise costs an item while requests are built."""
    told = _read("promises")
    rows = [(f"{cost:.1f}", name) for name, cost in told["microseconds"].items()]
    kilobytes = f"{told['item_bytes'] / 1000:g}"
    return f"{_table((f'µs an item of {kilobytes} KB', 'for'), rows)}\n\n{_where(told)}"


def peers_section() -> str:
    """What people use instead."""
    told = _read("peers")
    head = ("", "build, items/s", "parse, items/s", "peak MB", "items", "judges", "not done")
    rows = [_peer(one) for one in told["measured"]]
    return f"{_table(head, rows)}\n\n{_where(told)}"


def _peer(one: Mapping[str, Any]) -> Sequence[str]:
    if "problem" in one:
        return (one["name"], "–", "–", "–", "–", one["judges"], f"not measured: {one['problem']}")
    peaks = [one["build_peak_bytes"], one["parse_peak_bytes"]]
    known = [peak for peak in peaks if peak is not None]
    return (
        f"**{one['name']}**" if one["name"] == "truebatch" else one["name"],
        f"{one['build']:,.0f}",
        f"{one['parse']:,.0f}",
        f"{max(known) / _MB:,.0f}" if known else "–",
        f"{one['build_count']:,}",
        one["judges"],
        one["undone"],
    )


def scale_section() -> str:
    """Whole runs, from files to outputs."""
    told = _read("scale")
    head = (
        "items", "KB each", "jobs", "seconds", "without waiting", "µs an item", "CPU s", "peak MB",
        "the sandbox's", "GB on disk",
    )  # fmt: skip
    rows = [
        (
            f"{one['count']:,}",
            f"{one['item_bytes'] / 1000:g}",
            str(one["jobs"]),
            f"{one['seconds']:.0f}",
            f"{one['own_seconds']:.0f}",
            f"{one['own_seconds'] / one['count'] * 1e6:.0f}",
            f"{one['cpu_seconds']:.0f}",
            f"{one['peak_bytes'] / _MB:.0f}",
            f"{one['sandbox_bytes'] / _MB:.0f}",
            f"{one['disk_bytes'] / _GB:.2f}",
        )
        for one in told["runs"]
    ]
    return f"{_table(head, rows)}\n\n{_where(told)}"


SECTIONS: Mapping[str, Callable[[], str]] = {
    "stages": stages_section,
    "promises": promises_section,
    "peers": peers_section,
    "scale": scale_section,
}


def main() -> None:
    """Write every section."""
    text = GUIDELINES.read_text(encoding="utf-8")
    for name, section in SECTIONS.items():
        text = replace_section(text, name, section())
    GUIDELINES.write_text(text, encoding="utf-8")


if __name__ == "__main__":
    main()
