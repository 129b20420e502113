"""The parts of a prompt."""

from __future__ import annotations

import base64
import json
import re
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from processor.core.ids import ItemId
from processor.core.item import Item
from processor.core.parts import MEDIA_TOKENS, encode_parts, read_parts
from processor.core.request import RequestMaker
from processor.core.task_parser import parse_task
from processor.errors import BadInput, WrongUsage

PNG = {"mimeType": "image/png", "data": base64.b64encode(b"\x89PNG??>>").decode()}
FILE = {"mimeType": "application/pdf", "fileUri": "https://host/v1beta/files/abc"}
TOML = b'name = "t"\nmodel = "m"\n[input]\nparts = "ask"\n'

TAKEN: list[tuple[Any, list[dict[str, Any]]]] = [
    ("one text", [{"text": "one text"}]),
    (["a", {"text": "b"}], [{"text": "a"}, {"text": "b"}]),
    ({"inline_data": {"mime_type": "image/png", "data": PNG["data"]}}, [{"inlineData": PNG}]),
    ([{"fileData": FILE}, "what is it?"], [{"fileData": FILE}, {"text": "what is it?"}]),
    (
        [{"inlineData": PNG, "media_resolution": {"level": "MEDIA_RESOLUTION_LOW"}}],
        [{"inlineData": PNG, "mediaResolution": {"level": "MEDIA_RESOLUTION_LOW"}}],
    ),
    ([{"inlineData": {**PNG, "data": "-_-_"}}], [{"inlineData": {**PNG, "data": "-_-_"}}]),
]
REFUSED: list[tuple[Any, str]] = [
    ("", "it is empty"),
    (" \n", "it is empty"),
    ([], "it is empty"),
    (["", {"text": " "}], "it is empty"),
    (7, "part 1 is a int"),
    (None, "part 1 is a NoneType"),
    (["a", ["b"]], "part 2 is a list"),
    ([{}], "part 1 holds nothing"),
    ([{"text": "a", "inlineData": PNG}], "part 1 holds text and inlineData"),
    ([{"txet": "a"}], "Do you mean `text`?"),
    ([{"text": 5}], "`text` is a text"),
    ([{"functionCall": {"name": "f"}}], "knows no `function_call`"),
    ([{"inlineData": {"data": "AAAA"}}], "no mimeType such as image/png"),
    ([{"inlineData": {"mimeType": "png", "data": "AAAA"}}], "no mimeType such as image/png"),
    ([{"inlineData": {"mimeType": "image/png"}}], "has no data"),
    ([{"inlineData": {"mimeType": "image/png", "data": "a b"}}], "not base64"),
    ([{"inlineData": {"mimeType": "image/png", "data": "AAAAA"}}], "not base64"),
    ([{"inlineData": {"mimeType": "image/png", "data": "äöü"}}], "not base64"),
    ([{"fileData": {"mimeType": "image/png"}}], "has no fileUri"),
    ([{"inlineData": "AAAA"}], "is a table"),
]


@pytest.mark.parametrize(("value", "parts"), TAKEN, ids=str)
def test_prompt_is_its_parts_as_the_wire_has_them(value: Any, parts: list[dict[str, Any]]) -> None:
    assert read_parts(value) == parts


@pytest.mark.parametrize(("value", "words"), REFUSED, ids=str)
def test_prompt_that_the_service_would_refuse_is_refused(value: Any, words: str) -> None:
    with pytest.raises(ValueError, match=re.escape(words)):
        read_parts(value)


def _make(value: dict[str, Any]) -> Any:
    task = parse_task({"task.toml": TOML}, origin="t")
    return RequestMaker(task).make(Item(ItemId("1"), value, "here", b"{}"))


_texts = st.text(st.characters(exclude_categories=["Cs"]), min_size=1).filter(str.strip)


@given(st.lists(st.one_of(_texts, st.just({"inlineData": PNG})), min_size=1, max_size=4))
def test_line_holds_exactly_the_parts(value: list[Any]) -> None:
    request = _make({"ask": value})
    line = json.loads(request.line)
    assert line["request"]["contents"] == [{"role": "user", "parts": read_parts(value)}]
    texts = [part["text"] for part in read_parts(value) if "text" in part]
    assert json.loads(request.prompt) == "\n".join(texts)
    assert request.media_tokens == (len(value) - len(texts)) * MEDIA_TOKENS


@given(st.lists(_texts, min_size=1, max_size=3), st.lists(_texts, min_size=1, max_size=3))
def test_digests_are_equal_just_for_equal_parts(one: list[str], other: list[str]) -> None:
    assert (_make({"ask": one}).digest == _make({"ask": other}).digest) == (one == other)


def test_field_that_is_missing_or_wrong_is_named_with_its_item() -> None:
    with pytest.raises(BadInput, match=r"here \(item '1'\) has no field `ask`"):
        _make({"question": "?"})
    with pytest.raises(BadInput, match=r"here \(item '1'\): its prompt, `ask`.* part 1 is a int"):
        _make({"ask": 1})
    with pytest.raises(BadInput, match="cannot be sent"):
        _make({"ask": "\ud800"})


def test_template_and_parts_exclude_each_other() -> None:
    with pytest.raises(WrongUsage, match=r"prompt\.md"):
        parse_task({"task.toml": TOML, "prompt.md": b"{{ ask }}"}, origin="t")


def test_media_count_for_nothing_in_the_text() -> None:
    parts = encode_parts(read_parts([{"inlineData": PNG}, "a", "b"]))
    assert (parts.text, parts.media) == (b'"a\\nb"', 1)
