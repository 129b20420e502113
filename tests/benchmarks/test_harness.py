"""The harness runs the real stages over its material, and tells no more than it measured."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import xml.etree.ElementTree as ET
from dataclasses import dataclass
from pathlib import Path

import pytest

from benchmarks import child, material, stages
from benchmarks.peers.__main__ import PEERS, NoEnvironment, Peer, interpreter_of, write_material
from benchmarks.scale import Run, faults, steps_of
from benchmarks.scale_plot import plot
from tests.bench import PROJECT

COUNT = 40


@pytest.mark.parametrize("size", [1_000, 9_000, 90_000])
def test_material_has_the_size_it_is_asked_for(size: int, tmp_path: Path) -> None:
    lines = material.write_lines(tmp_path / "items.jsonl", COUNT, size)
    answers = tmp_path / "answers.jsonl"
    material.write_answers(answers, COUNT, size)
    for path in (lines, answers):
        assert path.stat().st_size == pytest.approx(COUNT * size, rel=0.12)


@pytest.mark.parametrize("form", ["lines", "folder"])
def test_build_is_measured_beside_its_floor(form: str, tmp_path: Path) -> None:
    found = stages.measure("build", form, COUNT, 1_000, 1, tmp_path)
    assert found.read_bytes == pytest.approx(COUNT * 1_000, rel=0.12)
    assert found.ours.seconds > 0
    assert found.floor.seconds > 0
    assert found.peak_bytes > 20_000_000
    told = found.as_json()
    assert told["ratio"] == round(found.floor.seconds / found.ours.seconds, 3)
    assert not [path for path in tmp_path.rglob("*") if path.is_file()]  # the disk has room again


def test_collect_accepts_every_answer_of_the_material(tmp_path: Path) -> None:
    # The child fails where an answer is not accepted: figures of rejected answers mean nothing.
    found = stages.measure("collect", "lines", COUNT, 9_000, 1, tmp_path)
    assert found.ours.seconds > 0


def test_child_that_fails_is_no_measurement(tmp_path: Path) -> None:
    with pytest.raises(child.Failed, match="ended with 3"):
        child.run([sys.executable, "-c", "raise SystemExit(3)"], tmp_path)


def test_memory_is_the_child_s_own(tmp_path: Path) -> None:
    held = b"x" * 200_000_000  # of ours, which the child has nothing to do with
    used = child.run([sys.executable, "-S", "-c", "print(1)"], tmp_path)
    assert used.peak_bytes < len(held) / 2


def test_cookbook_loop_makes_and_reads_what_the_others_do(tmp_path: Path) -> None:
    folder = write_material(tmp_path / "m", COUNT)
    program = PROJECT / "benchmarks" / "peers" / "peer_cookbook.py"
    for stage in ("build", "parse"):
        done = subprocess.run(
            [sys.executable, str(program), stage, str(folder)], capture_output=True, check=True
        )
        assert json.loads(done.stdout.splitlines()[-1])["count"] == COUNT
    lines = (folder / "cookbook.jsonl").read_text("utf-8").splitlines()
    assert [json.loads(line)["key"] for line in lines][:2] == ["p0000000_paper", "p0000001_paper"]


def test_every_peer_has_a_program_and_says_what_it_leaves_undone() -> None:
    folder = PROJECT / "benchmarks" / "peers"
    programs = {path.stem.removeprefix("peer_") for path in folder.glob("peer_*.py")}
    assert {peer.program for peer in PEERS} == programs
    assert all(peer.judges and peer.undone for peer in PEERS)


def test_peer_that_cannot_be_had_says_why(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr("benchmarks.peers.__main__.CACHE", tmp_path)
    absent = Peer(
        name="x", program="x", packages=("x",), python="9.9", judges="nothing", undone="all"
    )
    with pytest.raises(NoEnvironment, match=r"no Python 9\.9 here"):
        interpreter_of(absent)


@dataclass(frozen=True)
class Point:
    """A run, as far as it is drawn."""

    count: int
    own_seconds: float
    peak_bytes: int
    item_bytes: int = 1_000


def test_plot_draws_every_run() -> None:
    runs = [Point(10_000, 2.0, 90_000_000), Point(1_000_000, 180.0, 110_000_000)]
    root = ET.fromstring(plot(runs))
    names = [text.text for text in root.iter("{http://www.w3.org/2000/svg}text")]
    assert {"10,000", "1,000,000"} <= set(names)
    assert len(list(root.iter("{http://www.w3.org/2000/svg}circle"))) == 2 * len(runs)


def test_steps_are_timed_by_the_log(tmp_path: Path) -> None:
    log = tmp_path / "run.log"
    lines = ("05.0 build: 5 items", "07.5 submit: batches/b", "17.5 poll: b", "18.0 fetch: 5",
             "20.0 report: r")  # fmt: skip
    log.write_text(
        "\n".join(
            f"2026-11-22T07:00:{second}00+00:00 INFO    r {rest}"
            for second, _, rest in (line.partition(" ") for line in lines)
        ),
        "utf-8",
    )
    assert steps_of(log, 20.0) == {
        "load + build": 5.0,
        "upload + submit": 2.5,
        "the job, polled": 10.0,
        "fetch": 0.5,
        "validate + save + report": 2.0,
    }


def test_growth_is_a_fault() -> None:
    def run(count: int, seconds: float, peak: int) -> Run:
        return Run(
            count=count, item_bytes=1_000, seconds=seconds, cpu_seconds=seconds, peak_bytes=peak,
            sandbox_bytes=0, disk_bytes=0, jobs=1, accepted=count, steps={},
        )  # fmt: skip

    small = run(100_000, 20.0, 100_000_000)
    assert faults([small, run(1_000_000, 205.0, 110_000_000)]) == []
    assert len(faults([small, run(1_000_000, 260.0, 290_000_000)])) == 2
    assert len(faults([run(10, 1.0, 301_000_000)])) == 1


def test_table_says_on_which_machine() -> None:
    assert stages.machine()["processors"] == os.cpu_count()
