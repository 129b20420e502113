"""tasks --check: every fault, with its file and line."""

from __future__ import annotations

import tomllib
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from processor.api.checking import check_task
from processor.core.task_check import check_files
from processor.core.task_parser import parse_task
from processor.core.text_place import json_line, toml_line
from processor.core.toml_text import toml_text
from processor.effects.tasks import task_folders
from processor.errors import WrongUsage
from tests.bench import NOTES
from tests.program import Ended

Program = Callable[..., Ended]
NOW = datetime(2026, 11, 22, tzinfo=UTC)
BUILT_IN = sorted(task_folders())

_FAULTY = {
    "task.toml": """name = "Bad Name"
descripton = "x"
model = "gemini-3.5-flash"
[input]
id = 3
exclud = []
[generation_config]
max_output_tokens = 0
no_such_field = 1
thinking_config = { thinking_level = "extreme" }
[output]
kind = "yaml"
send_schema = "yes"
""",
    "prompt.md": "a\n{% for %}\n",
    "system.md": "a\nb {{ item }}\n",
    "schema.json": """{
  "type": "objekt",
  "properties": {
    "a": {"type": 3},
    "b": {"minLength": "x"}
  }
}
""",
    "fields.toml": """[answer]
rooot = "x"
lax = ["everything"]
[fields.a]
names = []
[fields.b]
names = ["b"]
[fields.c]
names = ["b"]
[require]
all = ["a"]
[[relation]]
path = "b"
equals = "item.b"
[[relation]]
path = "b"
sounds_like = "x"
""",
}
_LINES = [
    ("task.toml", 1, "name = 'Bad Name'"),
    ("task.toml", 2, "`descripton`"),
    ("task.toml", 3, "gemini-3.6-flash"),  # who answers for it since 2026-10-08
    ("task.toml", 5, "`id` has the wrong type"),
    ("task.toml", 6, "`exclud`"),
    ("task.toml", 8, "`max_output_tokens`"),
    ("task.toml", 9, "`no_such_field`"),
    ("task.toml", 10, "`thinking_level`"),
    ("task.toml", 10, "knows no thinking level"),
    ("task.toml", 12, "kind is"),
    ("task.toml", 13, "send_schema is"),
    ("prompt.md", 2, "Expected"),
    ("system.md", 2, "{{ item }}"),
    ("schema.json", 2, "objekt"),
    ("schema.json", 4, "$.properties.a.type"),
    ("schema.json", 5, "$.properties.b.minLength"),
    ("fields.toml", 2, "rooot"),
    ("fields.toml", 3, "everything"),
    ("fields.toml", 4, "names is empty"),
    ("fields.toml", 8, "[fields.b] too"),
    ("fields.toml", 15, "sounds_like"),
]


def _write(folder: Path, files: dict[str, str]) -> Path:
    folder.mkdir(exist_ok=True)
    for name, text in files.items():
        (folder / name).write_text(text, encoding="utf-8")
    return folder


def test_every_fault_is_said_with_its_line(tmp_path: Path) -> None:
    found = check_task(str(_write(tmp_path / "t", _FAULTY)), now=NOW)
    assert [(one.file, one.line) for one in found] == [(file, line) for file, line, _ in _LINES]
    for one, (_, _, words) in zip(found, _LINES, strict=True):
        assert words in one.message
    assert all(one.stops for one in found)


@pytest.mark.parametrize("folder", BUILT_IN, ids=lambda folder: str(folder.name))
def test_built_in_task_has_no_fault(folder: Path) -> None:
    assert check_task(folder.name, now=NOW) == ()
    assert check_task(str(folder / "task.toml"), now=NOW) == ()


@pytest.mark.parametrize(
    ("file", "text", "line", "words"),
    [
        ("task.toml", 'name = "t"\nmodel = \n', 2, "Invalid value"),
        ("task.toml", 'name = "t"\n', None, "`model` is missing"),
        ("task.toml", "", None, "`name` is missing"),
        ("task.toml", '\nname = 3\nmodel = "gemini-3.6-flash"\n', 2, "`name` has the wrong type"),
        ("fields.toml", "[fields\n", 1, "Expected"),
        ("schema.json", '{\n "type": "object",\n}', 2, "not JSON"),
        ("schema.json", '{"$ref": "#/$defs/none"}', None, "none"),
        ("prompt.md", "x\n\n{{ a b }}", 3, "expected token"),
    ],
)
def test_fault_of_one_file(tmp_path: Path, file: str, text: str, line: int, words: str) -> None:
    good = {"task.toml": 'name = "t"\nmodel = "gemini-3.6-flash"\n'}
    found = check_task(str(_write(tmp_path / "t", {**good, file: text})), now=NOW)
    fault = next(one for one in found if words in one.message)
    assert (fault.file, fault.stops) == (file, True)
    if line is not None:
        assert fault.line == line


