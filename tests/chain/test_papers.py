"""Research synthesis, whole: papers to extractions to synthesis records, as people start it."""

from __future__ import annotations

import os
import signal
import time
from pathlib import Path

import pytest

from tests.bench import PROJECT, read_lines
from tests.program import started, truebatch

PAPERS = PROJECT.parent / "shared" / "papers"
_STAGES = ("stage_1a", "stage_2a")
_RUNS = ("p-1-stage_1a", "p-2-stage_2a")
_SECONDS = 120.0


def _arguments(outputs: Path, inputs: Path, faults: str) -> list[str]:
    return [
        "pipeline", *_STAGES, "--inputs", str(inputs), "--run", "p", "--json", "--sandbox",
        "--faults", faults, "--outputs", str(outputs), "--poll-interval", "0.3",
    ]  # fmt: skip


def _papers() -> Path:
    if not PAPERS.is_dir():
        pytest.skip("the articles are not here")
    return PAPERS


def _good(outputs: Path, run: str) -> list[str]:
    envelopes = read_lines(outputs / "runs" / run / "items.jsonl")
    return [e["item_id"] for e in envelopes if e["outcome"] in ("accepted", "reused")]


def _asked(outputs: Path, run: str) -> list[str]:
    return [e["item_id"] for e in read_lines(outputs / "runs" / run / "items.jsonl")]


def _jobs(outputs: Path) -> int:
    return len(list((outputs / "sandbox-state" / "jobs").glob("*.requests")))


# The systems' tests take the samples through it as the README does.
@pytest.mark.parametrize("faults", [pytest.param("none", marks=pytest.mark.soak), "realistic"])
def test_samples_go_through_both_stages(tmp_path: Path, faults: str) -> None:
    outputs = tmp_path / "o"
    ended = truebatch(*_arguments(outputs, PROJECT / "inputs", faults))
    assert ended.code == (0 if faults == "none" else 1), ended.stderr
    assert ended.json["state"] == "DONE"
    assert len(_asked(outputs, _RUNS[0])) == 22
    assert _asked(outputs, _RUNS[1]) == _good(outputs, _RUNS[0])
    assert len(_good(outputs, _RUNS[1])) >= 15
    assert _jobs(outputs) == 2


def test_real_articles_go_through_both_stages(tmp_path: Path) -> None:
    outputs = tmp_path / "o"
    ended = truebatch(*_arguments(outputs, _papers(), "none"))
    assert ended.code == 0, ended.stderr
    count = len(list(PAPERS.glob("*.json")))
    assert count > 0
    assert [stage["counts"]["accepted"] for stage in ended.json["stages"]] == [count, count]
    assert _asked(outputs, _RUNS[1]) == _asked(outputs, _RUNS[0])


@pytest.mark.parametrize("stage", [pytest.param(0, marks=pytest.mark.soak), 1])
def test_killed_in_either_stage_comes_to_the_same_end(tmp_path: Path, stage: int) -> None:
    outputs = tmp_path / "o"
    arguments = _arguments(outputs, PROJECT / "inputs", "none")
    child = started(arguments)
    with child:
        # The journal says SUBMITTED some time after the request file is there: the job is under way.
        wanted = outputs / "runs" / _RUNS[stage] / "requests.json"
        until = time.monotonic() + _SECONDS
        while not wanted.is_file():
            assert child.poll() is None, child.communicate()
            assert time.monotonic() < until
            time.sleep(0.02)
        time.sleep(0.8)
        assert child.poll() is None, "it ended before it was killed"
        os.kill(child.pid, signal.SIGKILL)
    ended = truebatch(*(arguments if stage else ["resume", *arguments[7:]]))
    assert ended.code == 0, ended.stderr
    assert [s["counts"]["accepted"] for s in ended.json["stages"]] == [22, 22]
    assert _asked(outputs, _RUNS[1]) == _asked(outputs, _RUNS[0])
    assert _jobs(outputs) == 2
