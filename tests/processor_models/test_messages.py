"""The tables of messages are the SDK's; tools, safety settings and the rest go as they were declared."""

from __future__ import annotations

import inspect
import typing
import warnings as python_warnings
from enum import Enum
from pathlib import Path
from typing import Any

import pytest
from google.genai import batches, types
from google.genai.client import Client
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import BaseModel, ValidationError

from processor.api.checking import check_task
from processor.core.preflight import Preflight
from processor.core.preflight_messages import MESSAGE_ENUMS, MESSAGES, REQUEST, VERTEX_FIELDS
from processor.core.preflight_request import as_on_wire, message_findings, request_message_findings
from processor.core.preflight_schema import SCHEMA_FIELDS
from processor.core.task import Task
from processor.core.task_parser import parse_task
from processor.errors import WrongUsage
from sandbox.fields import UnknownField, check_fields
from tests.processor_models.sdk_fields import _options, kind
from tests.processor_models.tasks import MODELS, NOW, stops, warnings

# The SDK has these to carry JSON Schema in; the service's Schema does not know them.
_CARRIED = {"Schema": {"additionalProperties", "defs", "ref"}}
_OF_A_PROMPT = set(MESSAGES["Part"])
_KEYS = {("AuthConfig", "apiKey"), ("StreamableHttpTransport", "headers")}


def _sdk_kind(annotation: Any) -> str:
    """The kind of a field of the SDK in the words of the table."""
    options = _options(annotation)
    if len(options) != 1:
        return "any"
    (only,) = options
    origin, inner = typing.get_origin(only), only
    if origin in (list, dict):
        inner = typing.get_args(only)[-1]
    if inner is bytes:
        return "string"  # base64 in JSON
    around = {list: "[%s]", dict: "{%s}"}.get(origin, "%s")
    if isinstance(inner, type) and issubclass(inner, BaseModel):
        return around % inner.__name__
    if isinstance(inner, typing.ForwardRef):
        return around % inner.__forward_arg__
    if isinstance(inner, type) and issubclass(inner, Enum):
        return around % f"={inner.__name__}"
    return kind(annotation)


def _refused_by_sdk(message: str, field: str) -> bool:
    """Whether the SDK's converter for the Developer API has no place for the field."""
    converter = getattr(batches, f"_{message}_to_mldev", None)
    if converter is None:
        return False
    value = {field: "x"}
    client = (Client(api_key="none")._api_client,)
    arguments = client if "api_client" in inspect.signature(converter).parameters else ()
    try:
        converter(*arguments, value)
    except ValueError as error:
        return "not in Gemini Developer API" in str(error)
    except AttributeError:
        return False  # it goes on into a nested message: the field is known
    return False


@pytest.mark.parametrize("message", sorted(MESSAGES))
def test_message_is_the_installed_sdks(message: str) -> None:
    sdk = getattr(types, message)
    fields = {name: field.alias or name for name, field in sdk.model_fields.items()}
    refused = {wire for name, wire in fields.items() if _refused_by_sdk(message, name)}
    known = set(fields.values()) - refused - _CARRIED.get(message, set())
    if message == "Part":
        known &= _OF_A_PROMPT
    assert set(MESSAGES[message]) == known
    for name, field in sdk.model_fields.items():
        wire = fields[name]
        if wire in known and MESSAGES[message][wire] != "secret":
            assert MESSAGES[message][wire] == _sdk_kind(field.annotation), wire
    assert refused - {"apiKeyConfig"} <= VERTEX_FIELDS | {
        "authType", "googleServiceAccountConfig", "httpBasicAuthConfig", "oauthConfig", "oidcConfig",
    }  # fmt: skip


def test_keys_are_the_only_fields_that_are_not_taken() -> None:
    secret = {(m, f) for m, fields in MESSAGES.items() for f, k in fields.items() if k == "secret"}
    assert secret == _KEYS


@pytest.mark.parametrize("enum", sorted(MESSAGE_ENUMS))
def test_enum_is_the_installed_sdks(enum: str) -> None:
    assert {one.value for one in getattr(types, enum)} == MESSAGE_ENUMS[enum]


def test_every_kind_in_the_tables_is_in_the_tables() -> None:
    plain = {"any", "boolean", "integer", "number", "secret", "string", "strings"}
    for fields in (REQUEST, *MESSAGES.values()):
        for one in fields.values():
            bare = one.strip("[]{}")
            assert bare in plain or bare in MESSAGES or bare.removeprefix("=") in MESSAGE_ENUMS


def test_schema_has_the_fields_of_the_schema_that_goes_along() -> None:
    assert set(MESSAGES["Schema"]) == set(SCHEMA_FIELDS)


