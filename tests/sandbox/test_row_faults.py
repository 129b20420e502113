"""Each fault of a row does what the table says, and leaves the other rows alone."""

import json
from collections.abc import Callable
from typing import Any

import jsonschema
import pytest
from hypothesis import given
from hypothesis import strategies as st

from sandbox.admission import admit
from sandbox.faults.grammar import parse_faults
from sandbox.faults.lines import LINE_FAULTS
from sandbox.faults.responses import RESPONSE_FAULTS
from sandbox.faults.rows import RowPlan
from sandbox.faults.table import ROWS
from sandbox.faults.texts import TEXT_FAULTS
from sandbox.faults.values import VALUE_FAULTS
from sandbox.records import Plan
from sandbox.rows import answer_lines
from tests.forked import running
from tests.sandbox.client import answers, create, ended, request_line, result_lines

SCHEMA: dict[str, Any] = {
    "type": "object",
    "properties": {
        "title": {"type": "string"},
        "quantitative_findings": {
            "type": "array",
            "minItems": 1,
            "items": {
                "type": "object",
                "properties": {"value": {"type": "number"}, "quote": {"type": "string"}},
                "required": ["value", "quote"],
            },
        },
        "year": {"type": "integer"},
    },
    "required": ["title", "quantitative_findings", "year"],
    "additionalProperties": False,
}
TEXT = "Title: Potash\nYear: 2004\nText: Soil held 3.4 mg/kg of potassium. Rice took up 41 kg/ha."
LIMIT = 500


def _line(key: str = "a") -> bytes:
    line = request_line(key, TEXT, responseJsonSchema=SCHEMA, maxOutputTokens=LIMIT)
    return line.encode() + b"\n"


def _lines(*faults: str) -> list[bytes]:
    written, _ = answer_lines(_line(), "gemini-3.6-flash", 0, faults)
    return written


def _row(*faults: str) -> dict[str, Any]:
    (line,) = _lines(*faults)
    row: dict[str, Any] = json.loads(line)
    return row


def _text(row: dict[str, Any]) -> str:
    (candidate,) = row["response"]["candidates"]
    return "".join(part["text"] for part in candidate["content"]["parts"] if "thought" not in part)


def _valid(value: Any) -> bool:
    return jsonschema.Draft202012Validator(SCHEMA).is_valid(value)


PLAIN = _row()
WHOLE = _text(PLAIN)
VALUE = json.loads(WHOLE)


def _finish(row: dict[str, Any]) -> str:
    (candidate,) = row["response"]["candidates"]
    return str(candidate["finishReason"])


def _is_cut(row: dict[str, Any]) -> bool:
    return WHOLE.startswith(_text(row)) and 0 < len(_text(row)) < len(WHOLE)


def _renamed(row: dict[str, Any]) -> bool:
    value = json.loads(_text(row))
    (new,) = set(value) - set(VALUE)
    (old,) = set(VALUE) - set(value)
    return bool(value[new] == VALUE[old]) and (old, new) in {
        ("quantitative_findings", "key_findings"),
        ("title", "headline"),
    }


def _twice(row: dict[str, Any]) -> bool:
    pairs = json.loads(_text(row), object_pairs_hook=list)
    names = [name for name, _ in pairs]
    return len(names) == len(set(names)) + 1 and dict(pairs[:-1]) != dict(pairs)


def _error(row: dict[str, Any], place: str, code: int) -> bool:
    return row[place]["code"] == code and row["key"] == "a" and "response" not in row


def _used_up(row: dict[str, Any]) -> bool:
    usage = row["response"]["usageMetadata"]
    said = usage.get("candidatesTokenCount", 0)
    return bool(usage["thoughtsTokenCount"] + said == LIMIT)


