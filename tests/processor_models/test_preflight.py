"""What is said of a task and its items before anything is sent."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st

from processor.core.cutting import MOST_BYTES
from processor.core.ids import ItemId
from processor.core.item import Item
from processor.core.preflight import Preflight, request_findings, shared_request
from processor.core.preflight_finding import MOST_ITEMS_NAMED, Findings, Rule, stop, warning
from processor.core.preflight_reference import reference_findings
from processor.core.preflight_schema import schema_findings
from processor.core.request import RequestMaker
from processor.core.task_parser import parse_task
from processor.effects.tasks import read_task_files, task_folders
from processor.errors import ExitCode, HeldBack
from tests.processor_models.tasks import DAY, MODELS, NOW, look, make_task, stops, warnings

_LOW = 'thinking_config = { thinking_level = "low" }'
_SCHEMA = {"type": "object", "properties": {"a": {"type": "string"}}, "required": ["a"]}
_JSON = f'{_LOW}\nresponse_mime_type = "application/json"'


def test_sound_task_has_nothing_said_of_it() -> None:
    assert look(f"{_LOW}\nmax_output_tokens = 32768") == ()


def test_built_in_tasks_have_nothing_said_of_them() -> None:
    for folder in task_folders():
        task = parse_task(read_task_files(folder), origin=str(folder))
        found = Preflight(task, MODELS[task.model], NOW).task_findings()
        assert [str(finding) for finding in found] == []


# [generation_config], the path that stops, words of the message
_STOPS = [
    ("max_tokens = 5", "maxTokens", "Do you mean `max_output_tokens`?"),
    ("max_output_token = 5", "maxOutputToken", "Do you mean `max_output_tokens`?"),
    ("zzz = 5", "zzz", "Take it out"),
    ('reasoning_effort = "low"', "reasoningEffort", "Do you mean `thinking_config`?"),
    ('cached_content = "cachedContents/a"', "cachedContent", "beside it, in the request"),
    ("tools = []", "tools", "beside it, in the request"),
    ('system_instruction = "x"', "systemInstruction", "beside it, in the request"),
    ('service_tier = "flex"', "serviceTier", "beside it, in the request"),
    ('thinking_level = "low"', "thinkingLevel", "thinking_config = { thinking_level"),
    ("audio_timestamp = true", "audioTimestamp", "only Vertex AI"),
    ("http_options = {}", "httpOptions", "the Python SDK's own"),
    ('max_output_tokens = "many"', "maxOutputTokens", "is a whole number"),
    ("max_output_tokens = 1.5", "maxOutputTokens", "is a whole number"),
    ("max_output_tokens = true", "maxOutputTokens", "is a whole number"),
    ("max_output_tokens = 0", "maxOutputTokens", "is 1 or more"),
    ('top_p = "high"', "topP", "is a number"),
    ('response_logprobs = "no"', "responseLogprobs", "is true or false"),
    ("response_mime_type = 3", "responseMimeType", "is a text"),
    ('stop_sequences = "END"', "stopSequences", "is a list of texts"),
    ('media_resolution = "huge"', "mediaResolution", "MEDIA_RESOLUTION_HIGH"),
    ("candidate_count = 2", "candidateCount", "exactly one answer"),
    ('response_modalities = ["IMAGE"]', "responseModalities", "has no TEXT"),
]


@pytest.mark.parametrize(("line", "path", "words"), _STOPS, ids=lambda value: str(value)[:30])
def test_field_that_would_be_refused_stops(line: str, path: str, words: str) -> None:
    found = [finding for finding in look(f"{_LOW}\n{line}") if finding.stops]
    assert [finding.path for finding in found] == [f"generationConfig.{path}"]
    assert words in found[0].message


@pytest.mark.parametrize(
    ("thinking", "path", "words"),
    [
        ('{ level = "low" }', ".level", "Do you mean `thinking_level`?"),
        ('{ thinking_level = "lowest" }', ".thinkingLevel", "MINIMAL"),
        ('{ thinking_budget = "big" }', ".thinkingBudget", "is a whole number"),
        ('{ include_thoughts = "yes" }', ".includeThoughts", "is true or false"),
        ('"low"', "", "is a table"),
    ],
)
def test_thinking_config_that_would_be_refused_stops(thinking: str, path: str, words: str) -> None:
    found = [finding for finding in look(f"thinking_config = {thinking}") if finding.stops]
    assert found[0].path == f"generationConfig.thinkingConfig{path}"
    assert words in found[0].message


def test_field_of_the_config_beside_it_is_misplaced() -> None:
    found = tuple(request_findings({"temperature": 1}, None, DAY))
    assert [f.rule for f in found if f.stops] == [Rule.MISPLACED_FIELD]
    assert stops(tuple(request_findings({"contents": [], "zebra": 1}, None, DAY))) == ["zebra"]


def test_field_that_a_models_file_knows_is_let_through() -> None:
    model = replace(MODELS["gemini-3.6-flash"], extra_fields=("newField",))
    task = make_task(f"{_LOW}\nnew_field = 3")
    assert stops(Preflight(task, model, NOW).task_findings()) == []
    said = Preflight(task, MODELS["gemini-3.6-flash"], NOW).task_findings()
    assert "extra_fields" in said[0].message


@pytest.mark.parametrize(
    ("model", "thinking", "refused"),
    [
        ("gemini-3.8-flash", 'thinking_level = "minimal"', True),
        ("gemini-3.7-flash", 'thinking_level = "MINIMAL"', True),
        ("gemini-3.1-pro-preview", 'thinking_level = "minimal"', True),
        ("gemini-4-argon", 'thinking_level = "minimal"', True),
        ("gemini-4-carbon", 'thinking_level = "xhigh"', True),
        ("gemini-3.5-flash-lite", 'thinking_level = "minimal"', False),
        ("gemini-3.8-flash", 'thinking_level = "LOW"', False),
        ("gemini-2.5-pro", 'thinking_level = "low"', True),
        ("gemini-2.5-pro", "thinking_budget = 0", True),
        ("gemini-2.5-pro", "thinking_budget = 127", True),
        ("gemini-2.5-pro", "thinking_budget = 128", False),
        ("gemini-2.5-pro", "thinking_budget = 32768", False),
        ("gemini-2.5-pro", "thinking_budget = 32769", True),
        ("gemini-2.5-pro", "thinking_budget = -1", False),
        ("gemini-2.5-pro", "thinking_budget = -2", True),
        ("gemini-2.5-flash", "thinking_budget = 0", False),
        ("gemini-2.5-flash", "thinking_budget = 24577", True),
        ("gemini-2.5-flash-lite", "thinking_budget = 511", True),
        ("gemini-4-argon", "thinking_budget = 1024", True),
        ("gemini-3.6-flash", "thinking_budget = 1024", False),
        ("gemini-3.6-flash", 'thinking_level = "low", thinking_budget = 9', True),
        ("unknown", 'thinking_level = "xhigh"', False),
    ],
)
def test_thinking_is_what_the_model_takes(model: str, thinking: str, refused: bool) -> None:
    found = look(f"thinking_config = {{ {thinking} }}", model=model)
    assert bool(stops(found)) is refused


def test_refusal_of_a_level_names_those_that_are_taken() -> None:
    (found,) = look('thinking_config = { thinking_level = "minimal" }', model="gemini-3.8-flash")
    assert "low, medium, high" in found.message
    (found,) = look('thinking_config = { thinking_level = "low" }', model="gemini-2.5-flash")
    assert "1 to 24,576 tokens, 0 for none" in found.message


@pytest.mark.parametrize(
    ("model", "words"),
    [
        ("gemini-3.6-flash", ("thinks at level medium", 'thinking_level = "low"')),
        ("gemini-2.5-pro", ("thinking_budget", "128 to 32,768")),
        ("unknown", ("most models think", "low, medium, high")),
    ],
)
def test_unset_thinking_is_a_warning(model: str, words: tuple[str, ...]) -> None:
    (found,) = look("seed = 3", model=model)
    assert not found.stops
    assert found.path == "generationConfig.thinkingConfig"
    for word in words:
        assert word in found.message


@pytest.mark.parametrize(
    ("config", "warned"),
    [
        ('max_output_tokens = 8191\nthinking_config = { thinking_level = "medium" }', True),
        ('max_output_tokens = 8192\nthinking_config = { thinking_level = "medium" }', False),
        ('max_output_tokens = 8191\nthinking_config = { thinking_level = "HIGH" }', True),
        ('max_output_tokens = 2047\nthinking_config = { thinking_level = "low" }', True),
        ('max_output_tokens = 2048\nthinking_config = { thinking_level = "low" }', False),
        ('max_output_tokens = 10\nthinking_config = { thinking_level = "minimal" }', False),
        ('max_output_tokens = 65536\nthinking_config = { thinking_level = "high" }', False),
        ('max_output_tokens = 65537\nthinking_config = { thinking_level = "high" }', True),
    ],
)
def test_small_or_impossible_limit_of_output_is_a_warning(config: str, warned: bool) -> None:
    found = look(config)
    assert stops(found) == []
    assert warnings(found) == (["generationConfig.maxOutputTokens"] if warned else [])


@given(st.integers(-1, 24_576), st.integers(1, 65_536))
def test_budget_that_may_use_up_the_limit_is_a_warning(budget: int, limit: int) -> None:
    config = f"thinking_config = {{ thinking_budget = {budget} }}\nmax_output_tokens = {limit}"
    found = look(config, model="gemini-2.5-flash")
    assert stops(found) == []
    if budget == -1:
        assert bool(found) == (limit < 8_192)
    else:
        assert bool(found) == (budget > 0 and budget >= limit)


@pytest.mark.parametrize("name", ["temperature", "top_p", "top_k"])
def test_deprecated_parameter_is_a_warning_from_its_day_on(name: str) -> None:
    line = f"{_LOW}\n{name} = 1"
    assert len(warnings(look(line))) == 1
    assert look(line, now=datetime(2026, 7, 20, tzinfo=UTC)) == ()
    assert len(warnings(look(line, now=datetime(2026, 7, 21, tzinfo=UTC)))) == 1
    budget = f"thinking_config = {{ thinking_budget = 128 }}\n{name} = 1"
    assert look(budget, model="gemini-2.5-pro") == ()


def test_ignored_parameter_says_so() -> None:
    (found,) = look(f"{_LOW}\ntemperature = 0", model="gemini-4-argon")
    assert not found.stops
    assert "does not heed" in found.message


def test_schema_that_a_model_does_not_keep_to_in_batch_is_a_warning() -> None:
    asked: dict[str, Any] = {"send_schema": '"response_json_schema"', "schema": _SCHEMA}
    (found,) = look(_JSON, model="gemini-3.8-flash", **asked)
    assert not found.stops
    assert "{{ schema }}" in found.message
    assert look(_JSON, model="gemini-3.6-flash", **asked) == ()


@pytest.mark.parametrize(
    ("schema", "path", "words"),
    [
        ({"additionalProperties": False}, "additionalProperties", "response_json_schema"),
        ({"$schema": "x"}, "$schema", "take it out"),
        ({"$ref": "#/x"}, "$ref", "write what it stands for"),
        ({"const": 1}, "const", "an `enum` of one"),
        ({"oneOf": []}, "oneOf", "`anyOf` is known"),
        ({"type": ["string", "null"]}, "type", "`nullable = true`"),
        ({"type": "text"}, "type", "STRING or OBJECT"),
        ({"enum": [1, 2]}, "enum", "a list of texts"),
        ({"properties": {"a": {"const": 1}}}, "properties.a.const", "const"),
        ({"items": {"items": {"if": {}}}}, "items.items.if", "knows no `if`"),
        ({"anyOf": [{"type": "STRING"}, {"not": {}}]}, "anyOf[1].not", "knows no `not`"),
        ({"items": True}, "items", "a schema is a table"),
        ({"anyOf": {}}, "anyOf", "a list of schemas"),
        ({"properties": []}, "properties", "is a table"),
        ({"minItems": "few"}, "minItems", "of type integer"),
    ],
)
def test_schema_that_response_schema_refuses_stops(schema: Any, path: str, words: str) -> None:
    config = {"responseMimeType": "application/json", "responseSchema": schema}
    (found,) = schema_findings(config)
    assert found.stops
    assert found.path == f"generationConfig.responseSchema.{path}"
    assert words in found.message


def test_response_json_schema_takes_json_schema() -> None:
    schema = {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "type": ["object", "null"],
        "additionalProperties": False,
        "$defs": {"a": {"type": "string"}},
        "properties": {"a": {"$ref": "#/$defs/a"}, "b": {"oneOf": [{"type": "null"}]}},
    }
    assert look(_JSON, send_schema='"response_json_schema"', schema=schema) == ()


def test_keywords_that_are_not_heeded_are_one_warning() -> None:
    schema = {"properties": {"a": {"pattern": "x"}, "b": {"items": {"const": 1, "pattern": "y"}}}}
    (found,) = look(_JSON, send_schema='"response_json_schema"', schema=schema)
    assert not found.stops
    assert "takes `const`, `pattern` in" in found.message


def test_property_named_like_a_keyword_is_none() -> None:
    schema = {"properties": {"pattern": {"type": "string"}, "const": {"type": "string"}}}
    for field in ("response_json_schema", "response_schema"):
        assert look(_JSON, send_schema=f'"{field}"', schema=schema) == ()


def test_neighbours_of_a_reference_are_a_warning() -> None:
    schema = {"properties": {"a": {"$ref": "#", "title": "x"}}}
    (found,) = look(_JSON, send_schema='"response_json_schema"', schema=schema)
    assert found.path == "generationConfig.responseJsonSchema.properties.a"


def test_many_items_are_a_warning() -> None:
    schema = {"properties": {name: {"maxItems": 500} for name in "ab"}}
    for field in ("response_json_schema", "response_schema"):
        (found,) = look(_JSON, send_schema=f'"{field}"', schema=schema)
        assert not found.stops
        assert "1,000" in found.message


def test_schema_needs_its_mime_type_and_no_other_schema() -> None:
    asked: dict[str, Any] = {"send_schema": '"response_json_schema"', "schema": _SCHEMA}
    assert stops(look(_LOW, **asked)) == ["generationConfig.responseMimeType"]
    both = f'{_JSON}\nresponse_schema = {{ type = "OBJECT" }}'
    assert stops(look(both, **asked)) == ["generationConfig.responseJsonSchema"]


@pytest.mark.parametrize(
    ("model", "stopped"),
    [
        ("gemini-embedding-001", True),
        ("gemini-2.5-pro-preview-tts", True),
        ("gemini-3-pro-image", False),
    ],
)
def test_model_without_text_is_not_asked(model: str, stopped: bool) -> None:
    found = look("seed = 1", model=model)
    assert (stops(found) if stopped else warnings(found)) == ["model"]


def test_reasons_to_stop_come_before_warnings() -> None:
    found = look("temperature = 1\nzzz = 1")
    assert [finding.stops for finding in found] == sorted(
        (finding.stops for finding in found), reverse=True
    )
    assert len({finding.stops for finding in found}) == 2


# -- caches and files ------------------------------------------------------------------------------

_CACHE = "cachedContents/a"
_FILE = "https://generativelanguage.googleapis.com/v1beta/files/f"


def test_cache_excludes_system_instruction_and_tools() -> None:
    request = {"cachedContent": _CACHE, "systemInstruction": {}, "tools": []}
    found = tuple(reference_findings(request, {_CACHE: NOW + timedelta(days=9)}, NOW))
    assert stops(found) == ["cachedContent"]
    assert "systemInstruction and tools" in found[0].message


@given(st.integers(-100, 100))
def test_reference_must_last_as_long_as_a_job(hours: int) -> None:
    request = {"contents": [{"parts": [{"text": "a"}, {"fileData": {"fileUri": _FILE}}]}]}
    ends = NOW + timedelta(hours=hours)
    found = tuple(reference_findings(request, {_FILE: ends}, NOW))
    if hours <= 0:
        assert stops(found) == ["contents[0].parts[1].fileData.fileUri"]
    elif hours < 47:
        assert warnings(found) == ["contents[0].parts[1].fileData.fileUri"]
    else:
        assert found == ()


def test_reference_of_unknown_end_is_a_warning() -> None:
    assert warnings(tuple(reference_findings({"cachedContent": _CACHE}, {}, NOW))) == [
        "cachedContent"
    ]


def test_model_without_explicit_caches_refuses_one() -> None:
    request = {"cachedContent": _CACHE}
    for name, refused in (("gemini-4-carbon", True), ("gemini-3.6-flash", False)):
        found = tuple(request_findings(request, MODELS[name], DAY))
        assert ("cachedContent" in stops(found)) is refused


# -- items -----------------------------------------------------------------------------------------


@given(st.integers(0, 2_000_000), st.floats(0, 0.5))
def test_only_what_is_too_long_for_certain_stops(tokens: int, error: float) -> None:
    look_at = Preflight(make_task(), MODELS["gemini-3.6-flash"], NOW, estimate_error=error)
    found = look_at.item_finding(tokens, 1)
    if tokens <= 1_048_576:
        assert found is None
    else:
        assert found is not None
        assert found.rule is Rule.CONTEXT
        assert found.stops == (tokens > 1_048_576 * (1 + error))


def test_answer_that_shares_the_context_is_warned_of() -> None:
    task = make_task(f"{_LOW}\nmax_output_tokens = 10000", model="gemini-4-argon")
    look_at = Preflight(task, MODELS["gemini-4-argon"], NOW)
    assert look_at.item_finding(1_048_576 - 10_000, 1) is None
    found = look_at.item_finding(1_048_576 - 9_999, 1)
    assert found is not None
    assert not found.stops
    found = look_at.item_finding(1_048_577, 1)
    assert found is not None
    assert found.stops


def test_item_above_the_files_limit_stops_also_for_an_unknown_model() -> None:
    look_at = Preflight(make_task(model="unknown"), None, NOW)
    assert look_at.item_finding(10**12, MOST_BYTES) is None
    found = look_at.item_finding(1, MOST_BYTES + 1)
    assert found is not None
    assert found.stops
    assert str(found.about("a\nb")).startswith("Item 'a\\nb': its request has 2,000,000,001 bytes")


def test_shared_request_is_what_every_line_holds() -> None:
    task = make_task(_JSON, system="Be brief.")
    line = RequestMaker(task).make(Item(ItemId("1"), {"x": 1}, "a.json", b"")).line
    request = orjson.loads(line)["request"]
    del request["contents"]
    assert request == shared_request(task)


# -- findings together -----------------------------------------------------------------------------


def test_findings_hold_back_with_every_reason() -> None:
    findings = Findings(look("zzz = 1\nyyy = 2"))
    with pytest.raises(HeldBack) as caught:
        findings.hold_back()
    assert caught.value.exit_code is ExitCode.HELD_BACK
    assert "`zzz`" in caught.value.message
    assert "`yyy`" in caught.value.message
    assert len(findings.warnings()) == 1


def test_warnings_hold_nothing_back() -> None:
    findings = Findings(look("seed = 1"))
    findings.hold_back()
    assert len(findings.warnings()) == 1
    assert findings.as_json()[0]["stops"] is False


@given(st.integers(0, 50), st.integers(0, 50))
def test_findings_name_the_first_items_and_count_the_rest(stopped: int, warned: int) -> None:
    findings = Findings()
    for number in range(stopped):
        findings.add(stop(Rule.CONTEXT, "contents", "too long").about(f"s{number}"))
    for number in range(warned):
        findings.add(warning(Rule.CONTEXT, "contents", "long").about(f"w{number}"))
    for count, kind in ((stopped, True), (warned, False)):
        said = findings.sentences(stops=kind)
        more = max(count - MOST_ITEMS_NAMED, 0)
        assert len(said) == min(count, MOST_ITEMS_NAMED) + bool(more)
        assert not more or said[-1].startswith(f"{more} more items")
    assert len(findings.as_json()) <= 2 * MOST_ITEMS_NAMED
