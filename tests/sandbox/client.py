"""Two ways to call a sandbox: google-genai as it is, and bare HTTP."""

import http.client
import json
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from google import genai
from google.genai import types

from sandbox.process import Sandbox

MODEL = "gemini-3.6-flash"
VERSIONS = ("v1", "v1beta")
ENDED_WITHIN = 60.0


@contextmanager
def google(sandbox: Sandbox, version: str = "v1beta", key: str = "k") -> Iterator[genai.Client]:
    options = types.HttpOptions(
        base_url=sandbox.url, api_version=version, client_args={"trust_env": False}
    )
    client = genai.Client(vertexai=False, api_key=key, http_options=options)
    try:
        yield client
    finally:
        client.close()


@dataclass(frozen=True)
class Reply:
    status: int
    headers: dict[str, str]
    body: bytes

    @property
    def json(self) -> Any:
        return json.loads(self.body)


def call(
    sandbox: Sandbox,
    method: str,
    path: str,
    body: bytes | dict[str, Any] | None = None,
    *,
    key: str | None = "k",
    **headers: str,
) -> Reply:
    """One bare HTTP call; header names are given with `_` for `-`."""
    where = urlsplit(sandbox.url)
    connection = http.client.HTTPConnection(where.hostname or "", where.port, timeout=30)
    sent = {name.replace("_", "-"): value for name, value in headers.items()}
    if key is not None:
        sent["x-goog-api-key"] = key
    if isinstance(body, dict):
        body = json.dumps(body).encode()
    try:
        connection.request(method, path, body=body, headers=sent)
        answer = connection.getresponse()
        data = answer.read()
        return Reply(
            answer.status, {name.lower(): text for name, text in answer.getheaders()}, data
        )
    finally:
        connection.close()


def request_line(
    key: str | None, text: str = "Soil held 3.4 mg/kg of potassium.", **config: Any
) -> str:
    request: dict[str, Any] = {"contents": [{"role": "user", "parts": [{"text": text}]}]}
    if config:
        request["generationConfig"] = config
    line: dict[str, Any] = {"request": request}
    return json.dumps(({"key": key} if key is not None else {}) | line)


def upload(sandbox: Sandbox, data: bytes, *, version: str = "v1beta", key: str = "k") -> str:
    """Upload bytes in one piece by bare HTTP; the file's name."""
    start = call(
        sandbox, "POST", f"/upload/{version}/files", {"file": {"display_name": "requests"}},
        key=key, X_Goog_Upload_Protocol="resumable", X_Goog_Upload_Command="start",
        X_Goog_Upload_Header_Content_Length=str(len(data)),
        X_Goog_Upload_Header_Content_Type="application/json",
    )  # fmt: skip
    assert start.status == 200, start.body
    where = urlsplit(start.headers["x-goog-upload-url"])
    end = call(
        sandbox, "POST", f"{where.path}?{where.query}", data, key=None,
        X_Goog_Upload_Command="upload, finalize", X_Goog_Upload_Offset="0",
    )  # fmt: skip
    assert end.status == 200, end.body
    return str(end.json["file"]["name"])


def create(
    sandbox: Sandbox, lines: list[str] | str, *,
    name: str = "job", key: str = "k", version: str = "v1beta",
) -> Reply:  # fmt: skip
    """Make a job of request lines, or of a file that is there."""
    file = lines if isinstance(lines, str) else upload(sandbox, "\n".join(lines).encode(), key=key)
    batch = {"batch": {"displayName": name, "inputConfig": {"fileName": file}}}
    return call(sandbox, "POST", f"/{version}/models/{MODEL}:batchGenerateContent", batch, key=key)


def ended(sandbox: Sandbox, job: str, *, version: str = "v1beta") -> dict[str, Any]:
    """The operation once it is done."""
    until = time.monotonic() + ENDED_WITHIN
    while time.monotonic() < until:
        operation: dict[str, Any] = call(sandbox, "GET", f"/{version}/{job}").json
        if operation.get("done"):
            return operation
        time.sleep(0.02)
    raise AssertionError(f"{job} has not ended")


def result_lines(
    sandbox: Sandbox, operation: dict[str, Any], version: str = "v1beta"
) -> list[bytes]:
    file = operation["response"]["responsesFile"]
    reply = call(sandbox, "GET", f"/{version}/{file}:download?alt=media")
    assert reply.status == 200, reply.body
    return reply.body.split(b"\n")[:-1]


def answers(sandbox: Sandbox, lines: list[str]) -> list[bytes]:
    """The result lines of a new job of these requests."""
    return result_lines(sandbox, ended(sandbox, create(sandbox, lines).json["name"]))


def write_lines(folder: Path, lines: list[str]) -> Path:
    path = folder / "requests.json"
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")
    return path
