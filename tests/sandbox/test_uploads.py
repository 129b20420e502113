"""Resumable upload: chunks, offsets, what a kill leaves."""

import base64
import hashlib
import os
from pathlib import Path
from urllib.parse import urlsplit

import pytest

from sandbox.options import MAX_FILE_BYTES
from sandbox.process import Sandbox
from tests.forked import running
from tests.sandbox.client import Reply, call, google, upload

MIB = 1 << 20


def _start(sandbox: Sandbox, size: int, **file: str) -> str:
    reply = call(
        sandbox, "POST", "/upload/v1beta/files", {"file": file}, X_Goog_Upload_Command="start",
        X_Goog_Upload_Header_Content_Length=str(size),
    )  # fmt: skip
    assert reply.status == 200, reply.body
    where = urlsplit(reply.headers["x-goog-upload-url"])
    return f"{where.path}?{where.query}"


def _chunk(sandbox: Sandbox, url: str, data: bytes, offset: int, *, last: bool = False) -> Reply:
    command = "upload, finalize" if last else "upload"
    return call(
        sandbox, "POST", url, data, key=None, X_Goog_Upload_Command=command,
        X_Goog_Upload_Offset=str(offset),
    )  # fmt: skip


@pytest.mark.parametrize(
    ("size", "chunks"),
    [(0, [0]), (5, [5]), (8 * MIB, [8 * MIB]), (16 * MIB, [8 * MIB, 8 * MIB]),
     (8 * MIB + 1, [8 * MIB, 1])],
)  # fmt: skip
def test_the_sdk_uploads_in_chunks(
    sandbox: Sandbox, tmp_path: Path, size: int, chunks: list[int]
) -> None:
    path = tmp_path / "requests.json"
    path.write_bytes(os.urandom(size))
    before = len(sandbox.log())
    with google(sandbox) as client:
        file = client.files.upload(file=str(path))
        sent = [
            (record["endpoint"], record["bytes_in"])
            for record in sandbox.log()[before:]
            if record["endpoint"] in ("upload.chunk", "upload.finalize")
        ]
        stored = sandbox.state / "files" / (file.name or "").removeprefix("files/")
        assert stored.read_bytes() == path.read_bytes()
    assert [length for _, length in sent] == chunks
    assert [endpoint for endpoint, _ in sent] == ["upload.chunk"] * (len(chunks) - 1) + [
        "upload.finalize"
    ]
    digest = hashlib.sha256(path.read_bytes()).hexdigest()
    assert base64.b64decode(file.sha256_hash or "").decode() == digest
    assert file.mime_type == "application/json"


def test_every_chunk_says_active_and_the_last_final(sandbox: Sandbox) -> None:
    url = _start(sandbox, 6)
    assert _chunk(sandbox, url, b"abc", 0).headers["x-goog-upload-status"] == "active"
    end = _chunk(sandbox, url, b"def", 3, last=True)
    assert end.headers["x-goog-upload-status"] == "final"
    assert end.json["file"]["sizeBytes"] == "6"


@pytest.mark.parametrize("offset", [0, 2, 4])
def test_refuses_a_chunk_at_another_offset(sandbox: Sandbox, offset: int) -> None:
    url = _start(sandbox, 6)
    _chunk(sandbox, url, b"abc", 0)
    reply = _chunk(sandbox, url, b"def", offset, last=True)
    assert reply.status == 400
    assert "offset" in reply.json["error"]["message"]


def test_refuses_more_and_fewer_bytes_than_announced(sandbox: Sandbox) -> None:
    assert _chunk(sandbox, _start(sandbox, 2), b"abc", 0, last=True).status == 400
    assert _chunk(sandbox, _start(sandbox, 4), b"abc", 0, last=True).status == 400


def test_refuses_a_chunk_after_the_end(sandbox: Sandbox) -> None:
    url = _start(sandbox, 3)
    _chunk(sandbox, url, b"abc", 0, last=True)
    assert _chunk(sandbox, url, b"abc", 0, last=True).status == 400


def test_refuses_an_upload_that_is_not_known(sandbox: Sandbox) -> None:
    url = "/upload/v1beta/files?upload_id=none&upload_protocol=resumable"
    assert _chunk(sandbox, url, b"", 0, last=True).status == 404


def test_tells_how_far_an_upload_has_come(sandbox: Sandbox) -> None:
    url = _start(sandbox, 6)
    _chunk(sandbox, url, b"abc", 0)
    reply = call(sandbox, "POST", url, key=None, X_Goog_Upload_Command="query")
    assert reply.headers["x-goog-upload-size-received"] == "3"


def test_refuses_a_file_above_two_gibibytes(sandbox: Sandbox) -> None:
    headers = {
        "X_Goog_Upload_Command": "start",
        "X_Goog_Upload_Header_Content_Length": str(MAX_FILE_BYTES + 1),
    }
    assert call(sandbox, "POST", "/upload/v1beta/files", {"file": {}}, **headers).status == 400


def test_takes_a_name_and_refuses_it_twice(sandbox: Sandbox) -> None:
    url = _start(sandbox, 1, name="files/my-name")
    assert _chunk(sandbox, url, b"x", 0, last=True).json["file"]["name"] == "files/my-name"
    twice = call(sandbox, "POST", "/upload/v1beta/files", {"file": {"name": "my-name"}})
    assert twice.status == 409
    bad = call(sandbox, "POST", "/upload/v1beta/files", {"file": {"name": "Not_Good"}})
    assert bad.status == 400


def test_goes_on_after_a_kill_between_chunks() -> None:
    with running() as sandbox:
        url = _start(sandbox, 6)
        _chunk(sandbox, url, b"abc", 0)
        sandbox.restart()
        end = _chunk(sandbox, url, b"def", 3, last=True)
        name = end.json["file"]["name"]
        assert (sandbox.state / name).read_bytes() == b"abcdef"
        sandbox.restart()
        assert call(sandbox, "GET", f"/v1beta/{name}").json["sizeBytes"] == "6"


def test_what_a_cut_chunk_left_is_written_over(sandbox: Sandbox) -> None:
    url = _start(sandbox, 6)
    _chunk(sandbox, url, b"abc", 0)
    upload_id = url.split("upload_id=")[1].split("&")[0]
    with (sandbox.state / "uploads" / upload_id).open("ab") as part:
        part.write(b"half a chunk that a kill cut short")
    name = _chunk(sandbox, url, b"def", 3, last=True).json["file"]["name"]
    assert (sandbox.state / name).read_bytes() == b"abcdef"


def test_an_upload_expires() -> None:
    with running(file_seconds=0.0) as sandbox:
        name = upload(sandbox, b"{}")
        assert call(sandbox, "GET", f"/v1beta/{name}").status == 403
        assert call(sandbox, "GET", "/v1beta/files").json == {}