ONE_LINE: dict[str, Callable[[dict[str, Any]], bool]] = {
    "renamed_fields": _renamed,
    "wrong_type": lambda row: (
        set(json.loads(_text(row))) == set(VALUE) and not _valid(json.loads(_text(row)))
    ),
    "missing_field": lambda row: set(json.loads(_text(row))) < set(VALUE),
    "extra_field": lambda row: VALUE.items() < json.loads(_text(row)).items(),
    "wrapped": lambda row: json.loads(_text(row)) == {"result": VALUE},
    "fence": lambda row: _text(row) == f"```json\n{WHOLE}\n```",
    "trailing_comma": lambda row: _text(row) == WHOLE[:-1] + ",}",
    "comments": lambda row: _text(row).startswith("{ // ") and "\n" in _text(row),
    "control_chars": lambda row: _text(row).replace("\n", " ") == WHOLE and "\n" in _text(row),
    "bom": lambda row: _text(row) == "\ufeff" + WHOLE,
    "nan": lambda row: "NaN" in _text(row) and json.loads(_text(row)) != VALUE,
    "duplicate_json_key": _twice,
    "truncated": lambda row: _is_cut(row) and _finish(row) == "MAX_TOKENS" and _used_up(row),
    "truncated_stop": lambda row: _is_cut(row) and _finish(row) == "STOP",
    "continuation": lambda row: _is_cut(row) and _finish(row) == "CONTINUATION",
    "blocked_prompt": lambda row: (
        row["response"]["promptFeedback"] == {"blockReason": "SAFETY"}
        and "candidates" not in row["response"]
        and "candidatesTokenCount" not in row["response"]["usageMetadata"]
    ),
    "blocked_prompt=OTHER": lambda row: row["response"]["promptFeedback"]["blockReason"] == "OTHER",
    "blocked_candidate": lambda row: (
        _finish(row) == "SAFETY" and "content" not in row["response"]["candidates"][0]
    ),
    "blocked_candidate=RECITATION": lambda row: _finish(row) == "RECITATION",
    "thoughts_only": lambda row: (
        _finish(row) == "MAX_TOKENS"
        and row["response"]["candidates"][0]["content"] == {"role": "model"}
        and _used_up(row)
    ),
    "empty_text": lambda row: _finish(row) == "STOP" and _text(row) == "",
    "several_candidates": lambda row: (
        [one["index"] for one in row["response"]["candidates"]] == [0, 1]
    ),
    "several_parts": lambda row: (
        _text(row) == WHOLE and len(row["response"]["candidates"][0]["content"]["parts"]) == 3
    ),
    "thought_parts": lambda row: (
        _text(row) == WHOLE
        and row["response"]["candidates"][0]["content"]["parts"][0]["thought"] is True
    ),
    "no_usage": lambda row: "usageMetadata" not in row["response"] and _text(row) == WHOLE,
    "no_model_version": lambda row: "modelVersion" not in row["response"],
    "rerouted": lambda row: row["response"]["modelVersion"] == "sandbox/gemini-3.8-flash",
    "rerouted=gemini-2.5-pro": lambda row: (
        row["response"]["modelVersion"] == "sandbox/gemini-2.5-pro"
    ),
    "error_line": lambda row: _error(row, "error", 13),
    "error_line=3": lambda row: _error(row, "error", 3),
    "error_details=7": lambda row: (
        _error(row, "error", 7) and isinstance(row["error"]["details"][0], dict)
    ),
    "status_line=8": lambda row: _error(row, "status", 8),
    "no_key": lambda row: "key" not in row and _text(row) == WHOLE,
}
ROW = b"".join(_lines())
MORE_LINES: dict[str, Callable[[list[bytes]], bool]] = {
    "missing_key": lambda lines: lines == [],
    "duplicate_key": lambda lines: lines == [ROW, ROW],
    "duplicate_key_different": lambda lines: (
        lines[0] == ROW
        and json.loads(lines[1])["key"] == "a"
        and _text(json.loads(lines[1])) != WHOLE
    ),
    "unknown_key": lambda lines: lines[0] == ROW and json.loads(lines[1])["key"] == "unknown-a",
    "garbage_line": lambda lines: lines[0] == ROW and not _is_json(lines[1]),
    "blank_line": lambda lines: lines == [ROW, b"\n"],
}


def _is_json(line: bytes) -> bool:
    try:
        json.loads(line)
    except ValueError:
        return False
    return True


def test_without_a_fault_the_answer_is_valid_and_whole() -> None:
    assert _valid(VALUE)
    assert VALUE["title"] == "Potash"
    assert VALUE["year"] == 2004
    assert _finish(PLAIN) == "STOP"
    assert PLAIN["response"]["modelVersion"] == "sandbox/gemini-3.6-flash"


@pytest.mark.parametrize("fault", ONE_LINE)
def test_plays_in_one_line(fault: str) -> None:
    assert not _holds(ONE_LINE[fault], PLAIN)
    assert ONE_LINE[fault](_row(fault))


def _holds(test: Callable[[dict[str, Any]], bool], row: dict[str, Any]) -> bool:
    try:
        return test(row)
    except (KeyError, ValueError):
        return False


