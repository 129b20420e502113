"""What runs after a run: on which ends, with which environment, and never with the key."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from processor.core.after import When, parse_after
from processor.errors import WrongUsage
from tests.bench import NOTES, Bench, notes, read_lines, write_notes
from tests.chain.stages import CHAIN, SECOND, stages, write_remarks
from tests.program import Ended, truebatch

BenchWith = Callable[..., Bench]
_CODE = """\
import json, os, sys
told = {k: v for k, v in os.environ.items() if k.startswith(("TRUEBATCH_", "GEMINI", "GOOGLE"))}
with open(sys.argv[1], "a", encoding="utf-8") as file:
    file.write(json.dumps({"told": told, "args": sys.argv[2:], "stdin": sys.stdin.read()}) + "\\n")
print("printed by the command")
sys.exit(int(sys.argv[3]) if len(sys.argv) > 3 else 0)
"""


def _script(tmp_path: Path) -> list[str]:
    """A command that writes what it was told to ``told.jsonl``."""
    path = tmp_path / "next stage.py"
    path.write_text(_CODE, encoding="utf-8")
    return [sys.executable, str(path), str(tmp_path / "told.jsonl")]


def _told(tmp_path: Path) -> list[dict[str, Any]]:
    path = tmp_path / "told.jsonl"
    return read_lines(path) if path.is_file() else []


def _line(*parts: str) -> str:
    return " ".join(f"'{part}'" for part in parts)


def _options(bench: Bench, *more: str) -> list[str]:
    where = ["--outputs", str(bench.outputs), "--base-url", bench.sandbox.url]
    return [*where, "--poll-interval", "0.1", *more]


def _run(bench: Bench, tmp_path: Path, *more: str) -> Ended:
    inputs = str(write_notes(tmp_path / "in", notes(2)))
    return truebatch(
        "run", str(NOTES), "--inputs", inputs, "--run", "r", "--json", *_options(bench, *more),
        env={"GEMINI_API_KEY": bench.key, "GOOGLE_API_KEY": bench.key},
    )  # fmt: skip


def test_command_is_told_the_run_and_never_the_key(bench: Bench, tmp_path: Path) -> None:
    ended = _run(bench, tmp_path, "--then", _line(*_script(tmp_path), "$HOME; ls"))
    assert ended.code == 0, ended.stderr
    assert ended.json["state"] == "DONE"
    assert "printed by the command" in ended.stderr
    (call,) = _told(tmp_path)
    folder = bench.folder().absolute()
    assert call["told"] == {
        "TRUEBATCH_RUN": "r",
        "TRUEBATCH_TASK": "notes",
        "TRUEBATCH_RUN_DIR": str(folder),
        "TRUEBATCH_OUTPUTS": str(bench.outputs.absolute() / "notes"),
        "TRUEBATCH_REPORT": str(folder / "report.json"),
        "TRUEBATCH_ITEMS": str(folder / "items.jsonl"),
        "TRUEBATCH_ACCEPTED": "2",
        "TRUEBATCH_REJECTED": "0",
        "TRUEBATCH_FAILED": "0",
        "TRUEBATCH_REUSED": "0",
        "TRUEBATCH_PENDING": "0",
        "TRUEBATCH_EXIT_CODE": "0",
    }
    assert call["args"] == ["$HOME; ls"]  # no shell has read it
    assert call["stdin"] == ""


def test_failure_is_exit_1_and_resume_runs_only_the_command_again(
    bench: Bench, tmp_path: Path
) -> None:
    ended = _run(bench, tmp_path, "--then", _line(*_script(tmp_path), "x", "3"))
    assert ended.code == 1
    assert ended.json["state"] == "DONE"
    assert "exit code 3" in ended.stderr
    calls = bench.endpoints()
    _script(tmp_path)
    (tmp_path / "next stage.py").write_text(
        _CODE.replace("sys.exit(", "sys.exit(0 and "), encoding="utf-8"
    )
    for times in (2, 2):  # once it has done well, it is left alone
        resumed = truebatch("resume", "r", *_options(bench), env={"GEMINI_API_KEY": bench.key})
        assert resumed.code == 0, resumed.stderr
        assert len(_told(tmp_path)) == times
    assert bench.endpoints() == calls


def test_command_that_is_not_there_is_exit_1_and_the_run_whole(
    bench: Bench, tmp_path: Path
) -> None:
    ended = _run(bench, tmp_path, "--then", "/no/such/program")
    assert ended.code == 1
    assert "/no/such/program" in ended.stderr
    assert "Traceback" not in ended.stderr
    assert ended.json["counts"]["accepted"] == 2


def test_run_cut_before_the_command_has_it_run_by_resume(bench: Bench, tmp_path: Path) -> None:
    processor = bench.processor()
    report = bench.run(2, then=_script(tmp_path))
    assert _told(tmp_path) == []  # from Python, it is a verb of its own
    assert processor.after(report) == 0
    assert processor.after(report) is None
    assert len(_told(tmp_path)) == 1


@pytest.mark.parametrize(
    ("faults", "code"), [("", 0), ("truncated@n1_notes", 1), ("job_failed*1", 5)]
)
@pytest.mark.parametrize("when", list(When))
def test_runs_on_the_ends_that_are_wanted(
    bench_with: BenchWith, tmp_path: Path, faults: str, code: int, when: When
) -> None:
    wanted = {When.ACCEPTED: code == 0, When.FINISHED: code in (0, 1), When.ALWAYS: True}[when]
    bench = bench_with(**({"faults": faults} if faults else {}))
    report = bench.run(2, then=_script(tmp_path), then_when=when.value)
    ended = bench.processor().after(report)
    assert (ended == 0) is wanted
    assert [call["told"]["TRUEBATCH_EXIT_CODE"] for call in _told(tmp_path)] == [str(code)] * wanted


def test_after_table_of_the_task_holds_and_then_replaces_it(bench: Bench, tmp_path: Path) -> None:
    command = json.dumps([*_script(tmp_path), "table"])
    task = write_remarks(tmp_path / "task", f"[after]\ncommand = {command}\n")
    given: dict[str, Any] = {"items": [{"id": "1", "subject": "x"}], "poll_interval": 60.0}
    processor = bench.processor()
    processor.after(processor.run(task, run="a", **given))
    processor.after(processor.run(task, run="b", then=[*_script(tmp_path), "then"], **given))
    assert [call["args"] for call in _told(tmp_path)] == [["table"], ["then"]]


@pytest.mark.parametrize(
    ("table", "says"),
    [
        ({}, "command is a line, or a list"),
        ({"command": ""}, "no command"),
        ({"command": []}, "no command"),
        ({"command": ["a", 1]}, "command is a line, or a list"),
        ({"command": "'a"}, "No closing quotation"),
        ({"command": "a\0b"}, "no command"),
        ({"command": "a", "when": "never"}, "when is one of accepted, finished, always"),
        ({"command": "a", "where": "b"}, "unknown key `where`"),
    ],
)
def test_refuses_what_is_no_after_table(tmp_path: Path, table: dict[str, Any], says: str) -> None:
    with pytest.raises(WrongUsage, match=f"here.*{says}"):
        parse_after(table, "here")


def test_wrong_after_table_is_told_before_anything_is_sent(bench: Bench, tmp_path: Path) -> None:
    task = write_remarks(tmp_path / "task", '[after]\ncommand = "a"\nwhen = "soon"\n')
    with pytest.raises(WrongUsage, match=r"task\.toml \[after\]: when is"):
        bench.processor().run(task, items=[{"id": "1", "subject": "x"}])
    assert bench.endpoints() == []


def test_line_is_taken_apart_as_a_shell_would() -> None:
    after = parse_after({"command": r"""sh -c 'echo "a b"' c\ d"""}, "here")
    assert after.command == ("sh", "-c", 'echo "a b"', "c d")
    assert parse_after(after.as_json(), "here") == after


def test_pipeline_runs_it_after_the_last_stage_alone(bench: Bench, tmp_path: Path) -> None:
    inputs = str(write_notes(tmp_path / "in", notes(2)))
    ended = truebatch(
        "pipeline", *stages(tmp_path), "--inputs", inputs, "--run", CHAIN, "--json",
        "--then", _line(*_script(tmp_path), "x", "4"), *_options(bench),
        env={"GEMINI_API_KEY": bench.key},
    )  # fmt: skip
    assert ended.code == 1, ended.stderr
    assert ended.json["exit_code"] == 1
    assert [call["told"]["TRUEBATCH_RUN"] for call in _told(tmp_path)] == [SECOND]
    assert [stage["exit_code"] for stage in ended.json["stages"]] == [0, 0]
