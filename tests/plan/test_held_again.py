"""A run of which nothing was sent is held against the user's limits again when it is resumed."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from processor.core.plan import Plan
from processor.errors import HeldBack, NotFinished
from tests.bench import INTERVAL, NOTES, Bench, notes, write_notes
from tests.cut import Cut, CutAt
from tests.plan.service import creates


class Question:
    """Answers always the same, and remembers what it was asked."""

    def __init__(self, answer: bool) -> None:
        self.answer = answer
        self.plans: list[Plan] = []

    def __call__(self, plan: Plan) -> bool:
        self.plans.append(plan)
        return self.answer


def _cut(bench: Bench, folder: Path, step: str, **options: Any) -> None:
    """A run that was cut when ``step`` began; nothing was sent."""
    inputs = write_notes(folder / "in", notes(4))
    cut = bench.processor(observer=CutAt(step))
    with pytest.raises(Cut):
        cut.submit(str(NOTES), inputs=str(inputs), run="r", poll_interval=INTERVAL, **options)
    cut.close()
    assert bench.calls() == []


def _dearer(folder: Path) -> str:
    """Models of which the notes' costs a thousand times as much from now on."""
    path = folder / "models.toml"
    path.write_text(
        '[sources]\ntest = "a test, read 2026-11-22"\n'
        '[[models."gemini-3.6-flash".prices]]\nsince = 2026-01-01\nsource = "test"\n'
        + "".join(
            f"{way}_{what} = {price}\n"
            for way in ("batch", "interactive")
            for what, price in (("input", 750.0), ("output", 4500.0), ("cached", 75.0))
        ),
        encoding="utf-8",
    )
    return str(path)


@pytest.mark.parametrize(("step", "state"), [("load", "BUILDING"), ("submit", "BUILT")])
def test_resume_asks_before_the_first_byte_and_only_then(
    bench: Bench, tmp_path: Path, step: str, state: str
) -> None:
    _cut(bench, tmp_path, step)
    assert bench.processor().status("r").state == state
    no, yes, never = Question(False), Question(True), Question(False)
    with pytest.raises(HeldBack, match="You said no"):
        bench.processor(confirm=no).resume("r", poll_interval=INTERVAL)
    assert bench.calls() == []
    assert [plan.estimate.requests for plan in no.plans] == [4]
    cut = bench.processor(confirm=yes, observer=CutAt("fetch"))
    with pytest.raises(Cut):
        cut.resume("r", poll_interval=INTERVAL)
    cut.close()
    assert len(yes.plans) == 1
    report = bench.processor(confirm=never).resume("r", poll_interval=INTERVAL)
    assert never.plans == []
    assert report["counts"]["accepted"] == 4
    assert len(creates(bench.calls())) == 1


@pytest.mark.parametrize("verb", ["resume", "wait"])
def test_what_a_run_may_cost_is_held_at_the_prices_of_the_day(
    bench: Bench, tmp_path: Path, verb: str
) -> None:
    _cut(bench, tmp_path, "submit", max_cost=1.0)
    dear = bench.processor(models=_dearer(tmp_path))
    with pytest.raises(HeldBack, match="--max-cost 1"):
        getattr(dear, verb)("r", poll_interval=INTERVAL)
    assert bench.calls() == []
    assert bench.processor().resume("r", poll_interval=INTERVAL)["counts"]["accepted"] == 4


@pytest.mark.parametrize("verb", ["wait", "collect"])
def test_run_that_was_cut_while_it_was_built_is_not_finished(
    bench: Bench, tmp_path: Path, verb: str
) -> None:
    _cut(bench, tmp_path, "load")
    with pytest.raises(NotFinished, match="truebatch resume r"):
        getattr(bench.processor(), verb)("r")
    assert bench.processor().status("r").state == "BUILDING"