_VALUES: dict[str, st.SearchStrategy[Any]] = {
    "string": st.text(max_size=3),
    "strings": st.lists(st.text(max_size=3), max_size=2),
    "boolean": st.booleans(),
    "integer": st.integers(0, 9),
    "number": st.floats(0, 9),
}
_SOUND = (
    "Tool",
    "ToolConfig",
    "SafetySetting",
    "FunctionDeclaration",
    "GoogleSearch",
    "FileSearch",
)


def _message(name: str, depth: int = 3) -> st.SearchStrategy[dict[str, Any]]:
    """A message as the table has it, sometimes with a name or a value that it has not."""
    fields: dict[str, st.SearchStrategy[Any]] = {}
    for field, one in MESSAGES[name].items():
        bare = one.strip("[]{}")
        if one in _VALUES:
            fields[field] = _VALUES[one]
        elif bare in MESSAGES and depth and "{" not in one:
            inner = _message(bare, depth - 1)
            fields[field] = st.lists(inner, max_size=2) if one.startswith("[") else inner
        elif one.startswith("="):
            fields[field] = st.sampled_from([*sorted(MESSAGE_ENUMS[bare[1:]]), "SOMETHING_ELSE"])
    strange = {"zebra": st.just(1), "blockingConfidence": st.just("BLOCK_LOW_AND_ABOVE")}
    return st.fixed_dictionaries(
        {}, optional={k: v for k, v in {**fields, **strange}.items() if k in fields or depth < 3}
    )


def _taken_by_sdk(name: str, value: Any) -> bool:
    """Whether the SDK's own type takes it, and its converter for the Developer API."""
    with python_warnings.catch_warnings():
        python_warnings.simplefilter("error")  # unknown values of an enum are only warned of
        try:
            made = getattr(types, name).model_validate(value)
            converter = getattr(batches, f"_{name}_to_mldev", None)
            if converter is not None:
                converter(made)
        except (ValidationError, ValueError, UserWarning):
            return False
    return True


@pytest.mark.parametrize("name", _SOUND)
def test_what_the_sdk_refuses_is_stopped_and_nothing_else(name: str) -> None:
    @settings(max_examples=25)
    @given(_message(name, 2))
    def law(value: dict[str, Any]) -> None:
        found = list(message_findings(value, name, "here"))
        assert bool(found) == (not _taken_by_sdk(name, value)), found

    law()


@settings(max_examples=25)
@given(st.sampled_from(sorted(MESSAGES)), st.data())
def test_names_are_put_as_the_wire_has_them_once_and_for_all(
    name: str, data: st.DataObject
) -> None:
    value = data.draw(_message(name))
    assert as_on_wire(name, value) == value


_TOML = """
name = "t"
model = "gemini-3.6-flash"
[generation_config]
thinking_config = { thinking_level = "low" }
[request]
"""


def _task(request: str, system: bool = False) -> Task:
    files = {"task.toml": (_TOML + request).encode()}
    return parse_task(files | ({"system.md": b"Be brief."} if system else {}), origin="t")


def _said(request: str, system: bool = False) -> Any:
    task = _task(request, system)
    return Preflight(task, MODELS[task.model], NOW).task_findings()


# [request], the path that stops, words of the message
_STOPS = [
    ("tools = [{ google_serch = {} }]", "tools[0].googleSerch", "Do you mean `google_search`?"),
    ("tools = { google_search = {} }", "tools", "`tools` is a list"),
    ("tools = [{ google_search = true }]", "tools[0].googleSearch", "is a table, not True"),
    ("tools = [{ retrieval = {} }]", "tools[0].retrieval", "only Vertex AI"),
    (
        'tools = [{ google_search = { exclude_domains = ["a"] } }]',
        "tools[0].googleSearch.excludeDomains",
        "only Vertex AI",
    ),
    (
        'tools = [{ google_maps = { auth_config = { api_key = "k-123" } } }]',
        "tools[0].googleMaps.authConfig.apiKey",
        "keys are stored nowhere",
    ),
    (
        'tool_config = { function_calling_config = { mode = "NEVER" } }',
        "toolConfig.functionCallingConfig.mode",
        "NONE",
    ),
    (
        'safety_settings = [{ category = "HARM_CATEGORY_HATE", threshold = "OFF" }]',
        "safetySettings[0].category",
        "HARM_CATEGORY_HATE_SPEECH",
    ),
    (
        'safety_settings = [{ categori = "HARM_CATEGORY_HARASSMENT" }]',
        "safetySettings[0].categori",
        "Do you mean `category`?",
    ),
    ("safety_setting = []", "safetySetting", "Do you mean `safety_settings`?"),
    ('cached_content = "abc"', "cachedContent", "a name such as cachedContents/"),
    ('service_tier = "flex"', "serviceTier", "no matter of a batch job"),
    ("temperature = 0.5", "temperature", "[generation_config] temperature"),
    (
        'tools = [{ function_declarations = [{ name = "f", parameters = { kind = "OBJECT" } }] }]',
        "tools[0].functionDeclarations[0].parameters.kind",
        "knows no `kind`",
    ),
]


