"""The place of a finding in the raw text."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from processor.core.marks import find_marks, read_path
from tests.reports.made import rejected
from validation import load_profile, validate
from validation.finding import step


def finding(rule: str, path: str) -> dict[str, str]:
    return {"rule": rule, "path": path, "message": "m"}


def marked(text: str, *findings: dict[str, str], **changes: Any) -> list[str]:
    """What is marked in ``text``, in order."""
    one = rejected(raw_text=text, findings=list(findings), **changes)
    return [text[mark.start : mark.end] for mark in find_marks(one)]


CASES = {
    "member": ('{"a":1,"year":"x"}', "$.year", ['"year":"x"']),
    "element": ('{"a":[1,"x",3]}', "$.a[1]", ['"x"']),
    "inside an element": ('[{"b":1},{"b":2}]', "$[1].b", ['"b":2']),
    "quoted name": ('{"a b": {"c\\"d": 5}}', '$["a b"]["c\\"d"]', ['"c\\"d": 5']),
    "escaped name": ('{"\\u0061": 1}', "$.a", ['"\\u0061": 1']),
    "container, its head": ('{"a": {"b": 1}}', "$.a", ['"a": {']),
    "absent member, what should hold it": ('{"a": {"b": 1}}', "$.a.c", ['"a": {']),
    "absent at the root": ('{"a": 1}', "$.c", []),
    "the root itself": ('{"a": 1}', "$", []),
    "twice, the last": ('{"a": 1, "a": 2}', "$.a", ['"a": 2']),
    "structure inside a string": ('{"t": "{\\"a\\": [", "a": 7}', "$.a", ['"a": 7']),
    "fenced": ('```json\n{"a": 1}\n```', "$.a", ['"a": 1']),
    "cut": ('{"a": {"b": "unfinis', "$.a.b", ['"b": "unfinis']),
    "no path": ('{"a": 1}', "somewhere", []),
}


@pytest.mark.parametrize(("text", "path", "expected"), CASES.values(), ids=CASES)
def test_marks_the_place_of_a_finding(text: str, path: str, expected: list[str]) -> None:
    assert marked(text, finding("schema.type", path)) == expected


def test_marks_a_field_under_the_name_the_model_used() -> None:
    variants = {"findings": "key_results", "findings[].value": "amount"}
    text = '{"key_results":[{"amount":"x"}]}'
    found = marked(text, finding("schema.type", "$.findings[0].value"), variants=variants)
    assert found == ['"amount":"x"']


def test_marks_a_field_that_was_moved() -> None:
    text = '{"head":{"title":7}}'
    found = marked(text, finding("schema.type", "$.title"), variants={"title": "head.title"})
    assert found == ['"title":7']


def test_marks_inside_a_wrapper() -> None:
    text = '{"result":[{"a":"x"}]}'
    repairs = ["unwrapped result", "unwrapped []"]
    assert marked(text, finding("schema.type", "$.a"), repairs=repairs) == ['"a":"x"']


def test_marks_the_end_of_what_was_cut() -> None:
    text = '{"a": "' + "word " * 50
    assert marked(text, finding("envelope.truncated", "$.x")) == [text[-40:]]


def test_marks_where_the_grammar_breaks() -> None:
    text = '{"a": 1, b: 2}'
    verdict = validate(text, load_profile())
    assert not verdict.accepted
    assert marked(text, finding(verdict.findings[0].rule, "$")) == ["b:"]


def test_marks_overlapping_findings_once() -> None:
    one = rejected(raw_text='{"a":1}', findings=[finding("schema.type", "$.a")] * 2)
    (mark,) = find_marks(one)
    assert mark.findings == (0, 1)


def test_marks_nothing_for_faults_around_the_text() -> None:
    assert marked('{"response": 1}', finding("envelope.other_model", "$.response")) == []


@given(st.lists(st.one_of(st.text(max_size=8), st.integers(0, 99)), max_size=6))
def test_path_reads_back_as_it_was_written(steps: list[str | int]) -> None:
    path = "$"
    for one in steps:
        path = step(path, one)
    assert read_path(path) == tuple(steps)


@given(
    st.text(alphabet='{}[]:,"\\ab1 \n', max_size=60), st.sampled_from(["$.a", "$.a[0].b", "$[1]"])
)
def test_marks_lie_in_the_text_and_apart_whatever_it_is(text: str, path: str) -> None:
    one = rejected(
        raw_text=text, findings=[finding("schema.type", path), finding("decode.syntax", "$")]
    )
    at = 0
    for mark in find_marks(one):
        assert at <= mark.start < mark.end <= len(text)
        at = mark.end
