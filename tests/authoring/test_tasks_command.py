"""tasks --new, --preview, --infer-schema, and the user's own tasks."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest

from processor.api.checking import check_task
from processor.core.task import TASK_FILES
from tests.attachments import material as attachments
from tests.bench import NOTES, Bench, note, write_notes
from tests.context import material as context
from tests.program import Ended

Program = Callable[..., Ended]


# -- new ----------------------------------------------------------------------------------------


def test_new_task_has_every_file_and_no_fault(program: Program, tmp_path: Path) -> None:
    ended = program("tasks", "--new", "mine", "--in", "there", "--json")
    assert ended.code == 0
    folder = tmp_path / "there" / "mine"
    assert sorted(file.name for file in folder.iterdir()) == sorted(TASK_FILES)
    assert ended.json == {"folder": str(Path("there/mine")), "files": sorted(TASK_FILES)}
    assert check_task(str(folder)) == ()
    assert 'name = "mine"' in (folder / "task.toml").read_text(encoding="utf-8")


def test_new_task_runs_as_it_is(program: Program, tmp_path: Path) -> None:
    assert program("tasks", "--new", "mine").code == 0
    lines = [json.dumps({"id": f"t{number}", "text": f"Text {number}"}) for number in range(3)]
    (tmp_path / "items.jsonl").write_text("\n".join(lines), encoding="utf-8")
    ended = program(
        "run", "mine", "--sandbox", "--faults", "none", "--inputs", "items.jsonl",
        "--poll-interval", "0.3", "--json",
    )  # fmt: skip
    assert ended.code == 0, ended.stdout
    assert ended.json["counts"]["accepted"] == 3


@pytest.mark.parametrize("name", ["stage_1a", "Mine", "runs", "a/b", "..", ""])
def test_new_task_needs_a_free_name(program: Program, tmp_path: Path, name: str) -> None:
    ended = program("tasks", "--new", name)
    assert ended.code == 2
    assert list(tmp_path.iterdir()) == []


def test_new_task_overwrites_nothing(program: Program, tmp_path: Path) -> None:
    (tmp_path / "mine").mkdir()
    (tmp_path / "mine" / "task.toml").write_text("precious", encoding="utf-8")
    ended = program("tasks", "--new", "mine")
    assert ended.code == 2
    assert "nothing was overwritten" in ended.stderr
    assert [file.name for file in (tmp_path / "mine").iterdir()] == ["task.toml"]
    assert (tmp_path / "mine" / "task.toml").read_text(encoding="utf-8") == "precious"


# -- the user's own -----------------------------------------------------------------------------


def test_user_s_own_task_is_found_by_name(
    program: Program, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "config"))
    own = tmp_path / "config" / "truebatch" / "tasks"
    assert program("tasks", "--new", "mine", "--in", str(own)).code == 0
    listed = {task["name"]: task for task in program("tasks", "--json").json["tasks"]}
    assert listed["mine"]["folder"] == str(own / "mine")
    assert program("tasks", "mine", "--json").json["files"].keys() == set(TASK_FILES)
    items = tmp_path / "items.json"
    items.write_text('{"id": "one", "text": "A text."}', encoding="utf-8")
    ended = program(
        "run", "mine", "--sandbox", "--faults", "none", "--inputs", str(items),
        "--poll-interval", "0.3", "--json",
    )  # fmt: skip
    assert ended.code == 0, ended.stdout
    assert ended.json["task"] == "mine"
    again = program("tasks", "--new", "mine")
    assert again.code == 2
    assert str(own / "mine") in again.stderr


# -- preview ------------------------------------------------------------------------------------


def test_preview_shows_the_request_of_an_item(program: Program, tmp_path: Path) -> None:
    write_notes(tmp_path / "inputs", [note(1), note(2)])
    shown = program("tasks", str(NOTES), "--preview", "n2", "--json").json
    assert shown["item_id"] == "n2"
    assert note(2)["text"] in shown["prompt"]
    assert note(1)["text"] not in shown["prompt"]
    assert shown["system"]
    assert shown["line_bytes"] > len(shown["prompt"].encode()) + len(shown["system"].encode())
    assert shown["tokens"] > 0
    by_file = program(
        "tasks", str(NOTES), "--preview", str(tmp_path / "inputs" / "n2.json"), "--json"
    )
    assert by_file.json["prompt"] == shown["prompt"]
    text = program("tasks", str(NOTES), "--preview", "n2", "--inputs", "inputs").stdout
    assert note(2)["text"] in text.replace("\n", " ")
    assert f"{shown['line_bytes']:,} bytes" in text


def test_preview_weighs_what_is_sent(bench: Bench, program: Program, tmp_path: Path) -> None:
    write_notes(tmp_path / "inputs", [note(1)])
    shown = program("tasks", str(NOTES), "--preview", "n1", "--json").json
    bench.submit(1)
    assert (bench.folder() / "requests.json").stat().st_size == shown["line_bytes"]


def test_preview_shows_what_goes_along_with_an_item(program: Program, tmp_path: Path) -> None:
    task = attachments.write_task(tmp_path / "scans")
    (tmp_path / "scan.pdf").write_bytes(attachments.pdf(3))
    item = {"id": "s1", "title": "Humus", "files": ["scan.pdf"]}
    (tmp_path / "s1.json").write_text(json.dumps(item), encoding="utf-8")
    arguments = ("tasks", str(task), "--preview", "s1", "--inputs", "s1.json")
    (along,) = program(*arguments, "--json").json["attachments"]
    assert along["mime_type"] == "application/pdf"
    assert along["tokens"] >= 3 * 258
    assert "scan.pdf (application/pdf)" in program(*arguments).stdout


def test_preview_names_the_context_that_all_items_share(program: Program, tmp_path: Path) -> None:
    task = context.write_task(tmp_path / "advice")
    write_notes(tmp_path / "inputs", [note(1)])
    shown = program("tasks", str(task), "--preview", "n1", "--json").json
    assert shown["context"].endswith("handbook.md")
    assert shown["tokens"] > shown["context_tokens"] > 5_000
    assert "handbook.md: about" in program("tasks", str(task), "--preview", "n1").stdout


def test_preview_of_parts_shows_their_texts(program: Program, tmp_path: Path) -> None:
    (tmp_path / "asked").mkdir()
    (tmp_path / "asked" / "task.toml").write_text(
        'name = "asked"\nmodel = "gemini-3.6-flash"\n[input]\nparts = "parts"\n', encoding="utf-8"
    )
    item = {"id": "q1", "parts": [{"text": "Is a weir"}, {"text": "a dam?"}]}
    (tmp_path / "q1.json").write_text(json.dumps(item), encoding="utf-8")
    shown = program("tasks", "./asked", "--preview", "q1.json", "--json").json
    assert shown["prompt"] == "Is a weir\na dam?"


def test_preview_names_item_and_field_that_is_missing(program: Program, tmp_path: Path) -> None:
    (tmp_path / "one.json").write_text('{"id": "n1", "title": "No text"}', encoding="utf-8")
    ended = program("tasks", "categorise", "--preview", "n1", "--inputs", "one.json")
    assert ended.code == 3
    assert "'n1'" in ended.stderr
    assert "`text`" in ended.stderr


def test_preview_of_an_unknown_item_says_where_it_looked(program: Program, tmp_path: Path) -> None:
    write_notes(tmp_path / "inputs", [note(1)])
    ended = program("tasks", str(NOTES), "--preview", "n9")
    assert ended.code == 3
    assert "'n9'" in ended.stderr
    assert "inputs" in ended.stderr


# -- infer-schema -------------------------------------------------------------------------------


def test_schema_is_inferred_from_files_arrays_and_lines(program: Program, tmp_path: Path) -> None:
    (tmp_path / "one.json").write_text('{"a": 1}', encoding="utf-8")
    (tmp_path / "some.json").write_text('[{"a": 2, "b": "x"}, {"a": null}]', encoding="utf-8")
    (tmp_path / "lines.jsonl").write_text('{"a": 1.5}\n\n{"a": 2}\n', encoding="utf-8")
    ended = program("tasks", "--infer-schema", "one.json", "some.json", "lines.jsonl")
    assert ended.code == 0
    assert json.loads(ended.stdout) == {
        "type": "object",
        "required": ["a"],
        "properties": {"a": {"type": ["number", "null"]}, "b": {"type": "string"}},
    }
    shown = program("tasks", "--infer-schema", "*.json*", "--json").json
    assert shown["required"] == ["a"]


def test_example_that_is_no_json_is_named(program: Program, tmp_path: Path) -> None:
    (tmp_path / "bad.jsonl").write_text('{"a": 1}\n{"a": \n', encoding="utf-8")
    (tmp_path / "none.json").write_text("[]", encoding="utf-8")
    ended = program("tasks", "--infer-schema", "bad.jsonl")
    assert ended.code == 3
    assert "bad.jsonl, line 2" in ended.stderr
    assert program("tasks", "--infer-schema", "none.json").code == 3


@pytest.mark.parametrize(
    "arguments",
    [
        ["--new", "a", "--check", "b"],
        ["x", "--new", "a"],
        ["--preview", "n1"],
        ["--infer-schema"],
        ["stage_1a", "news"],
        ["--in", "there"],
        ["stage_1a", "--inputs", "x"],
        ["--check", "no-such-folder"],
    ],
)
def test_ways_that_do_not_go_together_are_wrong_usage(
    program: Program, arguments: list[str]
) -> None:
    ended = program("tasks", *arguments, "--json")
    assert ended.code == 2
    assert ended.json["error"]["exit_code"] == 2
