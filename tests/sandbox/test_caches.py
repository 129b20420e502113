"""Caches and files that requests refer to, through google-genai and by bare HTTP."""

import json
from datetime import timedelta
from typing import Any

import pytest
from google.genai import types

from sandbox.process import Sandbox
from tests.sandbox.client import MODEL, call, create, ended, google, request_line, upload

LONG = "The peat of the northern moor holds more water than the sand. " * 100
KEPT = {"model": f"models/{MODEL}", "contents": [{"role": "user", "parts": [{"text": LONG}]}]}


def _cache(sandbox: Sandbox, **more: Any) -> str:
    return str(call(sandbox, "POST", "/v1beta/cachedContents", {**KEPT, **more}).json["name"])


def _rows(sandbox: Sandbox, *lines: dict[str, Any]) -> list[dict[str, Any]]:
    file = upload(sandbox, "\n".join(json.dumps(line) for line in lines).encode())
    done = ended(sandbox, create(sandbox, file).json["name"])
    path = f"/v1beta/{done['response']['responsesFile']}:download?alt=media"
    return [json.loads(line) for line in call(sandbox, "GET", path).body.splitlines()]


def _line(key: str = "a", **request: Any) -> dict[str, Any]:
    line: dict[str, Any] = json.loads(request_line(key))
    line["request"] |= request
    return line


def test_google_genai_creates_finds_prolongs_and_deletes_a_cache(sandbox: Sandbox) -> None:
    with google(sandbox) as client:
        made = client.caches.create(
            model=MODEL,
            config=types.CreateCachedContentConfig(
                display_name="moor", ttl="180000s", system_instruction="Be brief.", contents=LONG
            ),
        )
        assert made.name
        assert made.expire_time
        assert made.create_time
        assert made.usage_metadata
        assert made.expire_time - made.create_time == timedelta(hours=50)
        assert (made.usage_metadata.total_token_count or 0) > 1024
        found = [one.name for one in client.caches.list(config={"page_size": 1})]
        assert made.name in found
        longer = client.caches.update(
            name=made.name, config=types.UpdateCachedContentConfig(ttl="190000s")
        )
        assert longer.expire_time
        assert longer.expire_time > made.expire_time
        client.caches.delete(name=made.name)
        assert made.name not in [one.name for one in client.caches.list()]


def test_refuses_a_cache_that_is_too_small(sandbox: Sandbox) -> None:
    small = {**KEPT, "contents": [{"parts": [{"text": "peat"}]}]}
    refused = call(sandbox, "POST", "/v1beta/cachedContents", small)
    assert refused.status == 400
    assert refused.json["error"]["message"] == (
        "Cached content is too small. total_token_count=1, min_total_token_count=1024"
    )


@pytest.mark.parametrize("method", ["GET", "PATCH", "DELETE"])
def test_a_missing_cache_is_403_as_on_the_service(sandbox: Sandbox, method: str) -> None:
    refused = call(sandbox, method, "/v1beta/cachedContents/gone", {"ttl": "1s"})
    assert refused.status == 403
    assert refused.json["error"]["status"] == "PERMISSION_DENIED"


def test_cached_tokens_are_counted_as_such(sandbox: Sandbox) -> None:
    (row,) = _rows(sandbox, _line(cachedContent=_cache(sandbox)))
    usage = row["response"]["usageMetadata"]
    assert 1024 < usage["cachedContentTokenCount"] < usage["promptTokenCount"]


def test_the_answer_does_not_depend_on_the_name_of_the_cache(sandbox: Sandbox) -> None:
    one, other = _cache(sandbox), _cache(sandbox)
    assert one != other
    rows = [_rows(sandbox, _line(cachedContent=name)) for name in (one, other)]
    assert rows[0] == rows[1]


def test_a_dead_cache_fails_every_row_and_not_the_job(sandbox: Sandbox) -> None:
    name = _cache(sandbox)
    call(sandbox, "DELETE", f"/v1beta/{name}")
    (row,) = _rows(sandbox, _line(cachedContent=name))
    assert row["error"]["code"] == 7


def test_refuses_a_system_instruction_beside_a_cache(sandbox: Sandbox) -> None:
    line = _line(cachedContent=_cache(sandbox), systemInstruction={"parts": [{"text": "no"}]})
    refused = create(sandbox, upload(sandbox, json.dumps(line).encode()))
    assert refused.status == 400
    assert "CachedContent can not be used" in refused.json["error"]["message"]


def test_a_file_that_is_not_there_fails_its_row(sandbox: Sandbox) -> None:
    there = upload(sandbox, b"peat")
    uris = (f"{sandbox.url}/v1beta/{there}", f"{sandbox.url}/v1beta/files/gone")
    parts = [{"fileData": {"fileUri": uri, "mimeType": "text/plain"}} for uri in uris]
    lines = [
        _line(key, contents=[{"parts": [part]}]) for key, part in zip("ab", parts, strict=True)
    ]
    assert ["error" in row for row in _rows(sandbox, *lines)] == [False, True]
