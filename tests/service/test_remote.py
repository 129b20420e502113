"""The command line at a service: the same verbs, the same output, the same exit codes."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest

from sandbox.process import Sandbox
from tests.bench import NOTES, notes, write_notes
from tests.program import Ended
from tests.service.service import RestService


@pytest.fixture
def at(program: Callable[..., Ended], service: RestService) -> Callable[..., Ended]:
    """The program with ``--server``."""
    return lambda *arguments: program("--server", service.url, *arguments)


def test_run_at_a_service_is_as_here(
    at: Callable[..., Ended],
    program: Callable[..., Ended],
    shared_sandbox: Sandbox,
    tmp_path: Path,
    name: str,
) -> None:
    inputs = write_notes(tmp_path / "in", notes(3))
    alike = ["--base-url", shared_sandbox.url, "--api-key", name, "--json"]
    here = program("run", str(NOTES), "--inputs", str(inputs), "--poll-interval", "0.1", *alike)
    there = at("run", "notes", "--inputs", str(inputs), "--run", name, "--fresh", "--json")
    assert there.code == here.code == 0, there.stdout
    assert set(there.json) == set(here.json)
    assert there.json["counts"] == here.json["counts"]
    assert there.json["run"] == name

    found = at("results", name)
    assert len(found.stdout.splitlines()) == 3
    every = at("results", name, "--envelopes", "--json").json["results"]
    assert [one["item_id"] for one in every] == ["n1", "n2", "n3"]

    assert set(at("status", name, "--json").json) == set(program("status", *alike).json)
    listed = at("list", "--json").json["runs"]
    assert name in [one["run"] for one in listed]
    assert at("report", name, "--json").json["run"] == name
    assert at("costs", "--by", "task", "--json").json["by"] == "task"
    for words in (
        ["status", name],
        ["report", name],
        ["list"],
        ["costs"],
        ["tasks"],
        ["tasks", "notes"],
    ):
        assert at(*words).code == 0, words
        assert at(*words).stdout


def test_items_keep_the_ids_that_their_files_gave_them(
    at: Callable[..., Ended], tmp_path: Path, name: str
) -> None:
    (tmp_path / "in").mkdir()
    for stem in ("b", "a"):
        note = {"title": stem, "text": f"The weir of {stem}."}
        (tmp_path / "in" / f"{stem}.json").write_text(json.dumps(note), encoding="utf-8")
    ended = at("run", "notes", "--inputs", str(tmp_path / "in"), "--run", name, "--json")
    assert ended.code == 0, ended.stdout
    every = at("results", name, "--envelopes", "--json").json["results"]
    assert [one["item_id"] for one in every] == ["a", "b"]


def test_rejections_are_exit_code_1_and_retried(
    at: Callable[..., Ended], tmp_path: Path, name: str
) -> None:
    inputs = write_notes(tmp_path / "in", notes(2))
    ended = at("run", "wanting", "--inputs", str(inputs), "--run", name, "--json")
    assert ended.code == 1
    again = at("retry", name, "--run", f"{name}-2", "--json")
    assert again.code == 1
    assert again.json["retry_of"] == name


def test_submitted_run_is_waited_for_later(
    at: Callable[..., Ended], tmp_path: Path, name: str
) -> None:
    inputs = write_notes(tmp_path / "in", notes(2))
    taken = at("submit", "notes", "--inputs", str(inputs), "--run", name, "--json")
    assert taken.code == 0
    assert taken.json["run"] == name
    ended = at("resume", name, "--json")
    assert ended.code == 0
    assert ended.json["state"] == "DONE"
    assert at("cancel", name, "--no-wait", "--json").json["state"] == "DONE"


def test_waiting_ends_at_max_wait_with_exit_code_4(
    at: Callable[..., Ended], tmp_path: Path, name: str
) -> None:
    inputs = write_notes(tmp_path / "in", notes(1))
    slow = at(
        "run",
        "notes",
        "--inputs",
        str(inputs),
        "--run",
        name,
        "--fresh",
        "--max-wait",
        "0",
        "--json",
    )
    assert slow.code == 4
    assert slow.json["error"]["run"] == name


@pytest.mark.parametrize(
    ("words", "code", "says"),
    [
        (["status", "nothing"], 2, "nothing"),
        (["run", "no_such_task", "--inputs", "x"], 2, "no_such_task"),
        (["run", "./folder", "--inputs", "x"], 2, "folder"),
        (["run", "notes", "--inputs", "x", "--then", "ls"], 2, "--then"),
        (["run", "notes", "--inputs", "x", "--api-key", "k"], 2, "--api-key"),
        (["run", "notes", "--inputs", "missing.json"], 3, "missing.json"),
        (["plan", "notes"], 2, "plan"),
        (["report", "x", "--rejudge"], 2, "--server"),
    ],
)
def test_what_cannot_be_done_is_said(
    at: Callable[..., Ended], words: list[str], code: int, says: str
) -> None:
    ended = at(*words, "--json")
    assert ended.code == code, ended.stdout
    assert says in ended.json["error"]["message"]


def test_service_that_is_not_there_is_exit_code_6(program: Callable[..., Ended]) -> None:
    ended = program("--server", "http://127.0.0.1:9", "status", "--json")
    assert ended.code == 6
    assert "http://127.0.0.1:9" in ended.json["error"]["message"]


def test_wrong_token_is_said_and_not_shown(
    program: Callable[..., Ended], service: RestService, tmp_path: Path
) -> None:
    (tmp_path / "token").write_text("tb_wrong\n", encoding="utf-8")
    ended = program(
        "--server", service.url, "--token-file", str(tmp_path / "token"), "status", "--json"
    )
    assert ended.code == 2
    assert "token" in ended.json["error"]["message"]
    assert "tb_wrong" not in ended.stdout + ended.stderr
