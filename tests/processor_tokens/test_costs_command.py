"""`truebatch costs`, and what it reads of the journal."""

from __future__ import annotations

import json
from datetime import date
from typing import Any

import pytest

from processor.cli.program import run_program
from processor.errors import ExitCode, WrongUsage
from tests.bench import Bench


def _ran(bench: Bench) -> dict[str, Any]:
    return bench.run(3)


def _json(bench: Bench, capsys: pytest.CaptureFixture[str], *options: str) -> Any:
    capsys.readouterr()
    assert run_program(["costs", "--outputs", str(bench.outputs), "--json", *options]) == 0
    return json.loads(capsys.readouterr().out)


def test_costs_are_those_of_the_report(bench: Bench, capsys: pytest.CaptureFixture[str]) -> None:
    report = _ran(bench)
    found = _json(bench, capsys)
    (row,) = found["rows"]
    assert (row["name"], row["runs"], row["requests"]) == ("r", 1, 3)
    assert row["tokens"] == report["tokens"]
    for name in ("actual_usd", "interactive_usd", "saved_usd"):
        assert row[name] == found["total"][name] == report["cost"][name]
    assert found["service"] == bench.sandbox.url


@pytest.mark.parametrize(
    ("by", "name"), [("task", "notes"), ("model", "gemini-3.6-flash"), ("run", "r")]
)
def test_rows_are_by_what_is_asked(
    bench: Bench, capsys: pytest.CaptureFixture[str], by: str, name: str
) -> None:
    _ran(bench)
    assert [row["name"] for row in _json(bench, capsys, "--by", by)["rows"]] == [name]


def test_people_get_a_table(bench: Bench, capsys: pytest.CaptureFixture[str]) -> None:
    _ran(bench)
    capsys.readouterr()
    assert run_program(["costs", "--outputs", str(bench.outputs)]) == 0
    shown = capsys.readouterr().out
    assert "one by one" in shown
    assert "truncated" in shown
    assert shown.splitlines()[1].startswith("r  ")


def test_without_runs_it_says_so(bench: Bench, capsys: pytest.CaptureFixture[str]) -> None:
    command = ["costs", "--outputs", str(bench.outputs), "--since", "2030-01-01"]
    assert run_program(command) == 0
    assert "No runs since 2030-01-01" in capsys.readouterr().out


def test_wrong_options_are_wrong_usage(bench: Bench, capsys: pytest.CaptureFixture[str]) -> None:
    outputs = str(bench.outputs)
    for option in (("--by", "week"), ("--since", "yesterday")):
        assert run_program(["costs", "--outputs", outputs, *option]) == ExitCode.USAGE
    with pytest.raises(WrongUsage, match="by run, task, model, day"):
        bench.processor().costs(by="week")


def test_running_runs_cost_nothing_yet(bench: Bench) -> None:
    bench.submit(2)
    total = bench.processor().costs(since=date(2026, 1, 1)).total
    assert (total.runs, total.running, total.actual_usd) == (0, 1, 0.0)
