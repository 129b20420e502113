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
            return Closed(abort=abort, seconds=float(spec.value))
        case "html":
            return _page(_PAGE, 502, "text/html; charset=UTF-8")
        case "empty":
            return _page(b"", 200, "application/json")
        case "garbage":
            return _page(b'{"name": "batches/', 200, "application/json")
        case "redirect" | "redirect_same":
            return _redirect(spec, call)
        case "429_retry_after":
            return _retry_after(spec.value)
        case code:
            return _refusal(ApiError(int(code)))


def _page(body: bytes, status: int, media_type: str) -> Response:
    return Response(body, status_code=status, media_type=media_type)


def _refusal(refusal: ApiError) -> Response:
    return _page(refusal.body(), refusal.code, "application/json; charset=UTF-8")


def _retry_after(seconds: str) -> Response:
    info = {"@type": _RETRY_INFO, "retryDelay": f"{float(seconds):g}s"}
    answer = _refusal(ApiError(429, details=[info]))
    answer.headers["Retry-After"] = f"{float(seconds):g}"
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
            return Closed(abort=abort, seconds=float(spec.value))
        case "lost_503":
            return _refusal(ApiError(503))
        case "lost_empty":
            return _page(b"", 200, "application/json")
        case "delay":
            await asyncio.sleep(float(spec.value))
            return Sent(answer, abort=abort)
        case "cut":
            return Sent(answer, abort=abort, portion=0.5)
        case "cut_silent":
            return Sent(answer, abort=abort, portion=0.5, honest=False)
        case "slow_body":
            return Sent(answer, abort=abort, over_seconds=float(spec.value))
        case _:
            return Sent(answer, abort=abort)
