"""The table of fields is the SDK's, and agrees with the sandbox, which has its own."""

from __future__ import annotations

from typing import Any

import pytest
from google.genai import types
from hypothesis import given
from hypothesis import strategies as st

from processor.core.preflight_fields import (
    BESIDES_SDK,
    ENUMS,
    GENERATION_CONFIG,
    REQUEST_FIELDS,
    SDK_ONLY,
    THINKING_CONFIG,
    VERTEX_ONLY,
    field_findings,
    snake,
)
from processor.core.preflight_request import camel
from processor.core.preflight_schema import SCHEMA_FIELDS, SCHEMA_TYPES, schema_findings
from sandbox.fields import MESSAGES, UnknownField, check_fields
from tests.processor_models import sdk_fields


def test_places_are_those_of_the_installed_sdk() -> None:
    assert sdk_fields.placed_fields() == {
        "request": set(REQUEST_FIELDS),
        "generationConfig": set(GENERATION_CONFIG),
        "vertex": set(VERTEX_ONLY),
        "sdk": set(SDK_ONLY),
    }


def test_kinds_of_values_are_those_of_the_installed_sdk() -> None:
    config = sdk_fields.kinds(types.GenerateContentConfig)
    assert {name: config[name] for name in GENERATION_CONFIG} == dict(GENERATION_CONFIG)
    assert sdk_fields.kinds(types.ThinkingConfig) == dict(THINKING_CONFIG)


def test_enums_are_those_of_the_installed_sdk() -> None:
    assert {
        "thinkingLevel": {level.value for level in types.ThinkingLevel},
        "mediaResolution": {level.value for level in types.MediaResolution},
    } == ENUMS
    assert set(SCHEMA_TYPES) == {kind.value for kind in types.Type}


def test_schema_fields_are_the_sdks_but_for_those_it_writes_out() -> None:
    sdk = sdk_fields.kinds(types.Schema)
    # The SDK has these to carry JSON Schema in; the service's Schema does not know them.
    assert set(sdk) - set(SCHEMA_FIELDS) == {"additionalProperties", "defs", "ref"}
    assert set(SCHEMA_FIELDS) - set(sdk) == set()
    for name, kind in SCHEMA_FIELDS.items():
        if kind not in ("schema", "schemas", "map", "type"):
            assert sdk[name] == kind, name


def test_field_besides_the_sdk_is_in_no_other_table() -> None:
    assert not set(BESIDES_SDK) & set(sdk_fields.kinds(types.GenerateContentConfig))


@pytest.mark.parametrize("name", sorted({*GENERATION_CONFIG, *THINKING_CONFIG, *REQUEST_FIELDS}))
def test_names_for_task_toml_are_read_back(name: str) -> None:
    assert camel(snake(name)) == name


_NAMES = st.sampled_from(
    [
        *(set(GENERATION_CONFIG) - {"audioTranscriptionConfig"}), *BESIDES_SDK, *VERTEX_ONLY,
        *SDK_ONLY, *THINKING_CONFIG, "cachedContent", "tools", "maxTokens", "format", "zebra",
    ]
)  # fmt: skip
_NESTED = {"thinkingConfig": {}, "responseSchema": {"type": "OBJECT"}}


def _refused_by_sandbox(request: dict[str, Any]) -> bool:
    try:
        check_fields(request)
    except UnknownField:
        return True
    return False


@given(st.sets(_NAMES, max_size=4), st.sets(_NAMES, max_size=2))
def test_what_the_sandbox_refuses_is_stopped_and_nothing_else(
    names: set[str], inner: set[str]
) -> None:
    config: dict[str, Any] = {name: _NESTED.get(name) for name in names}
    config["thinkingConfig"] = dict.fromkeys(inner)
    request = {"contents": [], "generationConfig": config}
    found = [f for f in field_findings(request) if f.rule != "preflight.wrong_value"]
    assert bool(found) == _refused_by_sandbox(request)


_WORDS = st.sampled_from(
    ["type", "properties", "items", "anyOf", "oneOf", "const", "$ref", "additionalProperties",
     "title", "required", "minItems", "pattern", "$schema", "enum", "nullable"]
)  # fmt: skip


def _schema(inner: st.SearchStrategy[dict[str, Any]]) -> st.SearchStrategy[dict[str, Any]]:
    values: dict[str, st.SearchStrategy[Any]] = {
        "properties": st.dictionaries(st.sampled_from("ab"), inner, max_size=2),
        "items": inner,
        "anyOf": st.lists(inner, max_size=2),
        "type": st.sampled_from(["OBJECT", "string", ["string", "null"], "widget"]),
        "required": st.just(["a"]),
        "enum": st.just(["a"]),
        "minItems": st.just(1),
        "nullable": st.booleans(),
    }
    other = st.just("x")
    pairs = _WORDS.flatmap(lambda word: st.tuples(st.just(word), values.get(word, other)))
    return st.lists(pairs, max_size=3).map(dict)


@given(st.recursive(st.just({}), _schema, max_leaves=6))
def test_response_schema_is_stopped_where_the_sandbox_refuses_it(schema: dict[str, Any]) -> None:
    config = {"responseMimeType": "application/json", "responseSchema": schema}
    stopped = any(finding.stops for finding in schema_findings(config))
    assert stopped == _refused_by_sandbox({"contents": [], "generationConfig": config})


def test_sandboxs_table_lacks_only_what_is_newer() -> None:
    sandbox = set(MESSAGES["GenerationConfig"]) - {"_responseJsonSchema"}
    ours = {*GENERATION_CONFIG, *BESIDES_SDK}
    assert ours - sandbox == {"audioTranscriptionConfig"}
    assert sandbox <= ours
