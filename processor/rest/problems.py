"""Errors as problem+json (RFC 9457), in the words of the command line."""

from __future__ import annotations

import secrets
from collections.abc import Mapping
from http import HTTPStatus
from typing import Any

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import Response
from loguru import logger
from starlette.exceptions import HTTPException

from processor.core.json_bytes import encode
from processor.errors import (
    BadInput,
    DiskFailed,
    DrivenElsewhere,
    HeldBack,
    Interrupted,
    JobFailed,
    JobUnknown,
    NotFinished,
    ProcessorError,
    ServiceRefused,
    Terminated,
    WrongUsage,
)

MEDIA_TYPE = "application/problem+json"

_STATUS: dict[type[ProcessorError], HTTPStatus] = {
    WrongUsage: HTTPStatus.UNPROCESSABLE_ENTITY,
    BadInput: HTTPStatus.UNPROCESSABLE_ENTITY,
    NotFinished: HTTPStatus.CONFLICT,
    HeldBack: HTTPStatus.CONFLICT,
    DrivenElsewhere: HTTPStatus.CONFLICT,
    JobFailed: HTTPStatus.BAD_GATEWAY,
    ServiceRefused: HTTPStatus.BAD_GATEWAY,
    JobUnknown: HTTPStatus.BAD_GATEWAY,
    DiskFailed: HTTPStatus.SERVICE_UNAVAILABLE,
    Interrupted: HTTPStatus.SERVICE_UNAVAILABLE,
    Terminated: HTTPStatus.SERVICE_UNAVAILABLE,
}
"""Whose fault it is, as HTTP says it; what is no ``ProcessorError`` is a bug, 500."""

_NOWHERE = "There is nothing at this address. /docs lists all there is."


class Refused(HTTPException):
    """A request that is not carried out.

    Args:
        status: of HTTP.
        kind: what the problem's ``kind`` says, ``snake_case``.
        message: what, and what to do next.
    """

    def __init__(
        self, status: int, kind: str, message: str, *, headers: Mapping[str, str] | None = None
    ) -> None:
        super().__init__(status, message, dict(headers or {}))
        self.kind = kind


def not_found(what: str) -> Refused:
    """404, for a run, job or task that is not there."""
    return Refused(HTTPStatus.NOT_FOUND, "not_found", what)


def conflict(kind: str, message: str) -> Refused:
    """409."""
    return Refused(HTTPStatus.CONFLICT, kind, message)


def problem(
    status: int,
    kind: str,
    message: str,
    *,
    exit_code: int | None = None,
    run: str | None = None,
    headers: Mapping[str, str] | None = None,
    **more: Any,
) -> Response:
    """A problem+json answer."""
    body = {
        "type": f"urn:truebatch:problem:{kind}",
        "title": HTTPStatus(status).phrase,
        "status": int(status),
        "detail": message,
        "kind": kind,
        "exit_code": exit_code,
        "run": run,
        **more,
    }
    return Response(encode(body), status, dict(headers or {}), MEDIA_TYPE)


def problem_of(error: ProcessorError) -> Response:
    """The answer that says what the command line would have said."""
    status = _STATUS.get(type(error), HTTPStatus.INTERNAL_SERVER_ERROR)
    return problem(status, error.kind, error.message, exit_code=int(error.exit_code), run=error.run)


def unexpected(error: Exception, method: str, path: str) -> Response:
    """500, with a number by which the log's entry is found; nothing of the error itself goes out."""
    number = secrets.token_hex(8)
    logger.opt(exception=error).error("a bug, {}: {} {}", number, method, path)
    message = (
        f"This is a bug in truebatch, not in what you did. The service's log has it as {number}."
    )
    return problem(
        HTTPStatus.INTERNAL_SERVER_ERROR, "bug", message, exit_code=70, instance=f"urn:bug:{number}"
    )


def add_handlers(app: FastAPI) -> None:
    """Have every error of ``app`` answered as a problem."""

    @app.exception_handler(ProcessorError)
    async def known(_: Request, error: ProcessorError) -> Response:
        return problem_of(error)

    @app.exception_handler(HTTPException)
    async def refused(_: Request, error: HTTPException) -> Response:
        kind = error.kind if isinstance(error, Refused) else _kind(error.status_code)
        detail = _NOWHERE if error.detail == "Not Found" else str(error.detail)
        return problem(error.status_code, kind, detail, headers=error.headers)

    @app.exception_handler(RequestValidationError)
    async def invalid(_: Request, error: RequestValidationError) -> Response:
        return problem(
            HTTPStatus.UNPROCESSABLE_ENTITY,
            "invalid_request",
            in_words(error.errors()),
            exit_code=2,
        )


def in_words(errors: Any) -> str:
    """What pydantic found, as sentences: the place, and what is wrong there. No value is repeated."""
    told = [f"{_place(one['loc'])}: {_said(one)}" for one in errors[:5]]
    more = len(errors) - len(told)
    return "; ".join(told) + (f"; and {more} more" if more > 0 else "")


def _place(parts: Any) -> str:
    return ".".join(str(part) for part in parts) or "the body"


def _said(error: Any) -> str:
    # pydantic would name the class that it wanted.
    return "It should be an object" if error["type"] == "model_type" else str(error["msg"])


def _kind(status: int) -> str:
    return HTTPStatus(status).phrase.lower().replace(" ", "_").replace("'", "")
