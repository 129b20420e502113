"""Every endpoint in both versions, by bare HTTP: shapes, refusals, records."""

import re
from typing import Any

import pytest

from sandbox.faults.table import ENDPOINTS
from sandbox.process import Sandbox
from tests.forked import running
from tests.sandbox.client import MODEL, VERSIONS, call, create, ended, request_line, upload

NINE_DIGITS = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{9}Z")
MISSING = "0" * 36


@pytest.mark.parametrize("version", VERSIONS)
def test_serves_every_endpoint(version: str) -> None:
    with running(job_seconds=0.05) as sandbox:
        v = f"/{version}"
        file = upload(sandbox, request_line("a").encode(), version=version)
        assert call(sandbox, "GET", f"{v}/{file}").json["name"] == file
        assert [one["name"] for one in call(sandbox, "GET", f"{v}/files").json["files"]] == [file]
        job = create(sandbox, file, version=version).json["name"]
        done = ended(sandbox, job, version=version)
        results = done["response"]["responsesFile"]
        plain = call(sandbox, "GET", f"{v}/{results}:download?alt=media")
        other = call(sandbox, "GET", f"/download{v}/{results}:download?alt=media")
        assert plain.body == other.body != b""
        listed = call(sandbox, "GET", f"{v}/batches?pageSize=5").json["operations"]
        assert [one["name"] for one in listed] == [job]
        assert call(sandbox, "POST", f"{v}/{job}:cancel").json == {}
        assert call(sandbox, "DELETE", f"{v}/{job}").json == {}
        assert call(sandbox, "GET", f"{v}/{job}").status == 404
        assert call(sandbox, "GET", f"{v}/{results}:download?alt=media").status == 404
        assert call(sandbox, "DELETE", f"{v}/{file}").json == {}
        assert call(sandbox, "GET", f"{v}/files").json == {}
        assert call(sandbox, "GET", f"{v}/batches").json == {}
        counted = call(sandbox, "POST", f"{v}/models/{MODEL}:countTokens", {"contents": []})
        assert counted.json["totalTokens"] == 0
        assert call(sandbox, "GET", f"{v}/models/{MODEL}").json["name"] == f"models/{MODEL}"
        assert call(sandbox, "GET", f"{v}/models").json["models"]
        long = {"contents": [{"parts": [{"text": "loam " * 1000}]}]}
        made = call(sandbox, "POST", f"{v}/cachedContents", {"model": f"models/{MODEL}", **long})
        cache = made.json["name"]
        assert call(sandbox, "GET", f"{v}/{cache}").json["name"] == cache
        assert call(sandbox, "GET", f"{v}/cachedContents").json["cachedContents"] == [made.json]
        longer = call(sandbox, "PATCH", f"{v}/{cache}?updateMask=ttl", {"ttl": "7200s"}).json
        assert longer["expireTime"] > made.json["expireTime"]
        assert call(sandbox, "DELETE", f"{v}/{cache}").json == {}
        assert call(sandbox, "GET", f"{v}/{cache}").status == 403
        seen = {record["endpoint"] for record in sandbox.log()}
        assert {record["version"] for record in sandbox.log()} == {version}
    assert seen == set(ENDPOINTS) - {"upload.chunk"}


def test_the_upload_of_other_libraries_is_served_too(sandbox: Sandbox) -> None:
    start = call(
        sandbox, "POST", "/resumable/upload/v1beta/files", {"file": {"displayName": "camel"}},
        X_Goog_Upload_Command="start", X_Goog_Upload_Header_Content_Length="2",
    )  # fmt: skip
    assert start.headers["x-goog-upload-url"].startswith(sandbox.url + "/upload/v1beta/files?")


def test_a_job_looks_as_on_the_service(sandbox: Sandbox) -> None:
    file = upload(sandbox, "\n".join(request_line(key) for key in "abc").encode())
    made = create(sandbox, file, name="look").json
    assert set(made) == {"name", "metadata"}
    metadata = made["metadata"]
    assert metadata["@type"] == (
        "type.googleapis.com/google.ai.generativelanguage.v1main.GenerateContentBatch"
    )
    assert metadata["model"] == f"models/{MODEL}"
    assert metadata["displayName"] == "look"
    assert metadata["inputConfig"] == {"fileName": file}
    assert metadata["state"] == "BATCH_STATE_PENDING"
    assert metadata["batchStats"] == {"requestCount": "3", "pendingRequestCount": "3"}
    assert metadata["updateTime"] == metadata["createTime"]
    assert NINE_DIGITS.fullmatch(metadata["createTime"])
    assert not {"endTime", "output"} & set(metadata)
    done = ended(sandbox, made["name"])
    assert done["done"] is True
    bare = made["name"].removeprefix("batches/")
    assert done["metadata"]["output"] == {"responsesFile": f"files/batch-{bare}"}
    assert len(f"batch-{bare}") == 42
    assert done["response"]["responsesFile"] == f"files/batch-{bare}"
    assert done["metadata"]["batchStats"] == {"requestCount": "3", "successfulRequestCount": "3"}
    assert NINE_DIGITS.fullmatch(done["metadata"]["endTime"])


