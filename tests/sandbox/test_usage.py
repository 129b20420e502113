"""Token counts of an answer, and the limits that it keeps."""

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sandbox.rows import answer_lines
from sandbox.tokens import count_tokens

TEXT = "Sum it up.\n\nText: " + "Potassium was 3.4 mg/kg in the upper soil of every plot. " * 20


def _response(**config: Any) -> dict[str, Any]:
    request = {"contents": [{"parts": [{"text": TEXT}]}], "generation_config": config}
    lines, failed = answer_lines(
        json.dumps({"key": "a", "request": request}).encode(), "gemini-3.6-flash", 0, ()
    )
    assert failed == 0
    response: dict[str, Any] = json.loads(lines[0])["response"]
    return response


def test_counts_prompt_answer_and_thoughts() -> None:
    response = _response()
    usage = response["usageMetadata"]
    (candidate,) = response["candidates"]
    assert usage["promptTokenCount"] == count_tokens(TEXT)
    assert usage["candidatesTokenCount"] == count_tokens(candidate["content"]["parts"][0]["text"])
    assert usage["thoughtsTokenCount"] > 0
    assert usage["totalTokenCount"] == (
        usage["promptTokenCount"] + usage["candidatesTokenCount"] + usage["thoughtsTokenCount"]
    )
    assert usage["serviceTier"] == "STANDARD"


@pytest.mark.parametrize("name", ["responseSchema", "responseJsonSchema"])
def test_schema_that_is_sent_along_counts_as_input(name: str) -> None:
    schema = {"type": "object", "properties": {"sum": {"type": "string"}}, "required": ["sum"]}
    usage = _response(**{name: schema, "responseMimeType": "application/json"})["usageMetadata"]
    written = json.dumps(schema, separators=(",", ":"))
    assert usage["promptTokenCount"] == count_tokens(TEXT) + count_tokens(written)


@given(st.integers(0, 400), st.integers(0, 400))
def test_thoughts_and_answer_stay_within_max_output_tokens(limit: int, budget: int) -> None:
    whole = _response(thinking_config={"thinking_budget": budget})
    said = whole["candidates"][0]["content"]["parts"][0]["text"]
    response = _response(max_output_tokens=limit, thinking_config={"thinking_budget": budget})
    (candidate,) = response["candidates"]
    usage = response["usageMetadata"]
    used = usage.get("candidatesTokenCount", 0) + usage.get("thoughtsTokenCount", 0)
    assert used <= limit
    text = "".join(part["text"] for part in candidate["content"].get("parts", []))
    assert said.startswith(text)
    assert candidate["finishReason"] == ("STOP" if text == said else "MAX_TOKENS")
    assert "parts" in candidate["content"] or text == ""


@pytest.mark.parametrize(
    "config", [{"thinkingBudget": 0}, {"thinkingLevel": "minimal"}, {"thinking_level": "MINIMAL"}]
)
def test_without_thinking_there_are_no_thoughts(config: dict[str, Any]) -> None:
    assert "thoughtsTokenCount" not in _response(thinkingConfig=config)["usageMetadata"]


def test_thoughts_are_shown_when_asked_for() -> None:
    parts = _response(thinkingConfig={"includeThoughts": True})["candidates"][0]["content"]["parts"]
    assert [part.get("thought", False) for part in parts] == [True, False]


def test_a_request_without_contents_is_an_error_row() -> None:
    lines, failed = answer_lines(b'{"key": "a", "request": {}}', "m", 0, ())
    assert failed == 1
    assert json.loads(lines[0]) == {
        "key": "a",
        "error": {"code": 3, "message": "Request contains an invalid argument."},
    }