@pytest.mark.parametrize("fault", MORE_LINES)
def test_plays_in_lines(fault: str) -> None:
    assert MORE_LINES[fault](_lines(fault))


def test_every_fault_of_rows_is_played_and_tested() -> None:
    named = {fault.name for fault in ROWS}
    assert named == {*VALUE_FAULTS, *TEXT_FAULTS, *RESPONSE_FAULTS, *LINE_FAULTS}
    assert named == {name.partition("=")[0] for name in (*ONE_LINE, *MORE_LINES)}


def test_errors_count_as_failed_and_others_do_not() -> None:
    for fault in (fault.name for fault in ROWS):
        _, failed = answer_lines(_line(), "m", 0, (fault,))
        assert failed == (fault in ("error_line", "error_details", "status_line")), fault


@given(st.lists(st.sampled_from([fault.name for fault in ROWS]), max_size=5))
def test_faults_of_a_row_can_be_combined(names: list[str]) -> None:
    for line in _lines(*names):
        assert line.endswith(b"\n")
        assert line.count(b"\n") == 1


@given(st.integers(1, 60), st.integers(0, 99), st.integers(1, 5), st.integers(1, 5))
def test_each_fault_gets_its_rows_and_no_row_two(
    requests: int, seed: int, fences: int, cuts: int
) -> None:
    lines = [request_line(f"k{n}").encode() for n in range(requests)]
    specs = parse_faults(f"fence*{fences},truncated*{cuts}")
    rows = admit(lines, specs, seed).rows
    labels = [label for _, own in rows for label in own]
    assert len(rows) == len(labels) == min(requests, fences + cuts)
    assert labels.count("fence") == min(fences, requests)


def test_the_rows_chosen_do_not_depend_on_the_order_of_the_keys() -> None:
    specs = parse_faults("fence*3,truncated")

    def chosen(keys: list[str]) -> dict[str, tuple[str, ...]]:
        rows = admit([request_line(key).encode() for key in keys], specs, 7).rows
        return {keys[index]: own for index, own in rows}

    keys = [f"k{n}" for n in range(40)]
    assert chosen(keys) == chosen(keys[::-1])
    assert len(chosen(keys)) == 4


def test_a_place_chooses_rows_by_their_keys() -> None:
    keys = ["soil-1_news", "soil-2_news", "rock-1_news"]
    lines = [request_line(key).encode() for key in keys]
    rows = admit(lines, parse_faults("fence@rock,truncated@soil*all"), 0).rows
    assert rows == ((0, ("truncated",)), (1, ("truncated",)), (2, ("fence",)))


REALISTIC_ROWS = {1: 0, 2: 1, 3: 1, 4: 2, 8: 4, 12: 6, 22: 6, 1000: 6}


@pytest.mark.parametrize("requests", REALISTIC_ROWS)
def test_realistic_is_a_few_rows_and_fewer_in_a_small_job(requests: int) -> None:
    lines = [request_line(f"k{n}").encode() for n in range(requests)]
    rows = admit(lines, parse_faults("realistic"), 0).rows
    labels = sorted(label for _, own in rows for label in own)
    assert len(labels) == REALISTIC_ROWS[requests]
    if requests >= 12:
        assert labels == ["blocked_prompt", "fence", "renamed_fields", "renamed_fields",
                          "renamed_fields", "truncated"]  # fmt: skip


def test_faults_of_every_row_come_after_its_own() -> None:
    plan = RowPlan(Plan(rows=((1, ("fence",)),), every=("no_usage",)))
    assert plan.specs(0) == ("no_usage",)
    assert plan.specs(1) == ("fence", "no_usage")


def test_over_the_wire_only_the_chosen_rows_are_spoilt() -> None:
    lines = [request_line(f"k{n}") for n in range(12)]
    with running(job_seconds=0.05) as sandbox:
        good = answers(sandbox, lines)
    with running(job_seconds=0.05, faults="error_line*2,fence*3") as sandbox:
        operation = ended(sandbox, create(sandbox, lines).json["name"])
        bad = result_lines(sandbox, operation)
    changed = [json.loads(now) for now, was in zip(bad, good, strict=True) if now != was]
    assert len(changed) == 5
    assert sum("error" in row for row in changed) == 2
    assert operation["metadata"]["batchStats"] == {
        "requestCount": "12", "successfulRequestCount": "10", "failedRequestCount": "2",
    }  # fmt: skip