def test_file_that_is_no_utf_8_is_named(tmp_path: Path) -> None:
    folder = _write(tmp_path / "t", {"task.toml": 'name = "t"\nmodel = "gemini-3.6-flash"\n'})
    for file in ("schema.json", "fields.toml", "prompt.md", "system.md"):
        (folder / file).write_bytes(b"\xff")
        found = check_task(str(folder), now=NOW)
        assert any(one.file == file and "UTF-8" in one.message for one in found)


def test_fault_of_a_sent_schema_is_said_of_its_line(tmp_path: Path) -> None:
    files = {
        "task.toml": 'name = "t"\nmodel = "gemini-3.6-flash"\n[output]\n'
        'send_schema = "response_schema"\n',
        "schema.json": '{\n "type": "object",\n "properties": {\n  "a": {"const": "x"}\n }\n}\n',
    }
    found = check_task(str(_write(tmp_path / "t", files)), now=NOW)
    assert any(one.file == "schema.json" and one.line == 4 and one.stops for one in found)


def test_warning_does_not_stop(tmp_path: Path) -> None:
    files = {"task.toml": 'name = "t"\nmodel = "gemini-3.7-flash-of-ours"\n'}
    found = check_task(str(_write(tmp_path / "t", files)), now=NOW)
    assert found
    assert not any(one.stops for one in found)


@settings(max_examples=30)  # every example loads a task twenty times
@given(st.sampled_from(BUILT_IN), st.data())
def test_what_parse_task_refuses_has_a_finding(folder: Path, data: st.DataObject) -> None:
    files = {path.name: path.read_bytes() for path in folder.iterdir() if path.is_file()}
    file = data.draw(st.sampled_from(sorted(files)))
    content = files[file]
    at = data.draw(st.integers(0, len(content) - 1))
    files[file] = content[:at] + data.draw(st.binary(max_size=3)) + content[at + 1 :]
    try:
        parse_task(files, origin="t")
        refused = False
    except WrongUsage:
        refused = True
    found, _ = check_files(files)
    assert bool(found) == refused, found


_TOML: st.SearchStrategy[Any] = st.recursive(
    st.booleans()
    | st.integers(-(2**63), 2**63 - 1)
    | st.floats(allow_nan=False)
    | st.text(st.characters(exclude_categories=["Cs"]))
    | st.dates(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=4), inner),
    max_leaves=8,
)


@given(st.dictionaries(st.text(st.characters(exclude_categories=["Cs"]), max_size=5), _TOML))
def test_toml_text_reads_back_as_it_was(table: dict[str, Any]) -> None:
    try:
        toml_text(table).encode()
    except UnicodeEncodeError:
        return  # a lone surrogate, which no file holds
    assert tomllib.loads(toml_text(table)) == table


def test_lines_are_found() -> None:
    text = 'a = 1\n[b.c]\nd = 2\n"e f" = 3\n[[x]]\ny = 1\n[[x]]\ny = 2\n'
    assert toml_line(text, ["a"]) == 1
    assert toml_line(text, ["b", "c", "d"]) == 3
    assert toml_line(text, ["b", "c", "e f"]) == 4
    assert toml_line(text, ["b", "c", "none"]) == 2
    assert toml_line(text, ["x"], which=2) == 7
    assert toml_line(text, ["none"]) is None
    value = '{"a": [1,\n {"b,]}":\n  2}], "c": {}}'
    assert json_line(value, ["a", 1, "b,]}"]) == 3
    assert json_line(value, ["a", 1, "none"]) == 2
    assert json_line(value, ["c"]) == 3
    assert json_line(value, ["none"]) == 1


def test_command_says_all_and_ends_with_2(program: Program, tmp_path: Path) -> None:
    folder = str(_write(tmp_path / "t", _FAULTY))
    ended = program("tasks", "--check", folder)
    assert ended.code == 2
    assert len(ended.stdout.splitlines()) == len(_LINES)
    assert "task.toml, line 2: unknown key" in ended.stdout
    shown = program("tasks", "--check", folder, "--json")
    assert shown.code == 2
    assert shown.json["ok"] is False
    assert set(shown.json["findings"][0]) == {"file", "line", "message", "stops"}
    good = program("tasks", "--check", str(NOTES), "--json")
    assert (good.code, good.json["ok"]) == (0, True), good.json
