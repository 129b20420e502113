"""The guard on every exchange: what may go out, and what is stopped coming back."""

from __future__ import annotations

import httpx2
import pytest

from processor.core.fault import FaultKind, GatewayFault
from processor.effects.transport import Transport, scrub

HOST = "https://generativelanguage.googleapis.com"


def _request(method: str, path: str, **headers: str) -> httpx2.Request:
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return httpx2.Request(method, HOST + path, headers=named)


def _answer(
    request: httpx2.Request, status: int, body: str = "", **headers: str
) -> httpx2.Response:
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return httpx2.Response(status, request=request, text=body, headers=named)


@pytest.mark.parametrize(
    "path",
    [
        "/v1beta/models/gemini-3.6-flash:generateContent",
        "/v1beta/models/gemini-3.6-flash:streamGenerateContent",
        "/v1/models/gemini-3.6-flash:generateContent",
        "/v1beta/models/m:batchGenerateContent/../m:generateContent",
        "/v1beta/models/m:embedContent",
        "/v1beta/models/m:batchEmbedContents",
        "/v1beta/models/m:predict",
        "/v1beta/models/m:predictLongRunning",
        "/v1beta/models/m:bidiGenerateContent",
        "/v1beta/interactions",
        "/v1beta/tunedModels/m:generateContent",
        "/v1beta/chats",
    ],
)
def test_no_inference_outside_batch_leaves_the_program(path: str) -> None:
    with pytest.raises(GatewayFault, match="does not call") as caught:
        Transport().before(_request("POST", path))
    assert caught.value.kind is FaultKind.REFUSED


@pytest.mark.parametrize(
    "path",
    [
        "/upload/v1beta/files",
        "/upload/v1beta/files?upload_id=x&upload_protocol=resumable",
        "/v1beta/files/abc",
        "/v1beta/files/batch-x:download?alt=media",
        "/download/v1beta/files/batch-x:download",
        "/v1beta/batches?pageSize=100",
        "/v1beta/batches/b1",
        "/v1beta/batches/b1:cancel",
        "/v1beta/models/gemini-3.6-flash:batchGenerateContent",
        "/v1beta/models/gemini-3.6-flash:countTokens",
        "/v1beta/cachedContents?pageSize=1000",
        "/v1beta/cachedContents/abc",
    ],
)
def test_what_batch_needs_may_go_out(path: str) -> None:
    Transport().before(_request("POST", path))


def test_empty_chunk_is_stopped() -> None:
    request = _request(
        "POST", "/upload/v1beta/files", x_goog_upload_command="upload", content_length="0"
    )
    with pytest.raises(GatewayFault, match="shrank"):
        Transport().before(request)


@pytest.mark.parametrize(
    "target",
    [
        "https://evil.example/v1beta/batches/b1",
        "http://generativelanguage.googleapis.com/v1beta/batches/b1",
        "https://generativelanguage.googleapis.com:444/v1beta/batches/b1",
        "//evil.example/v1beta/batches/b1",
    ],
)
def test_redirect_to_another_origin_is_stopped(target: str) -> None:
    answer = _answer(_request("GET", "/v1beta/batches/b1"), 302, location=target)
    with pytest.raises(GatewayFault, match="another address"):
        Transport().after(answer)


@pytest.mark.parametrize(
    "target", ["/download/v1beta/files/x:download", HOST + ":443/v1beta/files/x"]
)
def test_redirect_within_the_origin_is_followed(target: str) -> None:
    Transport().after(_answer(_request("GET", "/v1beta/files/x"), 302, location=target))


@pytest.mark.parametrize("status", [400, 503])
def test_chunk_that_failed_is_no_success_whatever_its_upload_status(status: int) -> None:
    request = _request("POST", "/upload/v1beta/files", x_goog_upload_offset="0")
    answer = _answer(request, status, "{}", x_goog_upload_status="active")
    with pytest.raises(GatewayFault) as caught:
        Transport().after(answer)
    assert caught.value.status == status


def test_body_of_a_download_is_not_read() -> None:
    transport = Transport()
    transport.after(_answer(_request("GET", "/v1beta/files/x:download"), 200, "{}"))
    assert transport.body is None


def test_body_of_an_operation_is_kept() -> None:
    transport = Transport()
    transport.after(_answer(_request("GET", "/v1beta/batches/b"), 200, '{"name": "batches/b"}'))
    assert transport.take_body() == {"name": "batches/b"}


@pytest.mark.parametrize("body", ["", "[]", "{", "null", "<html>"])
def test_operation_that_is_no_object_is_unclear(body: str) -> None:
    transport = Transport()
    transport.after(_answer(_request("GET", "/v1beta/batches/b"), 200, body))
    with pytest.raises(GatewayFault) as caught:
        transport.take_body()
    assert caught.value.kind is FaultKind.UNCLEAR


@pytest.mark.parametrize(
    ("status", "kind"),
    [
        (400, FaultKind.REFUSED), (403, FaultKind.REFUSED), (404, FaultKind.REFUSED),
        (408, FaultKind.UNCLEAR), (429, FaultKind.BUSY), (500, FaultKind.UNCLEAR),
        (503, FaultKind.UNCLEAR), (302, FaultKind.UNCLEAR), (204, FaultKind.UNCLEAR),
    ],
)  # fmt: skip
def test_status_says_what_may_be_done_next(status: int, kind: FaultKind) -> None:
    assert Transport().fault_of(status, "x", "", "").kind is kind


def test_error_page_is_told_in_its_words_alone() -> None:
    page = "<html><style>b{}</style><script>x()</script><title>502</title><p>Bad <b>day</b>.</html>"
    fault = Transport().fault_of(502, page, "Bad Gateway", "")
    assert fault.message == "502 Bad day ."


def test_long_message_is_cut_and_the_key_is_taken_out() -> None:
    fault = Transport().fault_of(400, "key SECRET " + "x" * 10_000, "", "SECRET")
    assert "SECRET" not in str(fault)
    assert len(str(fault)) < 500
    assert scrub("a SECRET b", "") == "a SECRET b"
