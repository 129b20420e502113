"""Run ids, keys, item ids."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from processor.core.ids import is_run_id, item_id_of, request_key
from processor.core.item import item_id
from processor.errors import BadInput
from tests.processor.strategies import item_ids

tasks = st.from_regex(r"[a-z0-9_]+", fullmatch=True)


@given(item_ids, tasks)
def test_key_gives_its_item_back(one: str, task: str) -> None:
    assert item_id_of(request_key(one, task), task) == one


@pytest.mark.parametrize("key", ["", "_notes", "a_other", "notes", "a_notes "])
def test_key_of_another_task_has_no_item(key: str) -> None:
    assert item_id_of(key, "notes") is None


@pytest.mark.parametrize("name", ["r", "A-Z.0_9", "x" * 64, "..a"])
def test_accepts_run_id(name: str) -> None:
    assert is_run_id(name)


@pytest.mark.parametrize("name", ["", ".", "..", "...", "x" * 65, "a/b", "a b", "é", "a\n", "a\\b"])
def test_rejects_run_id_that_is_no_folder_name(name: str) -> None:
    assert not is_run_id(name)


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ({"paper_id": "p", "id": "i"}, "p"),
        ({"id": "i"}, "i"),
        ({"id": 12}, "12"),
        ({"id": -(10**30)}, str(-(10**30))),
        ({"other": 1}, "stem"),
    ],
)
def test_id_comes_from_the_task_s_field_else_id_else_the_file(
    value: dict[str, Any], expected: str
) -> None:
    assert item_id(value, id_field="paper_id", file_stem="stem", source="f.json") == expected


@pytest.mark.parametrize("bad", ["", None, True, 1.5, [], {}, ["x"]])
def test_rejects_id_that_is_neither_text_nor_integer(bad: object) -> None:
    with pytest.raises(BadInput, match=r"f\.json.*`id`"):
        item_id({"id": bad}, id_field=None, file_stem="stem", source="f.json")


def test_rejects_item_without_id_where_no_file_names_it() -> None:
    with pytest.raises(BadInput, match=r"f\.json, element 2.*`paper_id` nor `id`"):
        item_id({"a": 1}, id_field="paper_id", file_stem=None, source="f.json, element 2")
