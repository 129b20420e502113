"""Answering: JSON as the core writes it, and what each route says of its answers in the document."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from fastapi.responses import Response
from pydantic import BaseModel

from processor.core.json_bytes import encode
from processor.rest.problems import MEDIA_TYPE

JSON = "application/json"
NDJSON = "application/x-ndjson"

_SAID = {
    400: "The request is malformed.",
    401: "A token is needed, or the one given is not known.",
    403: "Asked by a page of another origin, or by a form without its token.",
    404: "There is no such thing here.",
    405: "There is no such method here.",
    408: "The request came too slowly.",
    409: "Not now, or not any more: the run has not ended, or is there already.",
    413: "The body is too large.",
    415: "The body's type is none that is read here.",
    421: "The service is not called by this name.",
    422: "Something in the request is wrong; nothing was sent.",
    429: "Too many requests: Retry-After says when to come again.",
    500: "A bug; the service's log has it under the number given.",
    501: "What this needs is not installed here.",
    502: "The Gemini service refused, or cannot be reached.",
    503: "Too much is asked at once, or the disk fails, or the service is stopping.",
    504: "It took too long.",
}
_ALWAYS = (400, 401, 403, 408, 413, 421, 422, 429, 500, 503, 504)


def answer(value: Any, status: int = 200, headers: Mapping[str, str] | None = None) -> Response:
    """``value`` as JSON."""
    if isinstance(value, BaseModel):
        value = value.model_dump()
    return Response(encode(value), status, dict(headers or {}), JSON)


def says(*more: int) -> dict[int | str, dict[str, Any]]:
    """What a route may answer besides success: what every route may, and ``more``."""
    content = {MEDIA_TYPE: {"schema": {"$ref": "#/components/schemas/Problem"}}}
    return {
        status: {"description": _SAID[status], "content": content}
        for status in sorted({*_ALWAYS, *more})
    }


def takes(model: type[BaseModel]) -> dict[str, Any]:
    """The document's words for a body that the route reads by itself."""
    schema = {"$ref": f"#/components/schemas/{model.__name__}"}
    return {"requestBody": {"required": True, "content": {JSON: {"schema": schema}}}}
