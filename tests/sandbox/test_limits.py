"""What the service refuses when a job is created."""

import json
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest

from sandbox.admission import admit
from sandbox.errors import ApiError
from sandbox.fields import UnknownField, check_fields
from sandbox.options import MAX_INLINE_BYTES
from sandbox.process import Sandbox
from tests.forked import running
from tests.sandbox.client import MODEL, call, create, ended, request_line, upload

CONTENTS = [{"parts": [{"text": "x"}]}]


def _line(**request: Any) -> bytes:
    return json.dumps({"key": "a", "request": {"contents": CONTENTS} | request}).encode()


def _words(lines: list[bytes]) -> str:
    with pytest.raises(ApiError) as caught:
        admit(lines, (), 0)
    assert caught.value.code == 400
    return caught.value.message


REFUSED: dict[str, tuple[bytes, str]] = {
    "a line that is no JSON": (b'{"key": "a", "request"', "Error on line 1: invalid JSON, near"),
    "a line that is no object": (b"[]", "expected an object"),
    "a line without a request": (b'{"key": "a"}', "the line has no request"),
    "a key that is a number": (b'{"key": 7, "request": {}}', "invalid value"),
    "a field that is none": (_line(prompt="x"), "no such field: 'prompt'"),
    "a field in the wrong place": (
        _line(generationConfig={"cachedContent": "c"}), "no such field: 'cachedContent'"
    ),
    "a field of a part that is none": (
        b'{"request": {"contents": [{"parts": [{"txt": "x"}]}]}}', "no such field: 'txt'"
    ),
    "additionalProperties in responseSchema": (
        _line(generationConfig={"responseSchema": {"additionalProperties": False}}),
        "no such field: 'additionalProperties'",
    ),
    "$ref in responseSchema": (
        _line(generation_config={"response_schema": {"properties": {"a": {"$ref": "#"}}}}),
        "no such field: '$ref'",
    ),
    "const in responseSchema": (
        _line(generationConfig={"responseSchema": {"items": {"const": 1}}}),
        "no such field: 'const'",
    ),
    "a list of types in responseSchema": (
        _line(generationConfig={"responseSchema": {"type": ["string", "null"]}}),
        "Proto field is not repeating, cannot start list.",
    ),
    "a type in responseSchema that is none": (
        _line(generationConfig={"responseSchema": {"type": "text"}}), "invalid value for enum"
    ),
    "contents that are text": (b'{"request": {"contents": "x"}}', "invalid value for type Content"),
}  # fmt: skip


@pytest.mark.parametrize("case", REFUSED)
def test_refuses(case: str) -> None:
    line, words = REFUSED[case]
    assert words in _words([line])


def test_names_line_and_column_of_a_fault() -> None:
    bad = _line(generationConfig={"cachedContent": "c"})
    column = bad.index(b'"cachedContent"') + 1
    words = _words([_line(), b"", bad])
    assert words == (
        f"Error on line 3: invalid JSON, near column {column}: no such field: 'cachedContent'"
    )


TAKEN: dict[str, dict[str, Any]] = {
    "snake_case": {"generation_config": {"max_output_tokens": 5, "response_mime_type": "x"}},
    "camelCase": {"generationConfig": {"thinkingConfig": {"thinkingBudget": 0}}},
    "lower-case types": {"generationConfig": {"responseSchema": {"type": "object"}}},
    "anything in responseJsonSchema": {"generationConfig": {"responseJsonSchema": {"$ref": "#"}}},
    "a property of any name": {
        "generationConfig": {"responseSchema": {"properties": {"const": {"type": "STRING"}}}}
    },
    "fields beside": {"tools": [{}], "cachedContent": "c", "labels": {"a": "b"}, "model": "m"},
}


@pytest.mark.parametrize("case", TAKEN)
def test_takes(case: str) -> None:
    check_fields({"contents": CONTENTS} | TAKEN[case])


def test_check_names_the_field() -> None:
    with pytest.raises(UnknownField) as caught:
        check_fields({"contents": [{"rolle": "user"}]})
    assert caught.value.field == "rolle"


def test_refuses_the_same_key_twice() -> None:
    lines = [request_line("a").encode(), request_line("b").encode(), request_line("a").encode()]
    assert "unique" in _words(lines)


def test_takes_lines_without_keys() -> None:
    assert admit([request_line(None).encode()] * 3, (), 0).requests == 3


