"""The laws of answer lines: never an exception, one outcome each, nothing taken from another."""

from __future__ import annotations

import json
from collections import Counter
from typing import Any

import pytest
from google.genai import types
from hypothesis import given
from hypothesis import strategies as st

from tests.validation.strategies import Value, exactly, objects, scraps, values, written
from validation import (
    RULES,
    Effect,
    Judgement,
    Line,
    Outcome,
    Usage,
    judge,
    load_profile,
    read_line,
    validate,
)

PROFILE = load_profile(model="gemini-3.6-flash", max_output_tokens=8_192)
KEYS = ["a_task", "b_task", "c_task"]


def body(text: str = '{"a": 1}', **changes: Any) -> dict[str, Any]:
    """Return a good answer line's body with members of the response replaced."""
    candidate = {"content": {"parts": [{"text": text}], "role": "model"}, "finishReason": "STOP"}
    response = {"candidates": [candidate], "modelVersion": "gemini-3.6-flash"}
    return {"key": "a_task", "response": {**response, **changes}}


def _judged(line: dict[str, Any]) -> Judgement:
    return judge(read_line(json.dumps(line).encode()), PROFILE)


_good = st.builds(lambda key, text: {**body(text), "key": key}, st.sampled_from(KEYS), scraps())
_odd = st.dictionaries(
    st.sampled_from(["key", "response", "error", "status", "metadata", "candidates", "content",
                     "parts", "text", "finishReason", "modelVersion", "promptFeedback"]),
    values, max_size=4,
)  # fmt: skip
_nested = st.recursive(
    values,
    lambda inner: st.dictionaries(
        st.sampled_from(["key", "response", "candidates", "content", "parts", "text", "finishReason",
                         "usageMetadata", "promptTokenCount", "promptFeedback", "blockReason"]),
        st.one_of(inner, st.lists(inner, max_size=2)), max_size=4,
    ),
    max_leaves=12,
)  # fmt: skip
_line = st.one_of(
    _good.map(json.dumps),
    _odd.map(json.dumps),
    _nested.map(json.dumps),
    scraps(),
    st.sampled_from(
        ["", " ", "null", '{"key": "a_task"}', '{"key": "a_task", "error": {"code": 13}}']
    ),
).map(lambda text: text.encode("utf-8", "surrogatepass"))
soups = st.lists(st.one_of(_line, st.binary(max_size=20)), max_size=8)


@given(soups)
def test_every_line_of_a_soup_is_nothing_or_one_judgement_or_nobodys(lines: list[bytes]) -> None:
    counted: Counter[str] = Counter()
    for raw in lines:
        line = read_line(raw)
        if line.key is None:
            assert line.findings or not raw.removeprefix(b"\xef\xbb\xbf").strip()
            counted["nobody's" if line.findings else "blank"] += 1
            continue
        judgement = judge(line, PROFILE)
        counted[judgement.verdict.outcome] += 1
        _holds_together(judgement)
    assert sum(counted.values()) == len(lines)


def _holds_together(judgement: Judgement) -> None:
    verdict = judgement.verdict
    effects = {RULES[one.rule].effect for one in verdict.findings}
    assert verdict.accepted is effects.isdisjoint({Effect.REJECT, Effect.FAIL})
    assert (verdict.outcome is Outcome.FAILED) is (Effect.FAIL in effects)
    assert (verdict.data is not None) is verdict.accepted
    json.dumps(tuple(judgement), default=str, ensure_ascii=False).encode("utf-8")


@given(_nested)
def test_body_that_was_never_a_line_is_judged_too(value: Value) -> None:
    if isinstance(value, dict):
        _holds_together(judge(Line("a_task", value), PROFILE))


@given(st.data(), objects)
def test_judgement_of_a_line_is_the_verdict_of_its_text(
    data: st.DataObject, value: dict[str, Value]
) -> None:
    text = data.draw(st.one_of(written(value), scraps()))
    if not text.strip():
        return
    line = json.dumps(body(text), ensure_ascii=data.draw(st.booleans()))
    judgement = judge(read_line(line.encode("utf-8")), PROFILE)
    assert exactly_verdict(judgement) == exactly_verdict(Judgement(validate(text, PROFILE), text))


def exactly_verdict(judgement: Judgement) -> object:
    verdict = judgement.verdict
    return (
        judgement.text,
        verdict.outcome,
        exactly(verdict.data),
        verdict.findings,
        verdict.repairs,
    )


@given(st.data(), objects)
def test_line_that_gives_a_member_twice_is_never_accepted(
    data: st.DataObject, value: dict[str, Value]
) -> None:
    text = data.draw(written(value))
    line = json.dumps(body(text))
    places = [at for at, mark in enumerate(line) if mark == "{" and f"{line[at + 1]}" == '"']
    at = data.draw(st.sampled_from(places[:3]))
    name = line[at + 1 : line.index('"', at + 2) + 1]
    spelled = data.draw(st.sampled_from([name, f'"\\u{ord(name[1]):04x}{name[2:]}']))
    twin = data.draw(st.sampled_from(["1", "null", line]))
    doubled = f"{line[: at + 1]}{spelled}: {twin}, {line[at + 1 :]}"
    read = read_line(doubled.encode())
    verdict = judge(read, PROFILE).verdict
    assert not verdict.accepted
    assert verdict.findings[0].rule == "envelope.duplicate_member"


