"""The README's four systems, each by its one command, over a socket to the sandbox it starts itself."""

from __future__ import annotations

import json
import re
import shutil
import signal
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.bench import PROJECT, read_lines
from tests.documents.readme import Line, lines
from tests.program import Ended, started, truebatch

_SECTION = "Four systems, one command each"
_SYSTEMS = [line for line in lines(_SECTION) if "--sandbox" in line.words]
# Of the samples, with the faults that `--sandbox` plays by itself: what the guidelines' table says.
_ACCEPTED = {
    "stage_1a": (20, 22), "stage_2a": (18, 20), "identity": (59, 61), "news": (38, 40),
    "categorise": (24, 26),
}  # fmt: skip
_INDEX = """\
import json, os
with open(os.environ["TRUEBATCH_ITEMS"], encoding="utf-8") as lines:
    kept = [one["item_id"] for one in map(json.loads, lines) if one["data"] is not None]
with open("index.json", "w", encoding="utf-8") as index:
    json.dump(kept, index)
print(f"index of {len(kept)} chunks")
"""


def _name(line: Line) -> str:
    return "pipeline" if line.command == "pipeline" else line.words[1]


def _tasks(line: Line) -> list[str]:
    return [word for word in line.words if word in _ACCEPTED]


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A reader's folder: the sample items, and the next stage that the README speaks of."""
    shutil.copytree(PROJECT / "inputs", tmp_path / "inputs")
    (tmp_path / "rebuild_index.py").write_text(_INDEX, encoding="utf-8")
    return tmp_path


def _envelopes(folder: Path, task: str) -> list[str]:
    """The outcomes of the task's only run, in input order."""
    (run,) = [
        path
        for path in (folder / "outputs" / "sandbox" / "runs").iterdir()
        if json.loads((path / "report.json").read_text("utf-8"))["task"] == task
    ]
    return [one["outcome"] for one in read_lines(run / "items.jsonl")]


def _check_outputs(folder: Path, task: str) -> None:
    accepted, of = _ACCEPTED[task]
    outcomes = _envelopes(folder, task)
    assert (outcomes.count("accepted"), len(outcomes)) == (accepted, of), task
    made = list((folder / "outputs" / "sandbox" / task).glob("*.json"))
    assert len(made) == accepted


def _jobs(folder: Path) -> int:
    """How many jobs were ever made in the sandbox of this folder."""
    state = folder / "outputs" / "sandbox" / "sandbox-state" / "jobs"
    return len(list(state.glob("*.requests")))


def test_readme_has_the_four_systems() -> None:
    assert sorted(task for line in _SYSTEMS for task in _tasks(line)) == sorted(_ACCEPTED)
    assert len(_SYSTEMS) == 4


@pytest.mark.parametrize("line", _SYSTEMS, ids=_name)
def test_one_command_tells_share_cost_and_outputs(
    line: Line, folder: Path, program: Callable[..., Ended]
) -> None:
    ended = program(*line.words, "--poll-interval", "0.3")
    assert ended.code == 1, ended.stderr  # some are rejected or failed, and that is said
    for task in _tasks(line):
        accepted, of = _ACCEPTED[task]
        _check_outputs(folder, task)
        if line.command == "run":
            assert f"{accepted} accepted" in ended.stdout
            assert f"of {of} items" in ended.stdout
            assert re.search(r"out: 0\.\d{4} USD as a batch, 0\.\d{4} USD one by one", ended.stdout)
            assert f"outputs/sandbox/{task}/" in ended.stdout
        else:
            row = rf"{task} .*DONE +{accepted} +0 +\d+ +\d+ +0\.\d{{4}}$"
            assert re.search(row, ended.stdout, re.MULTILINE), ended.stdout
    assert _jobs(folder) == len(_tasks(line))
    if "--then" in line.words:
        kept = json.loads((folder / "index.json").read_text("utf-8"))
        assert len(kept) == _ACCEPTED["identity"][0]
    if line.words[1] == "news":
        assert re.search(r"is_financial: (true|false) \d+, (true|false) \d+", ended.stdout)
        assert re.search(r"sentiment: \w+ \d+, \w+ \d+", ended.stdout)
    if line.words[1] == "identity":
        assert re.search(r"people\[\]\.name: .+ \d+, ", ended.stdout)


@pytest.mark.soak
@pytest.mark.parametrize("line", _SYSTEMS, ids=_name)
def test_killed_in_the_middle_it_is_resumed_and_nothing_is_asked_twice(
    line: Line, folder: Path
) -> None:
    child = started([*line.words, "--poll-interval", "0.3"], cwd=folder)
    assert child.stderr is not None
    for told in child.stderr:
        if b"asks for" in told:  # the job is made and journalled
            break
    child.send_signal(signal.SIGKILL)
    child.wait()
    child.stderr.close()
    assert child.stdout is not None
    child.stdout.close()
    ended = truebatch("resume", "--sandbox", "--poll-interval", "0.3", cwd=folder)
    assert ended.code == 1, ended.stderr
    for task in _tasks(line):
        _check_outputs(folder, task)
    assert _jobs(folder) == len(_tasks(line))
    assert (folder / "index.json").is_file() is ("--then" in line.words)
