"""report.json is as its JSON Schema says, whatever became of the run."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tests.bench import NOTES, Bench, notes
from tests.reports.checked import checked, report_in
from tests.reports.made import report
from tests.reports.rules import rules


def test_report_made_by_hand_is_one() -> None:
    checked(report(items=[{"item_id": "i", "outcome": "rejected", "findings": [
        {"rule": "schema.type", "path": "$", "message": "m"}]}]))  # fmt: skip


@pytest.mark.parametrize("key", sorted(report()))
def test_schema_asks_for_every_part(key: str) -> None:
    short = report(counts=dict.fromkeys(report()["counts"], 0))
    checked(short)
    del short[key]
    with pytest.raises((AssertionError, KeyError)):
        checked(short)


def test_report_of_a_good_run(bench: Bench) -> None:
    made = bench.run(4)
    assert made == report_in(bench.folder())
    assert made["coverage"]["subject"] == {"answers": 4, "present": 4, "names": {"subject": 4}}
    assert made["rules"]["folder"] == "task"
    assert made["rejudged"] is None
    assert (bench.folder() / "report.html").is_file()
    assert (bench.folder() / "report.md").is_file()


def test_report_of_rejected_items(bench: Bench, tmp_path: Path) -> None:
    # A relation, because the schema stands in the prompt, and the sandbox keeps to it.
    task = rules(tmp_path / "rules", fields='[[relation]]\npath = "year"\nbetween = [1900, 1952]')
    made = bench.processor().run(task, items=notes(5), run="r", poll_interval=1.0)
    assert made["counts"]["rejected"] == 3
    assert made == report_in(bench.folder())


def test_report_made_again_is_the_same(bench_with: Callable[..., Bench]) -> None:
    bench = bench_with(faults="wrong_type*6")
    made = bench.run(6)
    assert made["suggestions"]
    page = (bench.folder() / "report.html").read_bytes()
    assert bench.processor().report("r") == made == report_in(bench.folder())
    assert (bench.folder() / "report.html").read_bytes() == page


@pytest.mark.parametrize(
    "faults",
    [
        "job_failed", "job_expired", "all_rows_failed=3", "missing_key@n1_,truncated@n2_",
        "shuffled,duplicate_key@n1_,duplicate_key_different@n2_", "blocked_prompt,no_usage",
    ],
)  # fmt: skip
def test_report_of_faults(bench_with: Callable[..., Bench], faults: str) -> None:
    bench = bench_with(faults=faults)
    made = bench.run(6)
    assert made["counts"]["accepted"] < 6
    assert made == report_in(bench.folder())


def test_report_of_reused_items(bench: Bench) -> None:
    bench.run(3)
    made = bench.run(3, run="second")
    assert made["counts"]["reused"] == 3
    assert made == report_in(bench.folder("second"))
    assert made["jobs"] == []


def test_report_of_a_run_made_by_another_task_folder(bench: Bench) -> None:
    made: Any = bench.processor().run(str(NOTES), items=notes(1), run="x", poll_interval=1.0)
    assert made == report_in(bench.folder("x"))
