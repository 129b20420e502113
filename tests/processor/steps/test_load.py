"""Bad input: each case ends with exit code 3, names the file, and sends nothing."""

from __future__ import annotations

import json
import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from processor.errors import BadInput
from processor.steps.load import find, load, load_values
from tests.bench import NOTES, Bench, note, notes, write_notes
from tests.processor.strategies import json_texts, json_values

Write = Callable[[Path], None]


def _file(name: str, content: bytes | str) -> Write:
    def write(folder: Path) -> None:
        (folder / name).write_bytes(content.encode() if isinstance(content, str) else content)

    return write


def _both(*writes: Write) -> Write:
    def write(folder: Path) -> None:
        for one in writes:
            one(folder)

    return write


def _loop(folder: Path) -> None:
    (folder / "loop.json").symlink_to("loop.json")


def _dangling(folder: Path) -> None:
    (folder / "gone.json").symlink_to("nowhere.json")


GOOD = json.dumps(note(1))
BAD_INPUT: dict[str, tuple[Write, tuple[str, ...]]] = {
    "empty folder": (lambda folder: None, ("inputs", "no .json")),
    "only other files": (_file("a.txt", "x"), ("inputs", "no .json")),
    "only excluded files": (_file("all_notes.json", GOOD), ("inputs", "all_notes.json")),
    "only hidden files": (_file(".a.json", GOOD), ("inputs",)),
    "empty file": (_file("a.json", b""), ("a.json", "empty")),
    "white space alone": (_file("a.json", b" \n\t"), ("a.json", "empty")),
    "byte order mark alone": (_file("a.json", b"\xef\xbb\xbf"), ("a.json", "empty")),
    "no JSON": (_file("a.json", "{'note_id': 'n1'}"), ("a.json", "not JSON")),
    "cut JSON": (_file("a.json", GOOD[:-5]), ("a.json", "not JSON")),
    "two values": (_file("a.json", GOOD + GOOD), ("a.json", "not JSON")),
    "NaN": (_file("a.json", '{"note_id": "n1", "title": NaN}'), ("a.json", "not JSON")),
    "key twice": (_file("a.json", '{"note_id": "n1", "note_id": "n2"}'), ("a.json", "not JSON")),
    "lone surrogate": (_file("a.json", '{"note_id": "\\ud800"}'), ("a.json", "not JSON")),
    "binary": (_file("a.json", bytes(range(256))), ("a.json", "not JSON")),
    "picture": (_file("a.json", b"\x89PNG\r\n\x1a\n\x00\x00"), ("a.json", "not JSON")),
    "UTF-16": (_file("a.json", GOOD.encode("utf-16")), ("a.json", "UTF-16")),
    "latin-1": (_file("a.json", '{"note_id": "é"}'.encode("latin-1")), ("a.json", "not JSON")),
    "number at the top": (_file("a.json", "12"), ("a.json", "number")),
    "string at the top": (_file("a.json", '"n1"'), ("a.json", "string")),
    "null at the top": (_file("a.json", "null"), ("a.json", "null")),
    "true at the top": (_file("a.json", "true"), ("a.json", "boolean")),
    "empty object": (_file("a.json", "{}"), ("a.json", "empty object")),
    "empty array": (_file("a.json", "[ ]"), ("a.json", "empty array")),
    "array of numbers": (_file("a.json", "[1, 2]"), ("a.json, element 1", "number")),
    "array in an array": (_file("a.json", f"[[{GOOD}]]"), ("a.json, element 1", "list")),
    "array with an empty object": (_file("a.json", f"[{GOOD}, {{}}]"), ("a.json, element 2",)),
    "array without its end": (_file("a.json", f"[{GOOD},\n {GOOD}"), ("a.json, line 2", "no end")),
    "array with a comma too much": (_file("a.json", f"[{GOOD},]"), ("a.json, element 2",)),
    "array followed by more": (_file("a.json", f"[{GOOD}]\n x"), ("a.json, line 2", "follows")),
    "element without id": (
        _file("a.json", f'[{GOOD}, {{"title": "x"}}]'),
        ("a.json, element 2", "id"),
    ),
    "line without id": (
        _file("a.jsonl", f'{GOOD}\n\n{{"title": "x"}}\n'),
        ("a.jsonl, line 3", "id"),
    ),
    "line that is no JSON": (_file("a.jsonl", f"{GOOD}\nx\n"), ("a.jsonl, line 2", "not JSON")),
    "line cut at the end": (
        _file("a.jsonl", f"{GOOD}\n{GOOD[:9]}"),
        ("a.jsonl, line 2", "not JSON"),
    ),
    "lines without any": (_file("a.jsonl", "\n\n"), ("a.jsonl",)),
    "id that is a float": (_file("a.json", '{"note_id": 1.0}'), ("a.json", "note_id", "float")),
    "id that is empty": (_file("a.json", '{"note_id": ""}'), ("a.json", "note_id", "empty")),
    "one id in two files": (
        _both(_file("a.json", GOOD), _file("b.json", GOOD)),
        ("a.json", "b.json", "'n1'"),
    ),
    "one id twice in a file": (
        _file("a.jsonl", f"{GOOD}\n{GOOD}\n"),
        ("a.jsonl, line 1", "a.jsonl, line 2", "'n1'"),
    ),
    "text and number as one id": (
        _both(
            _file("a.json", '{"note_id": 1, "title": "x"}'),
            _file("b.json", '{"note_id": "1", "title": "x"}'),
        ),
        ("a.json", "b.json", "'1'"),
    ),
    "field that the template uses is missing": (
        _file("a.json", '{"note_id": "n1"}'),
        ("a.json", "'n1'", "`title`"),
    ),
    "link in a circle": (_both(_file("a.json", GOOD), _loop), ("loop.json", "cannot be read")),
    "link to nothing": (_both(_file("a.json", GOOD), _dangling), ("gone.json", "cannot be read")),
}