@pytest.mark.parametrize(("lines", "path", "words"), _STOPS, ids=[path for _, path, _ in _STOPS])
def test_field_that_would_be_refused_stops(lines: str, path: str, words: str) -> None:
    found = [finding for finding in _said(lines) if finding.stops]
    assert [finding.path for finding in found] == [path]
    assert words in found[0].message
    assert "k-123" not in found[0].message


@pytest.mark.parametrize(
    ("line", "words"),
    [
        ('model = "gemini-4"', "at the top of task.toml"),
        ('system_instruction = "x"', "system.md"),
        ("contents = []", "prompt.md"),
        ("generation_config = {}", "[generation_config]"),
    ],
)
def test_what_has_a_place_of_its_own_is_refused_in_the_request(line: str, words: str) -> None:
    with pytest.raises(WrongUsage, match=r"t/task\.toml \[request\]") as refused:
        _task(line)
    assert words in refused.value.message


def test_cache_beside_a_system_instruction_or_tools_stops() -> None:
    line = 'cached_content = "cachedContents/a"'
    assert stops(_said(line)) == []
    assert stops(_said(line, system=True)) == ["cachedContent"]
    assert stops(_said(f"{line}\ntools = [{{ url_context = {{}} }}]")) == ["cachedContent"]


def test_what_is_billed_besides_tokens_is_warned_of() -> None:
    assert warnings(_said("tools = [{ google_search = {} }]")) == ["tools[0].googleSearch"]
    assert warnings(_said("tools = [{ url_context = {} }]")) == []


def test_function_that_may_be_called_is_warned_of() -> None:
    declared = 'tools = [{ function_declarations = [{ name = "f" }] }]'
    never = 'tool_config = { function_calling_config = { mode = "NONE" } }'
    assert warnings(_said(declared)) == ["tools[0].functionDeclarations"]
    assert warnings(_said(f"{declared}\n{never}")) == []


def test_names_newer_than_the_table_pass_when_the_models_file_lists_them() -> None:
    request: dict[str, Any] = {"tools": [{"quantumSearch": {}}]}
    assert [f.path for f in request_message_findings(request)] == ["tools[0].quantumSearch"]
    assert list(request_message_findings(request, ["quantumSearch"])) == []


def test_check_names_the_line_of_what_is_wrong_in_the_request(tmp_path: Path) -> None:
    (tmp_path / "task.toml").write_text(
        _TOML + 'cached_content = "abc"\n[request.tool_config]\nzebra = 1\n', encoding="utf-8"
    )
    found = check_task(str(tmp_path), now=NOW)
    assert [(f.file, f.line) for f in found if f.stops] == [
        ("task.toml", 7),
        ("task.toml", 7),
        ("task.toml", 9),
    ]


def test_the_users_own_names_stay_as_they_are() -> None:
    declared = {
        "labels": {"team_name": "a_b"},
        "tools": [
            {
                "function_declarations": [
                    {
                        "name": "my_function",
                        "parameters": {"properties": {"first_name": {"max_length": 5}}},
                        "parameters_json_schema": {"properties": {"last_name": {"x_y": 1}}},
                    }
                ]
            }
        ],
    }
    assert as_on_wire("Request", declared) == {
        "labels": {"team_name": "a_b"},
        "tools": [
            {
                "functionDeclarations": [
                    {
                        "name": "my_function",
                        "parameters": {"properties": {"first_name": {"maxLength": 5}}},
                        "parametersJsonSchema": {"properties": {"last_name": {"x_y": 1}}},
                    }
                ]
            }
        ],
    }


_SANDBOX = [
    {"tools": [{"googleSearch": {}}]},
    {"tools": [{"zebra": {}}]},
    {"tools": [{"googleSearch": {"zebra": 1}}]},
    {"toolConfig": {"functionCallingConfig": {"mode": "NONE"}}},
    {"toolConfig": {"functionCallingConfig": {"mode": "NEVER"}}},
    {"safetySettings": [{"category": "HARM_CATEGORY_JAILBREAK", "threshold": "BLOCK_NONE"}]},
    {"safetySettings": [{"category": "HARM_CATEGORY_HATE", "threshold": "BLOCK_NONE"}]},
    {"safetySettings": [{"method": "SEVERITY"}]},
    {"tools": [{"functionDeclarations": [{"parameters": {"properties": {"a": {"zebra": 1}}}}]}]},
    {
        "tools": [
            {"functionDeclarations": [{"parameters": {"properties": {"a": {"type": "OBJECT"}}}}]}
        ]
    },
]


@pytest.mark.parametrize("request_part", _SANDBOX, ids=str)
def test_sandbox_refuses_what_is_stopped(request_part: dict[str, Any]) -> None:
    stopped = any(finding.stops for finding in request_message_findings(request_part))
    try:
        check_fields({"contents": [], **request_part})
        refused = False
    except UnknownField:
        refused = True
    assert refused == stopped