def _refusal(reply: Any) -> tuple[int, str, str]:
    error = reply.json["error"]
    assert error["code"] == reply.status
    return reply.status, error["status"], error["message"]


def test_a_missing_file_is_403_and_a_missing_batch_404(sandbox: Sandbox) -> None:
    code, status, words = _refusal(call(sandbox, "GET", "/v1beta/files/abc"))
    assert (code, status) == (403, "PERMISSION_DENIED")
    assert words == "You do not have permission to access the File abc or it may not exist."
    for method, path in (
        ("GET", f"/v1beta/batches/{MISSING}"),
        ("DELETE", f"/v1beta/batches/{MISSING}"),
        ("POST", f"/v1beta/batches/{MISSING}:cancel"),
    ):
        assert _refusal(call(sandbox, method, path))[:2] == (404, "NOT_FOUND")
    create_of_missing = create(sandbox, "files/gone")
    assert create_of_missing.status == 403


@pytest.mark.parametrize(("method", "name"), [("GET", "Get"), ("DELETE", "Delete")])
def test_get_and_delete_refuse_the_long_names_of_result_files(
    sandbox: Sandbox, method: str, name: str
) -> None:
    job = create(sandbox, [request_line("a")]).json["name"]
    results = ended(sandbox, job)["response"]["responsesFile"]
    code, status, words = _refusal(call(sandbox, method, f"/v1beta/{results}"))
    assert (code, status) == (400, "INVALID_ARGUMENT")
    assert words.startswith(f"* {name}FileRequest.name: File ID (name excluding 'files/') cannot")


def test_uploads_cannot_be_downloaded(sandbox: Sandbox) -> None:
    file = upload(sandbox, request_line("a").encode())
    assert call(sandbox, "GET", f"/v1beta/{file}:download?alt=media").status == 400


def test_a_result_file_is_not_there_before_the_end() -> None:
    with running(job_seconds=30) as sandbox:
        job = create(sandbox, [request_line("a")]).json["name"]
        results = f"files/batch-{job.removeprefix('batches/')}"
        assert call(sandbox, "GET", f"/v1beta/{results}:download?alt=media").status == 404


def test_a_wrong_key_is_400_and_no_key_403() -> None:
    with running(accept_keys=["right", "second=elsewhere"]) as sandbox:
        assert call(sandbox, "GET", "/v1/files", key="right").status == 200
        assert call(sandbox, "GET", "/v1/files?key=right", key=None).status == 200
        reply = call(sandbox, "GET", "/v1/files", key="wrong")
        assert _refusal(reply)[:2] == (400, "INVALID_ARGUMENT")
        assert reply.json["error"]["details"][0]["reason"] == "API_KEY_INVALID"
        assert call(sandbox, "GET", "/v1/files", key=None).status == 403
        text = (sandbox.state / "log.jsonl").read_text(encoding="utf-8")
        assert "right" not in text
        assert "wrong" not in text


def test_a_key_of_another_project_sees_nothing_of_this_one() -> None:
    with running(accept_keys=["mine", "also-mine", "hers=other"], job_seconds=0.05) as sandbox:
        file = upload(sandbox, request_line("a").encode(), key="mine")
        job = create(sandbox, file, key="mine").json["name"]
        assert call(sandbox, "GET", f"/v1/{job}", key="also-mine").status == 200
        assert call(sandbox, "GET", f"/v1/{job}", key="hers").status == 404
        assert call(sandbox, "GET", f"/v1/{file}", key="hers").status == 403
        assert call(sandbox, "GET", "/v1/batches", key="hers").json == {}


def test_pages_are_walked_by_token(sandbox: Sandbox) -> None:
    file = upload(sandbox, request_line("a").encode())
    made = [create(sandbox, file, name=f"page-{n}").json["name"] for n in range(3)]
    first = call(sandbox, "GET", "/v1/batches?pageSize=2").json
    assert [one["name"] for one in first["operations"]] == [made[2], made[1]]
    token = first["nextPageToken"]
    second = call(sandbox, "GET", f"/v1/batches?pageSize=1&pageToken={token}").json
    assert [one["name"] for one in second["operations"]] == [made[0]]
    assert call(sandbox, "GET", "/v1/batches?pageToken=%21").status == 400
    assert call(sandbox, "GET", "/v1/batches?pageSize=x").status == 400


def test_an_address_that_is_none_is_404(sandbox: Sandbox) -> None:
    assert call(sandbox, "GET", "/").status == 404
    assert call(sandbox, "POST", "/v2/models/x:batchGenerateContent", {}).status == 404
    assert call(sandbox, "PATCH", "/v1beta/files/abc", {}).status in (404, 405)