@pytest.mark.parametrize("name", BAD_INPUT)
def test_rejects_bad_input(bench: Bench, tmp_path: Path, name: str) -> None:
    write, words = BAD_INPUT[name]
    folder = tmp_path / "inputs"
    folder.mkdir()
    write(folder)
    before = {path.name for path in folder.iterdir()}
    with pytest.raises(BadInput) as caught:
        bench.processor().submit(str(NOTES), inputs=str(folder), run="r")
    for word in words:
        assert word in caught.value.message
    assert caught.value.exit_code == 3
    assert bench.calls() == []
    assert not bench.folder().exists()  # the run that could not be built is forgotten
    assert list(bench.processor().list()) == []
    assert {path.name for path in folder.iterdir()} == before


@pytest.mark.parametrize("given", ["nowhere", "nowhere/*.json", "inputs/none.json"])
def test_rejects_path_that_does_not_exist(bench: Bench, tmp_path: Path, given: str) -> None:
    with pytest.raises(BadInput, match="no such file or folder") as caught:
        bench.processor().submit(str(NOTES), inputs=str(tmp_path / given))
    assert given in caught.value.message
    assert bench.calls() == []


@pytest.mark.skipif(os.geteuid() == 0, reason="nothing is unreadable for root")
def test_rejects_file_without_the_right_to_read(bench: Bench, tmp_path: Path) -> None:
    folder = write_notes(tmp_path / "inputs", notes(2))
    (folder / "n2.json").chmod(0)
    with pytest.raises(BadInput, match=r"n2\.json: cannot be read"):
        bench.processor().submit(str(NOTES), inputs=str(folder))


@pytest.mark.parametrize(("count", "expect"), [(21, 22), (23, 22)])
def test_rejects_another_number_of_items_than_expected(
    bench: Bench, tmp_path: Path, count: int, expect: int
) -> None:
    folder = write_notes(tmp_path / "inputs", notes(count))
    with pytest.raises(BadInput, match=f"{count} items were loaded, {expect} expected") as caught:
        bench.processor().submit(str(NOTES), inputs=str(folder), expect=expect)
    assert caught.value.exit_code == 3
    assert bench.calls() == []


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig"])
def test_byte_order_mark_is_no_harm(tmp_path: Path, encoding: str) -> None:
    (tmp_path / "a.json").write_text(json.dumps(note(1)), encoding=encoding)
    (tmp_path / "b.json").write_text(json.dumps([note(2), note(3)]), encoding=encoding)
    (tmp_path / "c.jsonl").write_text(f"{json.dumps(note(4))}\n", encoding=encoding)
    found = find([str(tmp_path)], [])
    assert [item.id for item in load(found.files, id_field="note_id")] == ["n1", "n2", "n3", "n4"]


def test_files_are_read_in_the_order_of_their_names_and_each_once(tmp_path: Path) -> None:
    for name in ("b.json", "a.json", "c.JSON", "d.ndjson", "x.txt", ".h.json", "all.json"):
        (tmp_path / name).write_text("{}", encoding="utf-8")
    (tmp_path / "folder.json").mkdir()
    found = find([str(tmp_path / "b.json"), str(tmp_path), str(tmp_path / "*.json")], ["all*"])
    assert [path.name for path in found.files] == ["b.json", "a.json", "c.JSON", "d.ndjson"]
    assert found.excluded == ("all.json",)


def test_file_named_itself_is_read_whatever_the_exclusions(tmp_path: Path) -> None:
    (tmp_path / "all.json").write_text("{}", encoding="utf-8")
    assert len(find([str(tmp_path / "all.json")], ["all.json"]).files) == 1


def test_file_that_holds_one_object_may_name_it(tmp_path: Path) -> None:
    (tmp_path / "paper 7.json").write_text('{"title": "x"}', encoding="utf-8")
    (item,) = load([tmp_path / "paper 7.json"], id_field=None)
    assert item.id == "paper 7"


@settings(max_examples=30)
@given(
    st.lists(json_texts(st.dictionaries(st.text(max_size=5), json_values, min_size=1)), max_size=5)
)
def test_items_of_an_array_are_its_elements(texts: list[str]) -> None:
    values = [json.loads(text) | {"id": str(number)} for number, text in enumerate(texts)]
    found = list(load_values(values, id_field=None))
    assert [json.dumps(item.value) for item in found] == [json.dumps(value) for value in values]


@pytest.mark.parametrize(
    ("value", "words"),
    [
        ([1], "item 2 is a list"),
        ("x", "item 2 is a str"),
        ({"id": "a", "x": {1, 2}}, "item 2 is no JSON"),
        ({"id": "a", "x": float("nan")}, "item 2 is no JSON"),
        ({"id": "a", "x": ({"y": float("inf")}, None)}, "item 2 is no JSON"),
        ({}, "item 2"),
        ({"x": 1}, "item 2"),
    ],
)
def test_rejects_value_of_a_program_that_is_no_item(value: Any, words: str) -> None:
    with pytest.raises(BadInput, match=words):
        list(load_values([{"id": "1"}, value], id_field=None))


def test_rejects_items_given_twice(bench: Bench) -> None:
    with pytest.raises(BadInput, match="'n1': item 1 and item 3"):
        bench.processor().submit(str(NOTES), items=[note(1), note(2), note(1)])
    assert bench.calls() == []
