"""retry: a new run of only what was rejected or failed, linked both ways, with a cap."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from processor.core.advice import is_passing, retry_advice
from processor.errors import BadInput, HeldBack, WrongUsage
from tests.bench import INTERVAL, NOTES, Bench, notes, write_notes

MakeBench = Callable[..., Bench]


def _run(bench: Bench, folder: Path, **options: Any) -> dict[str, Any]:
    given: dict[str, Any] = {"inputs": str(folder), "poll_interval": INTERVAL, "run": "r"}
    return bench.processor().run(str(NOTES), **{**given, **options})


def _retry(bench: Bench, run: str, **options: Any) -> dict[str, Any]:
    processor = bench.processor()
    status = processor.retry(run, poll_interval=INTERVAL, **options)
    return processor.resume(status.run)


@pytest.fixture
def spoiled(bench_with: MakeBench, tmp_path: Path) -> tuple[Bench, Path]:
    """A run of six notes of which one is truncated and one fails; the faults are then spent."""
    bench = bench_with(faults="truncated@n2_,error_line=13@n4_")
    folder = write_notes(tmp_path / "in", notes(6))
    report = _run(bench, folder)
    assert report["counts"]["accepted"] == 4
    bench.sandbox.restart("--faults", "none")
    return bench, folder


def test_asks_only_what_was_rejected_or_failed(spoiled: tuple[Bench, Path]) -> None:
    bench, _ = spoiled
    report = _retry(bench, "r", name="again")
    assert [envelope["item_id"] for envelope in bench.envelopes("again")] == ["n2", "n4"]
    assert report["counts"]["accepted"] == 2
    assert len(bench.calls("batches.create")) == 2


def test_runs_are_linked_both_ways(spoiled: tuple[Bench, Path]) -> None:
    bench, _ = spoiled
    child = _retry(bench, "r", name="again")
    assert child["retry_of"] == "r"
    assert bench.processor().report("r")["retries"] == ["again"]


def test_only_narrows_to_a_rule(spoiled: tuple[Bench, Path]) -> None:
    bench, _ = spoiled
    _retry(bench, "r", name="again", only="envelope.truncated")
    assert [envelope["item_id"] for envelope in bench.envelopes("again")] == ["n2"]


def test_chain_counts_each_item_once_and_every_cost(spoiled: tuple[Bench, Path]) -> None:
    bench, _ = spoiled
    _retry(bench, "r", name="again")
    total = bench.processor().chain("again")
    assert total["runs"] == ["r", "again"]
    assert total["counts"] == {"accepted": 6, "rejected": 0, "failed": 0, "reused": 0, "pending": 0}
    costs = [bench.processor().report(run)["cost"]["actual_usd"] for run in ("r", "again")]
    assert total["cost_usd"] == pytest.approx(sum(costs))


def test_nothing_left_is_held_back(bench: Bench, tmp_path: Path) -> None:
    _run(bench, write_notes(tmp_path / "in", notes(2)))
    with pytest.raises(HeldBack, match="every item was accepted"):
        bench.processor().retry("r")


def test_item_is_asked_no_more_often_than_the_cap(bench_with: MakeBench, tmp_path: Path) -> None:
    bench = bench_with(faults="truncated@n1_*all")
    _run(bench, write_notes(tmp_path / "in", notes(2)))
    _retry(bench, "r", name="second", max_attempts=2)
    with pytest.raises(HeldBack, match="asked 2 times already"):
        bench.processor().retry("second", max_attempts=2)
    _retry(bench, "second", name="third", max_attempts=3)
    assert len(bench.calls("batches.create")) == 3


def test_item_that_is_gone_is_named(spoiled: tuple[Bench, Path]) -> None:
    bench, folder = spoiled
    (folder / "n4.json").unlink()
    with pytest.raises(BadInput, match="'n4'"):
        bench.processor().retry("r")
    assert [run.run for run in bench.processor().list()] == ["r"]


def test_items_of_a_program_are_not_read_again(bench_with: MakeBench) -> None:
    bench = bench_with(faults="truncated@n1_")
    bench.run(2)
    with pytest.raises(WrongUsage, match="Python program"):
        bench.processor().retry("r")


@pytest.mark.parametrize(
    ("message", "passes"),
    [
        ("code 13 INTERNAL: x", True),
        ("code 4: x", True),
        ("code 8: x", True),
        ("code 14: x", True),
        ("code 3 INVALID_ARGUMENT: x", False),
        ("code 7: x", False),
        ("code 9: x", False),
        ("no code at all", False),
    ],
)
def test_passing_row_codes_are_told_from_lasting_ones(message: str, passes: bool) -> None:
    assert is_passing(message) is passes


def test_advice_says_what_another_try_may_mend(bench_with: MakeBench, tmp_path: Path) -> None:
    bench = bench_with(faults="error_line=13@n1_,error_line=3@n2_")
    report = _run(bench, write_notes(tmp_path / "in", notes(3)))
    assert report["row_errors"] == {"passing": 1, "lasting": 1}
    told = retry_advice(report)
    assert "truebatch retry r" in told
    assert "1 failed in passing" in told
    assert "the same request will be refused again" in told
