"""Logging in: a browser shows a token once, and gets a session."""

from __future__ import annotations

from http import HTTPStatus
from pathlib import Path
from typing import Annotated

from fastapi import APIRouter, Form, Request
from fastapi.responses import HTMLResponse, RedirectResponse, Response

from processor.rest.desk import AtDesk
from processor.rest.doors import LOGIN
from processor.rest.sessions import COOKIE, HOURS

router = APIRouter(include_in_schema=False)

_PAGE = Path(__file__).with_name("login.html").read_text(encoding="utf-8")


@router.get(LOGIN)
async def login_page() -> HTMLResponse:
    """The form."""
    return HTMLResponse(_PAGE.replace("WHY", ""))


@router.post(LOGIN)
async def login(
    request: Request, desk: AtDesk, token: Annotated[str, Form(max_length=256)]
) -> Response:
    """A session, for a token that is known."""
    token = token.strip()
    if desk.tokens.name_of(token) is None:
        if wait := desk.strangers.take(request.client.host if request.client else "?"):
            return HTMLResponse(
                _PAGE.replace("WHY", f'<p role="alert">Too many tries; wait {wait} s.</p>'),
                HTTPStatus.TOO_MANY_REQUESTS,
                {"retry-after": str(wait)},
            )
        return HTMLResponse(
            _PAGE.replace("WHY", '<p role="alert">This token is not known here.</p>'),
            HTTPStatus.UNAUTHORIZED,
        )
    answer = RedirectResponse("/", HTTPStatus.SEE_OTHER)
    answer.set_cookie(
        COOKIE,
        desk.sessions.open(token),
        max_age=HOURS * 3600,
        httponly=True,
        samesite="strict",
        secure=request.url.scheme == "https",
    )
    return answer


@router.post("/logout")
async def logout(request: Request, desk: AtDesk) -> Response:
    """The end of a session."""
    desk.sessions.close(request.cookies.get(COOKIE))
    answer = RedirectResponse(LOGIN, HTTPStatus.SEE_OTHER)
    answer.delete_cookie(COOKIE)
    return answer
