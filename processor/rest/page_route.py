"""The route of a page: what goes wrong is said on a page, too."""

from __future__ import annotations

from collections.abc import Callable, Coroutine
from http import HTTPStatus
from typing import Any

from fastapi import Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import HTMLResponse, Response
from fastapi.routing import APIRoute
from starlette.exceptions import HTTPException

from processor import __version__
from processor.core.form_page import message_page
from processor.core.html_page import Rendered
from processor.errors import ProcessorError
from processor.rest.desk import desk_of
from processor.rest.forms import served
from processor.rest.problems import in_words, problem_of


class PageRoute(APIRoute):
    """A route whose errors people read."""

    def get_route_handler(self) -> Callable[[Request], Coroutine[Any, Any, Response]]:
        """The handler, with its errors made pages; a bug stays one, and is told by its number."""
        handle = super().get_route_handler()

        async def handle_for_people(request: Request) -> Response:
            try:
                return await handle(request)
            except ProcessorError as error:
                return _page(request, problem_of(error).status_code, error.message, error.run)
            except HTTPException as error:
                return _page(request, error.status_code, str(error.detail), None)
            except RequestValidationError as error:
                return _page(request, 422, in_words(error.errors()), None)

        return handle_for_people


def html(page: Rendered, status: int = HTTPStatus.OK) -> HTMLResponse:
    """A page, which may do what its policy says, and stand in no frame."""
    return HTMLResponse(page.html, status, policy_of(page))


def policy_of(page: Rendered) -> dict[str, str]:
    """The header that goes with a page."""
    return {"content-security-policy": f"{page.policy}; frame-ancestors 'none'"}


def _page(request: Request, status: int, message: str, run: str | None) -> Response:
    title = HTTPStatus(status).phrase
    here = served(request, desk_of(request))
    return html(message_page(title, message, run=run, version=__version__, served=here), status)
