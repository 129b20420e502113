"""No silent reroute, on fixed days, from the plan to the last job of a run."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from processor.core.report import exit_code
from processor.core.state import State
from processor.errors import ExitCode, HeldBack, NotFinished
from tests.bench import NOTES, Bench, notes, write_notes
from tests.clock import FakeClock
from tests.plan.service import creates

MODEL = "gemini-2.5-flash"  # from 2026-12-01, gemini-3.5-flash-lite answers for it
OPTIONS: dict[str, Any] = {"model": MODEL, "run": "r"}


def _on(bench: Bench, day: str) -> Bench:
    bench.clock = FakeClock(datetime.fromisoformat(f"{day}T10:00:00").replace(tzinfo=UTC))
    return bench


def _task(folder: Path) -> str:
    """The notes' task without the thinking level that this older model refuses."""
    made = folder / "task"
    made.mkdir()
    for file in NOTES.iterdir():
        if file.is_file():
            kept = [line for line in file.read_text("utf-8").splitlines() if "thinking" not in line]
            (made / file.name).write_text("\n".join(kept) + "\n", encoding="utf-8")
    settings = made / "task.toml"
    allowed = settings.read_text("utf-8").replace("sandbox/gemini-3.6-flash", f"sandbox/{MODEL}")
    settings.write_text(allowed, encoding="utf-8")
    return str(made)


@pytest.fixture
def task(tmp_path: Path) -> str:
    """A task that may be asked of the model."""
    return _task(tmp_path)


def test_reroute_far_ahead_is_not_spoken_of(bench: Bench, task: str) -> None:
    plan = _on(bench, "2026-11-10").processor().plan(task, items=notes(1), model=MODEL)
    assert plan.serving["state"] == "served"
    assert not [remark for remark in plan.remarks if "answered by" in remark]


@pytest.mark.parametrize("day", ["2026-11-17", "2026-11-30"])
def test_reroute_within_two_weeks_is_warned_of(bench: Bench, task: str, day: str) -> None:
    plan = _on(bench, day).processor().plan(task, items=notes(1), model=MODEL)
    assert plan.serving["state"] == "rerouted_soon"
    said = [remark for remark in plan.remarks if "answered by" in remark]
    assert len(said) == 1
    assert "gemini-3.5-flash-lite" in said[0]


@pytest.mark.parametrize("verb", ["plan", "submit", "run"])
def test_rerouted_model_is_refused_before_anything_is_sent(
    bench: Bench, task: str, verb: str
) -> None:
    act = getattr(_on(bench, "2026-12-01").processor(), verb)
    with pytest.raises(HeldBack, match=r"answered by gemini-3\.5-flash-lite"):
        act(task, items=notes(1), model=MODEL)
    assert bench.calls() == []
    assert list(bench.processor().list()) == []


def test_built_run_is_refused_after_the_reroute(
    bench_with: Callable[..., Bench], task: str, tmp_path: Path
) -> None:
    bench = _on(bench_with(faults="403@upload.start"), "2026-11-30")
    inputs = str(write_notes(tmp_path / "inputs", notes(2)))
    with pytest.raises(Exception, match="403"):
        bench.processor().submit(task, inputs=inputs, poll_interval=60.0, **OPTIONS)
    assert bench.processor().status("r").state is State.BUILT
    before = bench.endpoints()
    _on(bench, "2026-12-01")
    with pytest.raises(HeldBack, match=r"answered by gemini-3\.5-flash-lite.*Nothing was sent"):
        bench.processor().resume("r")
    assert bench.endpoints() == before


def test_what_waits_when_the_reroute_comes_is_not_sent_and_what_was_is_judged(
    bench_with: Callable[..., Bench], task: str
) -> None:
    bench = _on(bench_with(job_seconds=1.0), "2026-11-30")
    bench.processor().submit(task, items=notes(3), canary=1, poll_interval=60.0, **OPTIONS)
    _on(bench, "2026-12-01")
    with pytest.raises(NotFinished):
        bench.processor().resume("r", max_wait=0)
    report = bench.processor().resume("r")
    assert exit_code(report) is ExitCode.HELD_BACK
    assert len(creates(bench.calls())) == 1
    counts = report["counts"]
    assert (counts["accepted"], counts["failed"]) == (1, 2)
    assert [item["findings"][0]["rule"] for item in report["items"]] == ["job.held_back"] * 2


def test_answers_of_another_model_are_rejected(bench_with: Callable[..., Bench]) -> None:
    bench = bench_with(faults="rerouted=gemini-3.5-flash-lite")
    report = bench.run(3)
    assert report["counts"]["rejected"] == 1
    (item,) = report["items"]
    assert item["findings"][0]["rule"] == "envelope.other_model"
    assert "gemini-3.5-flash-lite" in item["findings"][0]["message"]
