"""The request line, as the format has it."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given

from processor.core.ids import ItemId
from processor.core.item import Item
from processor.core.request import Request, RequestMaker
from processor.core.task_parser import parse_task
from processor.effects.tasks import read_task_files
from processor.errors import BadInput
from tests.bench import NOTES, note
from tests.processor.strategies import item_ids, json_values, texts

TOML = b'name = "t"\nmodel = "gemini-3.6-flash"\n'
PLAIN = RequestMaker(parse_task({"task.toml": TOML}, origin="t"))


def _item(value: dict[str, Any], item_id: str = "i") -> Item:
    return Item(ItemId(item_id), value, "f.json", json.dumps(value).encode())


def _notes(**files: bytes) -> RequestMaker:
    given = dict(read_task_files(NOTES))
    given.update({name.replace("_", "."): content for name, content in files.items()})
    return RequestMaker(parse_task(given, origin="notes"))


def _digest(maker: RequestMaker, value: dict[str, Any], item_id: str = "i") -> bytes:
    return maker.make(_item(value, item_id)).digest


def test_line_has_the_shape_of_the_format() -> None:
    line = json.loads(_notes().make(_item(note(1), "n1")).line)
    text = line["request"]["contents"][0]["parts"][0].pop("text")
    assert line == {
        "key": "n1_notes",
        "request": {
            "contents": [{"role": "user", "parts": [{}]}],
            "systemInstruction": {"parts": [{"text": "You read notes. You invent nothing."}]},
            "generationConfig": {
                "maxOutputTokens": 2048,
                "responseMimeType": "application/json",
                "thinkingConfig": {"thinkingLevel": "low"},
            },
        },
    }
    assert text.startswith('Say what the note "Note 1" is about')


def test_line_without_system_and_config_has_contents_alone() -> None:
    line = json.loads(PLAIN.make(_item({"a": 1})).line)
    assert set(line["request"]) == {"contents"}


@given(item_ids, texts, json_values)
def test_line_is_one_line_of_json_that_holds_the_item(item_id: str, text: str, value: Any) -> None:
    made: Request = PLAIN.make(_item({"text": text, "value": value}, item_id))
    assert made.line.endswith(b"\n")
    assert made.line.count(b"\n") == 1
    line = json.loads(made.line)
    assert line["key"] == made.key == f"{item_id}_t"
    item = json.loads(line["request"]["contents"][0]["parts"][0]["text"])
    assert json.dumps(item) == json.dumps({"text": text, "value": value})


def test_digest_tells_what_is_asked_whoever_asks() -> None:
    maker = _notes()
    assert _digest(maker, note(1), "n1") == _digest(maker, note(1), "other")
    assert _digest(maker, note(1)) != _digest(maker, note(2))


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("system_md", b"You read notes."),
        ("prompt_md", b"{{ item }}"),
        ("task_toml", TOML),
        ("task_toml", b'name = "notes"\nmodel = "gemini-3.7-flash"\n[input]\nid = "note_id"\n'),
    ],
)
def test_digest_changes_with_everything_that_is_asked(name: str, content: bytes) -> None:
    assert _digest(_notes(), note(1)) != _digest(_notes(**{name: content}), note(1))


def test_digest_stays_when_only_the_rules_change() -> None:
    changed = _notes(fields_toml=b'[require]\nall = ["subject"]\n')
    assert _digest(_notes(), note(1)) == _digest(changed, note(1))


def test_missing_field_is_bad_input_that_names_file_item_and_field() -> None:
    with pytest.raises(BadInput, match=r"f\.json.*'n1'.*`title`.*notes"):
        _notes().make(_item({"text": "x"}, "n1"))


def test_template_that_fails_on_an_item_is_bad_input() -> None:
    with pytest.raises(BadInput, match=r"f\.json.*'n1'.*fails"):
        _notes(prompt_md=b"{{ title + 1 }}").make(_item(note(1), "n1"))
