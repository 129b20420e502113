"""Plays a fault of an endpoint: instead of acting, or after acting."""

import asyncio

from starlette.responses import Response

from sandbox.errors import ApiError
from sandbox.faults.grammar import Spec
from sandbox.sending import Abort, Closed, Sent
from sandbox.service import Call

_AFTER = {
    "ok",
    "lost",
    "lost_503",
    "lost_empty",
    "lost_hang",
    "delay",
    "cut",
    "cut_silent",
    "slow_body",
    "short_results",
    "stranger",
    "unpaged_empty",
}
_DEFAULT_SECONDS = {
    "429_retry_after": 1.0,
    "hang": 60.0,
    "lost_hang": 60.0,
    "delay": 1.0,
    "slow_body": 2.0,
}
_PAGE = (
    b"<!DOCTYPE html>\n<html lang=en><title>Error 502 (Server Error)!!1</title>\n"
    b"<p><b>502.</b> The server encountered a temporary error.</html>\n"
)
_RETRY_INFO = "type.googleapis.com/google.rpc.RetryInfo"


def refuses_first(spec: Spec) -> bool:
    """Whether the fault comes instead of the act."""
    return spec.name not in _AFTER


def play_before(spec: Spec, call: Call, abort: Abort) -> Response:
    """The answer of a fault that comes instead of acting."""
    match spec.name:
        case "reset":
            return Closed(abort=abort)
        case "hang":
            return Closed(abort=abort, seconds=_seconds(spec))
        case "html":
            return _page(_PAGE, 502, "text/html; charset=UTF-8")
        case "empty":
            return _page(b"", 200, "application/json")
        case "garbage":
            return _page(b'{"name": "batches/', 200, "application/json")
        case "redirect" | "redirect_same":
            return _redirect(spec, call)
        case "429_retry_after":
            return _retry_after(_seconds(spec))
        case code:
            return _refusal(ApiError(int(code)))


def _seconds(spec: Spec) -> float:
    return float(spec.value) if spec.value else _DEFAULT_SECONDS[spec.name]


def _page(body: bytes, status: int, media_type: str) -> Response:
    return Response(body, status_code=status, media_type=media_type)


def _refusal(refusal: ApiError) -> Response:
    return _page(refusal.body(), refusal.code, "application/json; charset=UTF-8")


def _retry_after(seconds: float) -> Response:
    info = {"@type": _RETRY_INFO, "retryDelay": f"{seconds:g}s"}
    answer = _refusal(ApiError(429, details=[info]))
    answer.headers["Retry-After"] = f"{seconds:g}"
    return answer


def _redirect(spec: Spec, call: Call) -> Response:
    url = call.request.url
    address = url.path + (f"?{url.query}" if url.query else "")
    origin = spec.value.rstrip("/") if spec.name == "redirect" else call.base_url
    status = 302 if call.request.method == "GET" else 307
    return Response(status_code=status, headers={"Location": origin + address})


async def play_after(spec: Spec, answer: Response, abort: Abort) -> Response:
    """What goes out after the act, whose own answer is `answer`."""
    match spec.name:
        case "lost":
            return Closed(abort=abort)
        case "lost_hang":
            return Closed(abort=abort, seconds=_seconds(spec))
        case "lost_503":
            return _refusal(ApiError(503))
        case "lost_empty":
            return _page(b"", 200, "application/json")
        case "delay":
            await asyncio.sleep(_seconds(spec))
            return Sent(answer, abort=abort)
        case "cut":
            return Sent(answer, abort=abort, portion=0.5)
        case "cut_silent":
            return Sent(answer, abort=abort, portion=0.5, honest=False)
        case "slow_body":
            return Sent(answer, abort=abort, over_seconds=_seconds(spec))
        case _:
            return Sent(answer, abort=abort)
