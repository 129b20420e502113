"""Kills from outside, at moments given by chance, of the command line as it is."""

from __future__ import annotations

import os
import random
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from tests.crash.harness import RUN, SCENARIOS, Bench, Recovery, write_inputs
from tests.crash.measured import keep
from tests.crash.trees import journal_outcomes

_PLAIN, _MIXED, *_ = SCENARIOS
_PARTS = 4
_KILLS = 200
_REAL_KILLS = 20
_CALLS = {
    "upload.start": "",
    "upload.finalize": "",
    "batches.create": "",
    "batches.get": "",
    "files.download": "",
    "batches.list": "lost@batches.create,",
    "files.get": "503@batches.create,",
}


def _assert_whole(recovery: Recovery) -> None:
    assert recovery.whole, f"{recovery.cut}: {recovery.as_json()}\n{recovery.words}"


def _moments(chance: random.Random, longest: float) -> list[float]:
    """One kill, or two or three in a row."""
    return [chance.uniform(0, longest) for _ in range(chance.choice((1, 1, 2, 3)))]


def test_a_run_killed_at_any_time_ends_as_if_it_had_not_been(place: Bench) -> None:
    chance = random.Random(2)
    longest = place.usual_seconds(_MIXED)
    for _ in range(4):
        _assert_whole(place.kill(_MIXED, _moments(chance, longest)))


@pytest.mark.soak
@pytest.mark.parametrize("part", range(_PARTS))
def test_many_runs_killed_at_any_time_end_as_if_they_had_not_been(place: Bench, part: int) -> None:
    chance = random.Random(f"kills {part}")
    longest = place.usual_seconds(_MIXED)
    made: list[Recovery] = []
    # A run that had ended before its moment came was not killed, and does not count.
    while sum(recovery.kills for recovery in made) < _KILLS // _PARTS:
        made.append(place.kill(_MIXED, _moments(chance, longest)))
    keep(f"kills-{part}", (recovery.as_json() for recovery in made))
    for recovery in made:
        _assert_whole(recovery)
    assert len({recovery.said for recovery in made}) >= 4, "the kills fell in few places"


def _killed_in_call(place: Bench, fault: str, endpoint: str) -> Recovery:
    # Late enough that it has come to that call, on a busy machine too; there it waits for a minute.
    moment = 1.5 + 2 * place.usual_seconds(_PLAIN)
    return place.kill(_PLAIN, [moment], faults=f"{_CALLS[endpoint]}{fault}=60@{endpoint}")


def test_a_run_killed_while_create_is_under_way_makes_one_job(place: Bench) -> None:
    recovery = _killed_in_call(place, "lost_hang", "batches.create")
    _assert_whole(recovery)
    assert recovery.said == "SUBMITTING"
    assert "batches.create" not in recovery.calls


@pytest.mark.soak
@pytest.mark.parametrize("fault", ["hang", "lost_hang"])
@pytest.mark.parametrize("endpoint", _CALLS)
def test_a_run_killed_in_any_call_ends_as_if_it_had_not_been(
    place: Bench, endpoint: str, fault: str
) -> None:
    recovery = _killed_in_call(place, fault, endpoint)
    name = "on its way back" if fault == "lost_hang" else "on its way there"
    keep(f"calls-{endpoint}-{fault}", [{**recovery.as_json(), "cut": f"{endpoint} {name}"}])
    _assert_whole(recovery)


# -- the program as a person starts it -------------------------------------------------------------


def _truebatch(folder: Path, *arguments: str) -> subprocess.Popen[bytes]:
    where = ("--outputs", str(folder / "outputs"), "--sandbox", "--faults", "none")
    return subprocess.Popen(
        [sys.executable, "-m", "processor", *arguments, *where, "--poll-interval", "0.2", "-q"],
        cwd=Path(__file__).parents[2],
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )


def _start(folder: Path) -> subprocess.Popen[bytes]:
    task, inputs = str(folder / "task"), str(folder / "inputs")
    return _truebatch(folder, "run", task, "--inputs", inputs, "--run", RUN)


def _end(folder: Path) -> int:
    code = _truebatch(folder, "resume", RUN).wait(60)
    # Exit 2: the journal does not know the run, it was killed before it was one.
    return _start(folder).wait(60) if code == 2 else code


def _jobs_made(folder: Path) -> int:
    jobs = folder / "outputs" / "sandbox-state" / "jobs"
    return len(list(jobs.glob("*.requests")))


def _kill_real(folder: Path, moment: float) -> None:
    """SIGKILL to the program; its own sandbox dies with it, and its state is taken up again."""
    write_inputs(folder, [f"n{number}" for number in range(30)])
    process = _start(folder)
    time.sleep(moment)
    os.kill(process.pid, signal.SIGKILL)
    process.wait()
    assert _end(folder) == 0
    assert _jobs_made(folder) == 1
    outcomes = journal_outcomes(folder / "outputs", RUN)
    assert [row[2] for row in outcomes] == ["accepted"] * 30
    assert not [path for path in folder.rglob("*") if path.suffix in (".tmp", ".spool")]


def test_the_program_killed_with_its_sandbox_makes_one_job(tmp_path: Path) -> None:
    _kill_real(tmp_path / "one", 2.0)


@pytest.mark.soak
@pytest.mark.parametrize("part", range(_PARTS))
def test_the_program_killed_with_its_sandbox_at_any_time_makes_one_job(
    tmp_path: Path, part: int
) -> None:
    chance = random.Random(part)
    rows = []
    for number in range(_REAL_KILLS // _PARTS):
        moment = chance.uniform(0.5, 5.0)
        _kill_real(tmp_path / str(number), moment)
        rows.append({"cut": f"after {moment:.3f} s", "jobs": 1, "lost": 0, "differ": 0})
    keep(f"sandboxed-{part}", rows)


@pytest.mark.soak
@pytest.mark.parametrize("files", [1, 700, 1_900])
def test_the_program_killed_while_its_child_writes_outputs_leaves_all_of_them(
    tmp_path: Path, files: int
) -> None:
    """So many items that another process writes the files (processor/effects/file_writer.py)."""
    count = 2_500
    write_inputs(tmp_path, [f"n{number}" for number in range(count)])
    outputs = tmp_path / "outputs" / "notes"
    process = _start(tmp_path)
    while not outputs.is_dir() or len(list(outputs.iterdir())) < files:
        assert process.poll() is None, "it ended before it was killed"
        time.sleep(0.001)
    os.kill(process.pid, signal.SIGKILL)
    process.wait()
    assert _end(tmp_path) == 0
    assert _jobs_made(tmp_path) == 1
    assert [row[2] for row in journal_outcomes(tmp_path / "outputs", RUN)] == ["accepted"] * count
    assert sorted(path.stem for path in outputs.iterdir()) == sorted(
        f"n{number}" for number in range(count)
    )