def test_refuses_a_job_without_requests(sandbox: Sandbox) -> None:
    assert create(sandbox, ["", ""]).status == 400
    none: list[str] = []
    batch = {"batch": {"inputConfig": {"requests": {"requests": none}}}}
    path = f"/v1beta/models/{MODEL}:batchGenerateContent"
    assert call(sandbox, "POST", path, batch).status == 400
    assert call(sandbox, "POST", path, {"batch": {"displayName": "x"}}).status == 400
    assert call(sandbox, "POST", path, {}).status == 400
    assert call(sandbox, "POST", path, b"{").status == 400


def test_refuses_an_unknown_field_of_the_batch(sandbox: Sandbox) -> None:
    batch = {"batch": {"inputConfig": {"fileName": "files/x"}, "dest": "y"}}
    reply = call(sandbox, "POST", f"/v1beta/models/{MODEL}:batchGenerateContent", batch)
    assert 'Unknown name "dest"' in reply.json["error"]["message"]


def test_takes_a_priority_and_shows_it(sandbox: Sandbox) -> None:
    requests = {"requests": {"requests": [json.loads(_line())]}}
    batch = {"batch": {"input_config": requests, "display_name": "p", "priority": "5"}}
    reply = call(sandbox, "POST", f"/v1beta/models/{MODEL}:batchGenerateContent", batch)
    assert reply.json["metadata"]["priority"] == "5"
    assert reply.json["metadata"]["displayName"] == "p"


def test_refuses_an_inline_body_above_20_mib(sandbox: Sandbox) -> None:
    body = b" " * (MAX_INLINE_BYTES + 1)
    reply = call(sandbox, "POST", f"/v1beta/models/{MODEL}:batchGenerateContent", body)
    assert reply.status == 400
    assert reply.json["error"]["message"] == (
        "Request payload size exceeds the limit: 20971520 bytes."
    )


def test_an_unknown_model_is_404(sandbox: Sandbox) -> None:
    reply = call(sandbox, "POST", "/v1/models/gemini-9:batchGenerateContent", {"batch": {}})
    assert reply.status == 404
    assert reply.json["error"]["message"].startswith(
        "models/gemini-9 is not found for API version v1, or is not supported for "
    )


def test_a_refused_file_makes_no_job(sandbox: Sandbox) -> None:
    def jobs() -> list[str]:
        operations = call(sandbox, "GET", "/v1beta/batches").json.get("operations", [])
        return [one["name"] for one in operations]

    before = jobs()
    assert create(sandbox, ['{"key": "a", "request": {"nonsense": 1}}']).status == 400
    assert jobs() == before


def test_refuses_the_101st_active_job() -> None:
    with running(job_seconds=60) as sandbox:
        file = create(sandbox, [request_line("a")]).json["metadata"]["inputConfig"]["fileName"]
        codes = [create(sandbox, file).status for _ in range(100)]
    assert codes == [200] * 99 + [429]


def test_enqueued_tokens_count_until_a_job_has_ended() -> None:
    line = request_line("a", "x" * 400)
    with running(job_seconds=1.0, enqueued_tokens=250) as sandbox:
        first = create(sandbox, [line])
        second = create(sandbox, [line])
        third = create(sandbox, [line])
        assert [first.status, second.status, third.status] == [200, 200, 429]
        assert third.json["error"]["status"] == "RESOURCE_EXHAUSTED"
        ended(sandbox, first.json["name"])
        ended(sandbox, second.json["name"])
        assert create(sandbox, [line]).status == 200
        created = [one for one in sandbox.log() if one["endpoint"] == "batches.create"]
        assert [one["enqueued_tokens"] for one in created] == [100, 200, 200, 100]
        assert [one["tokens"] for one in created] == [100] * 4


def test_of_jobs_made_at_the_same_time_no_more_get_in_than_fit() -> None:
    line = request_line("a", "x" * 400)
    with running(job_seconds=30, enqueued_tokens=300) as sandbox:
        file = upload(sandbox, line.encode())
        with ThreadPoolExecutor(8) as pool:
            codes = list(pool.map(lambda _: create(sandbox, file).status, range(12)))
        enqueued = [
            one["enqueued_tokens"] for one in sandbox.log() if one["endpoint"] == "batches.create"
        ]
    assert sorted(codes) == [200] * 3 + [429] * 9
    assert max(enqueued) == 300
