"""The pages: what people see of the service, and the forms by which they act."""

from __future__ import annotations

import asyncio
import secrets
from collections.abc import Mapping
from http import HTTPStatus
from typing import Annotated, Literal

from fastapi import APIRouter, Query, Request
from fastapi.responses import FileResponse, RedirectResponse, Response

from processor import __version__
from processor.api import Processor
from processor.api.tasks import list_tasks
from processor.core.form_page import form_page
from processor.core.html_page import Rendered
from processor.core.overview import Choice
from processor.core.overview_page import overview_page
from processor.core.run_page import run_page
from processor.core.state import FINAL
from processor.core.status import Status
from processor.errors import ProcessorError
from processor.rest.desk import AtDesk, Desk, Order
from processor.rest.forms import digest, new_run, read_form, served, write_items
from processor.rest.page_route import PageRoute, html
from processor.rest.problems import Refused, not_found
from processor.rest.report_page import report_page
from processor.rest.runs import RunPart
from processor.steps.report import REPORT_MARKDOWN

router = APIRouter(include_in_schema=False, route_class=PageRoute)

_MEGABYTE = 1024 * 1024
_JUDGED_AT_ONCE_SECONDS = 20.0
_DONE = {
    "submitted": "Taken over: it is built, submitted and watched from here on.",
    "retried": "This run asks again what the other left rejected or failed.",
    "cancelled": "It is being cancelled; what was answered is still judged.",
    "accepted": "Judged again with the suggestion. For runs to come, add its line to the task's files.",
    "judging": "It is still being judged again: look here once more in a while.",
}
Done = Annotated[str, Query(max_length=20)]


@router.get("/")
async def all_runs(
    request: Request,
    desk: AtDesk,
    words: Annotated[str, Query(max_length=200)] = "",
    task: Annotated[str, Query(max_length=64)] = "",
    state: Annotated[Literal["", "running", "done", "failed"], Query()] = "",
    page: Annotated[int, Query(ge=1, le=10**9)] = 1,
) -> Response:
    """The dashboard."""
    choice = Choice(words=words, task=task, state=state, page=page)
    here = served(request, desk)

    def look(processor: Processor) -> Rendered:
        found = processor.overview(choice, link=lambda run: f"/runs/{run.run}/page")
        return overview_page(found, version=__version__, served=here)

    return html(await desk.office.ask(look))


@router.get("/runs/{run}/page")
async def one_run(run: RunPart, request: Request, desk: AtDesk, done: Done = "") -> Response:
    """A run: its progress, or its report."""
    status = await desk.standing(run)
    here = served(request, desk, _DONE.get(done, ""))
    if status.state not in FINAL:
        problem = desk.hub.problem(status.run)
        return html(run_page(status, problem=problem, version=__version__, served=here))
    return await report_page(desk, status, here)


# A report's page calls the files beside it by their names.


@router.get("/runs/{run}/report.json")
async def report_json(run: RunPart) -> Response:
    """The report for programs."""
    return RedirectResponse(f"/runs/{run}/report", HTTPStatus.SEE_OTHER)


@router.get("/runs/{run}/items.jsonl")
async def items_jsonl(run: RunPart) -> Response:
    """All envelopes."""
    return RedirectResponse(f"/runs/{run}/results.ndjson", HTTPStatus.SEE_OTHER)


@router.get("/runs/{run}/report.md")
async def report_md(run: RunPart, desk: AtDesk) -> Response:
    """The report for a terminal."""
    status = await desk.ended(run)
    path = desk.layout.run(status.run) / REPORT_MARKDOWN
    if not await asyncio.to_thread(path.is_file):
        raise not_found(f"`truebatch report {status.run}` makes it.")
    return FileResponse(path, media_type="text/plain")


@router.get("/new")
async def new(request: Request, desk: AtDesk) -> Response:
    """The form for a new run."""
    return await _form(request, desk, {}, None)


@router.post("/new")
async def submit(request: Request, desk: AtDesk) -> Response:
    """A run of what was filled in."""
    filled = await read_form(request, desk)
    try:
        asked = new_run(filled)
        path = await desk.office.ask(lambda _: write_items(desk, filled))
        options = desk.paced({"model": asked.model, "max_cost": asked.max_cost})

        def receive(processor: Processor, name: str) -> Status:
            return processor.receive(asked.task, items=path, run=name, **options)

        order = Order(
            name=asked.run,
            task=asked.task,
            caller=request.state.caller,
            key=asked.key or None,
            digest=digest(filled),
        )
        try:
            status, _ = await desk.take(order, receive)
        finally:
            path.unlink(missing_ok=True)  # it was moved, unless nothing came of it
    except (ProcessorError, Refused) as error:
        said = error.message if isinstance(error, ProcessorError) else str(error.detail)
        return await _form(request, desk, filled.texts, said)
    return _to(status.run, "submitted")


@router.post("/runs/{run}/page/retry")
async def retry(run: RunPart, request: Request, desk: AtDesk) -> Response:
    """Ask again what a run left rejected or failed."""
    filled = await read_form(request, desk)
    parent = await desk.ended(run)
    options = desk.paced({})

    def receive(processor: Processor, name: str) -> Status:
        return processor.receive_retry(parent.run, name=name, **options)

    key = filled.texts.get("key", "")[:128] or None
    order = Order(
        name=None, task=parent.task, caller=request.state.caller, key=key, digest=parent.run
    )
    status, _ = await desk.take(order, receive)
    return _to(status.run, "retried")


@router.post("/runs/{run}/page/cancel")
async def cancel(run: RunPart, request: Request, desk: AtDesk) -> Response:
    """Stop a run."""
    await read_form(request, desk)
    status = await desk.standing(run)
    if status.state not in FINAL:
        await desk.cancel(status.run)
    return _to(status.run, "cancelled")


@router.post("/runs/{run}/page/accept")
async def accept(run: RunPart, request: Request, desk: AtDesk) -> Response:
    """Judge a run again, with a suggestion of its report."""
    filled = await read_form(request, desk)
    status = await desk.ended(run)
    number, line = filled.texts.get("number", ""), filled.texts.get("line", "")
    if not (number.isascii() and number.isdigit() and len(number) < 5):
        raise Refused(HTTPStatus.UNPROCESSABLE_ENTITY, "invalid_request", "number: it is none.")
    judging = asyncio.ensure_future(
        desk.office.ask(lambda one: one.accept_suggestion(status.run, int(number), line))
    )
    # A large run takes longer than a browser should wait. It goes on, and is safe to be cut.
    ended, _ = await asyncio.wait({judging}, timeout=_JUDGED_AT_ONCE_SECONDS)
    if not ended:
        judging.add_done_callback(lambda late: late.exception())
        return _to(status.run, "judging")
    judging.result()
    desk.snapshots.forget(status.run)
    return _to(status.run, "accepted")


def _to(run: str, done: str) -> Response:
    return RedirectResponse(f"/runs/{run}/page?done={done}", HTTPStatus.SEE_OTHER)


async def _form(
    request: Request, desk: Desk, given: Mapping[str, str], fault: str | None
) -> Response:
    tasks = await desk.office.ask(lambda _: list(list_tasks()))
    page = form_page(
        tasks,
        given=given,
        fault=fault,
        most_megabytes=desk.settings.max_json // _MEGABYTE,
        key=secrets.token_hex(16),
        version=__version__,
        served=served(request, desk),
    )
    return html(page, HTTPStatus.OK if fault is None else HTTPStatus.UNPROCESSABLE_ENTITY)