def test_judging_leaves_the_line_as_it_was() -> None:
    line = read_line(json.dumps(body()).encode())
    before = json.dumps(line.body)
    judge(line, PROFILE)
    assert json.dumps(line.body) == before


@pytest.mark.parametrize("raw", [b"", b"\n", b" \t\r\n", b"\xef\xbb\xbf\n"])
def test_blank_line_is_nothing(raw: bytes) -> None:
    assert read_line(raw) == Line(None, None)


@pytest.mark.parametrize(
    "raw",
    [
        b'{"key": "a"',
        b"[]",
        b'"a"',
        b"\xff",
        b"\x00",
        b'{"key": NaN}',
        b"{" * 100_000,
        b'{"a":' * 5_000,
    ],
)
def test_line_that_is_no_object_belongs_to_nobody(raw: bytes) -> None:
    line = read_line(raw)
    assert (line.key, line.body) == (None, None)
    assert [one.rule for one in line.findings] == ["account.unparseable_line"]


@pytest.mark.parametrize(
    "line",
    [{}, {"key": ""}, {"key": 7}, {"key": None}, {"key": ["a"]}, {"metadata": {}}, {"metadata": "a"},
     {"key": "a", "metadata": {"key": "b"}}],
)  # fmt: skip
def test_line_without_a_key_to_be_trusted_belongs_to_nobody(line: dict[str, Any]) -> None:
    read = read_line(json.dumps(line).encode())
    assert read.key is None
    assert [one.rule for one in read.findings] == ["account.no_key"]


@pytest.mark.parametrize(
    "line", [{"key": "a"}, {"metadata": {"key": "a"}}, {"key": "a", "metadata": {"key": "a"}}]
)
def test_key_is_read_in_both_shapes(line: dict[str, Any]) -> None:
    assert read_line(json.dumps(line).encode()).key == "a"


def test_half_a_character_spoils_one_text_and_not_the_line() -> None:
    raw = json.dumps(body('{"a": "~"}')).replace("~", "\\ud83d").encode()
    line = read_line(raw)
    judgement = judge(line, PROFILE)
    assert line.key == "a_task"
    assert [one.rule for one in judgement.verdict.findings] == ["decode.lone_surrogate"]
    assert judgement.text == '{"a": "\\ud83d"}'


@pytest.mark.parametrize("reason", [one.value for one in types.FinishReason])
def test_every_finish_reason_of_the_sdk_has_its_own_rule(reason: str) -> None:
    line = body()
    line["response"]["candidates"][0]["finishReason"] = reason
    verdict = _judged(line).verdict
    assert verdict.accepted is (reason == "STOP")
    assert all(one.rule != "envelope.unknown_finish_reason" for one in verdict.findings)
    assert reason == "STOP" or reason in verdict.findings[0].message


@pytest.mark.parametrize("reason", [one.value for one in types.BlockedReason])
def test_blocked_prompt_is_failed_and_says_why(reason: str) -> None:
    line = {"key": "a", "response": {"promptFeedback": {"blockReason": reason}}}
    verdict = _judged(line).verdict
    assert verdict.outcome is Outcome.FAILED
    assert reason in verdict.findings[0].message


def test_truncation_says_how_many_thoughts_of_which_limit() -> None:
    line = body(usageMetadata={"thoughtsTokenCount": 2_168, "candidatesTokenCount": 6_010})
    line["response"]["candidates"][0]["finishReason"] = "MAX_TOKENS"
    (found,) = _judged(line).verdict.findings
    assert "thoughts 2,168 of limit 8,192" in found.message
    assert "raise max_output_tokens or lower thinking" in found.message


def test_error_keeps_code_and_message_verbatim() -> None:
    message = "Request contains an invalid argument: 'größer'."
    line = {"key": "a", "error": {"code": 3, "message": message}}
    (found,) = _judged(line).verdict.findings
    assert found.message == f"code 3 INVALID_ARGUMENT: {message}"


def test_usage_is_counted_whatever_the_verdict() -> None:
    usage = {"promptTokenCount": "12", "cachedContentTokenCount": 3, "candidatesTokenCount": 5,
             "thoughtsTokenCount": None}  # fmt: skip
    assert _judged(body("no json", usageMetadata=usage)).usage == Usage(12, 3, 5, 0)
    assert _judged(body()).usage is None


def test_other_model_is_named_beside_the_one_asked() -> None:
    (found,) = _judged(body(modelVersion="gemini-0")).verdict.findings
    assert '"gemini-0" answered; "gemini-3.6-flash" was asked' in found.message
