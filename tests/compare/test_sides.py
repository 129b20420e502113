"""What may be compared, and how its items find each other."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from processor.core.compared import id_of_name, of_file, of_member
from processor.core.file_name import output_name
from processor.effects.spots import SqliteSpots
from processor.errors import BadInput
from processor.steps.pair import pairs
from processor.steps.sides import side_of

DATA = {"a": {"x": 1}, "B/2": {"x": [1, "é"]}, "Con": {"x": None}, "d" * 150: {"x": "}]"}}


def _folder(path: Path, data: dict[str, Any]) -> Path:
    path.mkdir()
    for item_id, value in data.items():
        (path / output_name(item_id)).write_text(json.dumps(value), encoding="utf-8")
    return path


def _lines(path: Path, data: dict[str, Any]) -> Path:
    lines = [json.dumps({"item_id": key, "data": value}) for key, value in data.items()]
    path.write_text("\ufeff" + "\n\n".join(lines) + "\n", encoding="utf-8")
    return path


def _written(path: Path, value: Any) -> Path:
    path.write_text("\n" + json.dumps(value, indent=1, ensure_ascii=False), encoding="utf-8")
    return path


def _form(path: Path, form: str, data: dict[str, Any]) -> Path:
    """The data in one of the forms that a side may have."""
    match form:
        case "folder":
            return _folder(path, data)
        case "lines":
            return _lines(path.with_suffix(".jsonl"), data)
        case "array":
            flat = [{"id": key, **value} for key, value in data.items()]
            return _written(path.with_suffix(".json"), flat)
        case _:
            return _written(path.with_suffix(".json"), data)


def _pairs(a: Path, b: Path) -> list[tuple[Any, Any]]:
    sides = side_of(a), side_of(b)
    with SqliteSpots() as spots:
        found = [
            tuple((one.item_id, one.data) if one else None for one in pair)
            for pair in pairs(*sides, spots)
        ]
    for side in sides:
        side.close()
    return [(one, other) for one, other in found]


_FORMS = ("folder", "lines", "array", "object")


@pytest.mark.parametrize("b", _FORMS)
@pytest.mark.parametrize("a", _FORMS)
def test_every_form_finds_its_partners_in_every_other(tmp_path: Path, a: str, b: str) -> None:
    turned = dict(reversed(DATA.items()))
    found = _pairs(_form(tmp_path / "a", a, DATA), _form(tmp_path / "b", b, turned))
    assert len(found) == len(DATA)
    for ours, theirs in found:
        assert ours is not None
        assert theirs is not None
        assert ours[1] == theirs[1]
        assert ours[0] in DATA or ours[0].startswith("ddd")


def test_pairs_come_in_the_order_of_a_and_then_the_rest_of_b(tmp_path: Path) -> None:
    a = _form(tmp_path / "a", "lines", {name: {} for name in "pqrst"})
    b = _form(tmp_path / "b", "object", {name: {} for name in "pqxtry"})
    found = [(ours and ours[0], theirs and theirs[0]) for ours, theirs in _pairs(a, b)]
    assert found == [
        ("p", "p"), ("q", "q"), ("r", "r"), ("s", None), ("t", "t"), (None, "x"), (None, "y")
    ]  # fmt: skip


@pytest.mark.parametrize(("ours", "theirs"), [("pq", "pqr"), ("pqr", "pq"), ("", "p")])
def test_a_side_may_end_early(tmp_path: Path, ours: str, theirs: str) -> None:
    a = _form(tmp_path / "a", "lines", {name: {} for name in ours})
    b = _form(tmp_path / "b", "lines", {name: {} for name in theirs})
    found = _pairs(a, b)
    assert len(found) == max(len(ours), len(theirs))
    assert sum(None in pair for pair in found) == abs(len(ours) - len(theirs))


@given(st.text(min_size=1, max_size=80).filter(lambda text: text.isprintable()))
def test_id_of_a_name_is_what_the_name_was_made_of(item_id: str) -> None:
    name = output_name(item_id)
    short = len(name) < 100
    assert (id_of_name(name) == item_id) or not short
    assert of_file(name, None).key == of_member(item_id, None).key


@pytest.mark.parametrize("name", ["Paper 1.json", "50%.json", "a~b.json", "%zz.json", "Ü.json"])
def test_name_that_is_none_of_ours_is_the_id_itself(name: str) -> None:
    assert id_of_name(name) == name.removesuffix(".json")
    assert of_file(name, None).key == of_member(name.removesuffix(".json"), None).key


def test_file_that_is_no_json_is_unreadable_and_stops_nothing(tmp_path: Path) -> None:
    folder = _folder(tmp_path / "a", {"p": {"x": 1}})
    (folder / "q.json").write_text('```json\n{"x": 2}\n```', encoding="utf-8")
    (folder / "notes.txt").write_text("no item", encoding="utf-8")
    (found,) = [item for _, item in side_of(folder).items() if item.outcome == "unreadable"]
    assert (found.item_id, found.data) == ("q", None)


@pytest.mark.parametrize(
    ("name", "text", "says"),
    [
        ("a.jsonl", '{"id": "p"}\n{"id": "p"}', "'p' is there twice"),
        ("a.json", '[{"id": 1, "x": 1}, {"item_id": "1", "data": 2}]', "'1' is there twice"),
        ("a.json", '{"p": 1, "p": 2}', "'p' is there twice"),
        ("a.jsonl", '{"id": "p"}\n{"x": 1}', "line 2: no id"),
        ("a.jsonl", '{"id": "p"}\n{"id": "q"', "line 2: not JSON"),
        ("a.jsonl", '{"id": "p"}\n[1]', "line 2: no id"),
        (
            "a.jsonl",
            '{"item_id": "p", "outcome": "x", "data": 1, "findings": [1]}',
            "line 1: no env",
        ),
        ("a.json", '[{"id": "p"}, {"id": true}]', "element 2: no id"),
        ("a.json", '[{"id": "p"}', "not JSON: the array has no end"),
        ("a.json", '{"p": 01}', "element 1: not JSON"),
        ("a.json", '"p"', "neither a JSON array nor an object"),
        ("a.json", "", "is empty"),
    ],
)
def test_what_cannot_be_compared_is_told_with_its_place(
    tmp_path: Path, name: str, text: str, says: str
) -> None:
    path = tmp_path / name
    path.write_text(text, encoding="utf-8")
    other = _form(tmp_path / "b", "lines", {"p": {}})
    with pytest.raises(BadInput, match=says):
        _pairs(path, other)


def test_empty_folder_is_told(tmp_path: Path) -> None:
    with pytest.raises(BadInput, match=r"no \.json file is in this folder"):
        list(side_of(tmp_path).items())
