"""A list of prompts survives its program: killed anywhere, it is paid for once, and nothing is lost."""

from __future__ import annotations

import json
import signal
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from processor import Failure
from processor.errors import WrongUsage
from tests.application.answers import Label, questions
from tests.bench import PROJECT, Bench
from tests.crash.cuts import Cut, read_trace

COUNT = 40
# The most telling instants; `make soak` takes all there are.
CUTS = (
    "inside files.writing prompts.jsonl #1",
    "after journal.begin_run #1",
    "after gateway.create #1",
)


def _submit(bench: Bench, trace: Path, cut: str) -> int:
    """The exit code of an application that submits, and is killed at ``cut``."""
    order: dict[str, Any] = {
        "cut": cut, "trace": str(trace), "key": bench.key, "url": bench.sandbox.url,
        "outputs": str(bench.outputs), "count": COUNT,
    }  # fmt: skip
    done = subprocess.run(
        [sys.executable, "-m", "tests.application.child", json.dumps(order)],
        cwd=PROJECT,
        capture_output=True,
        encoding="utf-8",
        timeout=120,
    )
    assert done.returncode in (0, -signal.SIGKILL), done.stderr
    return done.returncode


def _ask_again(bench: Bench) -> None:
    bench.processor().submit_prompts(
        questions(COUNT), schema=Label, send_schema="response_schema",
        accept_models=["sandbox/gemini-3.6-flash"], run="r", poll_interval=1,
    )  # fmt: skip


def _check(bench: Bench) -> None:
    """The run comes to its end by another program, with every prompt asked and answered once."""
    processor = bench.processor()
    try:
        report = processor.resume("r")
    except WrongUsage:  # it was killed before the journal knew of it: nothing was sent
        assert bench.endpoints() == []
        _ask_again(bench)
        report = processor.resume("r")
    assert report["counts"]["accepted"] == COUNT
    results = list(processor.results("r", model=Label))
    assert [one for one in results if isinstance(one, Failure)] == []
    assert len(results) == COUNT
    lines = (bench.folder() / "requests.json").read_bytes().splitlines()
    contents = [json.loads(line)["request"]["contents"] for line in lines]
    assert [one[0]["parts"][0]["text"] for one in contents] == questions(COUNT)
    assert len(bench.calls("batches.create")) == 1


@pytest.mark.parametrize("cut", CUTS)
def test_killed_program_is_taken_up_by_another(bench: Bench, tmp_path: Path, cut: str) -> None:
    trace = tmp_path / "trace"
    assert _submit(bench, trace, cut) == -signal.SIGKILL
    assert str(read_trace(trace)[-1]) == cut
    _check(bench)


@pytest.mark.soak
def test_killed_at_any_instant_it_is_taken_up(bench_with: Any, tmp_path: Path) -> None:
    bench = bench_with()
    trace = tmp_path / "trace"
    assert _submit(bench, trace, "") == 0
    cuts: tuple[Cut, ...] = read_trace(trace)
    assert len(cuts) > 30
    for number, cut in enumerate(cuts):
        one = Bench(bench.sandbox, f"{bench.key}-{number}", tmp_path / f"outputs-{number}")
        assert _submit(one, tmp_path / f"trace-{number}", str(cut)) == -signal.SIGKILL, cut
        _check(one)
        one.close()
