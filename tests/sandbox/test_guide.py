"""What Google's batch guide does, with a bare google-genai client, in both API versions."""

import base64
import hashlib
import json
import time
from pathlib import Path
from typing import Any

import pytest
from google import genai
from google.genai import types

from sandbox.process import Sandbox
from tests.forked import running
from tests.sandbox.client import MODEL, VERSIONS, google, request_line, write_lines

SCHEMA = {
    "type": "object",
    "properties": {"title": {"type": "string"}, "year": {"type": "integer"}},
    "required": ["title", "year"],
}


def _finished(client: genai.Client, name: str) -> types.BatchJob:
    for _ in range(300):
        job = client.batches.get(name=name)
        if job.done:
            return job
        time.sleep(0.02)
    raise AssertionError(f"{name} has not ended")


@pytest.mark.parametrize("version", VERSIONS)
def test_uploads_creates_polls_and_downloads(
    sandbox: Sandbox, tmp_path: Path, version: str
) -> None:
    text = f"Answer by this schema:\n{json.dumps(SCHEMA)}\n\n# Paper\n"
    items = [{"title": f"Soil {n}", "year": 2000 + n, "text": "It was dry."} for n in range(4)]
    lines = [request_line(f"key-{n}", text + json.dumps(item)) for n, item in enumerate(items)]
    path = write_lines(tmp_path, lines)
    with google(sandbox, version) as client:
        file = client.files.upload(file=str(path), config={"display_name": "my requests"})
        assert file.name is not None
        assert file.size_bytes == path.stat().st_size
        digest = hashlib.sha256(path.read_bytes()).hexdigest()
        assert base64.b64decode(file.sha256_hash or "").decode() == digest
        job = client.batches.create(model=MODEL, src=file.name, config={"display_name": "guide"})
        assert job.state == types.JobState.JOB_STATE_PENDING
        assert job.display_name == "guide"
        job = _finished(client, job.name or "")
        assert job.state == types.JobState.JOB_STATE_SUCCEEDED
        assert job.dest is not None
        assert job.dest.file_name == f"files/batch-{(job.name or '').removeprefix('batches/')}"
        target = tmp_path / "answers.jsonl"
        client.files.download(file=job.dest.file_name, destination=str(target))
        whole = client.files.download(file=job.dest.file_name)
    assert whole == target.read_bytes()
    rows = [json.loads(line) for line in target.read_bytes().splitlines()]
    assert [row["key"] for row in rows] == [f"key-{n}" for n in range(4)]
    said = [_value(row["response"]) for row in rows]
    assert said == [{"title": item["title"], "year": item["year"]} for item in items]


def _value(response: dict[str, Any]) -> Any:
    (candidate,) = response["candidates"]
    assert candidate["finishReason"] == "STOP"
    return json.loads(candidate["content"]["parts"][0]["text"])


@pytest.mark.parametrize("version", VERSIONS)
def test_answers_inline_requests_inline(sandbox: Sandbox, version: str) -> None:
    config = types.GenerateContentConfig(
        response_mime_type="application/json", response_schema=types.Schema.model_validate(SCHEMA)
    )
    requests = [
        types.InlinedRequest(
            contents=f"Title: Barley {n}\nYear: 20{n}0", config=config, metadata={"key": f"r{n}"}
        )
        for n in (1, 2)
    ]
    with google(sandbox, version) as client:
        job = client.batches.create(model=MODEL, src=requests, config={"display_name": "inline"})
        job = _finished(client, job.name or "")
        assert job.dest is not None
        assert job.dest.file_name is None
        rows = job.dest.inlined_responses or []
    assert [row.metadata for row in rows] == [{"key": "r1"}, {"key": "r2"}]
    texts = [(row.response.text if row.response else "") or "" for row in rows]
    assert [json.loads(text) for text in texts] == [
        {"title": "Barley 1", "year": 2010},
        {"title": "Barley 2", "year": 2020},
    ]


def test_inline_results_stand_twice_in_the_operation(sandbox: Sandbox) -> None:
    with google(sandbox) as client:
        job = client.batches.create(model=MODEL, src=[types.InlinedRequest(contents="Hello")])
        _finished(client, job.name or "")
        raw = client._api_client.request("get", job.name or "", {}, None).body
    operation = json.loads(raw or "{}")
    output = operation["metadata"]["output"]["inlinedResponses"]["inlinedResponses"]
    assert output == operation["response"]["inlinedResponses"]["inlinedResponses"]
    assert "inputConfig" not in operation["metadata"]


def test_counts_tokens_as_usage_does(sandbox: Sandbox) -> None:
    with google(sandbox) as client:
        counted = client.models.count_tokens(model=MODEL, contents="four letters a token")
        assert counted.total_tokens == 5


def test_finds_jobs_by_display_name_over_all_pages(tmp_path: Path) -> None:
    with running(job_seconds=0.05) as sandbox, google(sandbox) as client:
        path = write_lines(tmp_path, [request_line("a")])
        file = client.files.upload(file=str(path))
        for n in range(5):
            client.batches.create(
                model=MODEL, src=file.name or "", config={"display_name": f"run-{n}"}
            )
        jobs = [job.display_name for job in client.batches.list(config={"page_size": 2})]
        files = [one.name for one in client.files.list(config={"page_size": 2})]
    assert jobs == [f"run-{n}" for n in (4, 3, 2, 1, 0)]
    assert files == [file.name]


def test_refuses_to_answer_interactively_and_logs_the_call(sandbox: Sandbox) -> None:
    with google(sandbox) as client, pytest.raises(genai.errors.ClientError) as caught:
        client.models.generate_content(model=MODEL, contents="Hello")
    assert caught.value.code == 404
    assert [record["path"] for record in sandbox.log() if record["endpoint"] == "interactive"] == [
        f"/v1beta/models/{MODEL}:generateContent"
    ]
