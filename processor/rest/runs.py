"""The routes under /runs: all that can be done with a run."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Annotated, Any

from fastapi import APIRouter, Query, Request
from fastapi import Path as PathPart
from fastapi.responses import FileResponse, Response, StreamingResponse

from processor.api import Processor
from processor.api.leafing import Page
from processor.core.json_bytes import encode
from processor.core.outcome import Outcome
from processor.core.state import FINAL
from processor.core.status import Status
from processor.errors import WrongUsage
from processor.rest.answering import JSON, NDJSON, answer, says, takes
from processor.rest.batch import IdempotencyKey
from processor.rest.bodies import (
    ResultPage,
    RetryRun,
    RunName,
    RunPage,
    RunStatus,
    SubmitRun,
    Upload,
)
from processor.rest.desk import AtDesk, Desk, Order
from processor.rest.events import EVENT_SCHEMA, EVENTS, events_of
from processor.rest.problems import not_found
from processor.rest.reading import ENDINGS, read_model, read_upload, write_lines
from processor.rest.streaming import Stream, blocks
from processor.steps.report import REPORT_JSON
from processor.steps.save import ENVELOPES

router = APIRouter(prefix="/runs", tags=["runs"])

RunPart = Annotated[RunName, PathPart(examples=["news-monday"])]
Wanted = Annotated[
    list[Outcome] | None, Query(description="Only these outcomes; repeatable. All when left out.")
]
_ACCEPTED = 202


@router.post(
    "",
    status_code=_ACCEPTED,
    response_model=RunStatus,
    responses=says(404, 409, 415),
    openapi_extra=takes(SubmitRun),
)
async def submit_run(
    request: Request, desk: AtDesk, idempotency_key: IdempotencyKey = None
) -> Response:
    """Make a run of the items in the body; returns when they are safe, before anything is sent."""
    body, digest = await read_model(request, desk, SubmitRun)
    if (body.items is None) == (body.from_run is None):
        raise WrongUsage("A run is made of `items` or of `from_run`: of one of them.")
    order = _order(request, body.run, body.task, idempotency_key, digest)
    options = body.options.model_dump(exclude_none=True)
    if body.from_run is not None:
        await desk.ended(body.from_run)
        return await _take(desk, order, None, None, {**options, "from_run": body.from_run})
    items = body.items or []
    path = await desk.office.ask(lambda _: write_lines(desk, items))
    return await _take(desk, order, path, len(items), options)


@router.post(
    "/upload",
    status_code=_ACCEPTED,
    response_model=RunStatus,
    responses=says(409, 415),
    openapi_extra={
        "requestBody": {
            "required": True,
            "content": {kind: {"schema": {"type": "string"}} for kind in ENDINGS},
        }
    },
)
async def upload_run(
    request: Request,
    desk: AtDesk,
    query: Annotated[Upload, Query()],
    idempotency_key: IdempotencyKey = None,
) -> Response:
    """Make a run of a file of items, which is the body itself: JSON lines, a JSON array, CSV or TSV.

    It goes to the disk as it comes, so it may be large: `curl --data-binary @items.jsonl`.
    """
    path, digest = await read_upload(request, desk)
    order = _order(request, query.run, query.task, idempotency_key, digest)
    options = query.model_dump(exclude_none=True, exclude={"task", "run"})
    return await _take(desk, order, path, None, options)


@router.get("", response_model=RunPage, responses=says())
async def list_runs(
    desk: AtDesk,
    limit: Annotated[int, Query(ge=1, le=1000)] = 100,
    cursor: Annotated[str | None, Query(pattern=r"^[0-9]{1,18}$")] = None,
) -> Response:
    """Runs, newest first."""
    before = None if cursor is None else int(cursor)
    found, after = await desk.office.ask(lambda one: one.standings(before=before, limit=limit))
    page = {
        "runs": [desk.shown(status) for status in found],
        "next_cursor": None if after is None else str(after),
    }
    return answer(page)


@router.get("/{run}", response_model=RunStatus, responses=says(404))
async def run_status(run: RunPart, desk: AtDesk) -> Response:
    """Where a run stands. The service's driver asks Gemini; this asks only the journal."""
    return answer(desk.shown(await desk.standing(run)))


@router.get("/{run}/report", responses=says(404, 409))
async def run_report(run: RunPart, desk: AtDesk) -> Response:
    """The report of a run that has ended: report.json."""
    return await _file(desk, run, REPORT_JSON)


@router.get("/{run}/results", response_model=ResultPage, responses=says(404, 409))
async def run_results(
    run: RunPart,
    desk: AtDesk,
    limit: Annotated[int, Query(ge=1, le=1000)] = 100,
    cursor: Annotated[str | None, Query(pattern=r"^[0-9]{1,18}$")] = None,
    outcome: Wanted = None,
) -> Response:
    """Envelopes of a run that has ended, in input order, a page at a time."""
    status = await desk.ended(run)
    start = int(cursor or 0)
    page: Page = await desk.office.ask(
        lambda one: one.leaf(status.run, start=start, limit=limit, outcomes=outcome)
    )
    after = None if page.next is None else str(page.next)
    ends = encode({"run": status.run, "next_cursor": after})
    body = ends[:-1] + b',"results":[' + b",".join(page.lines) + b"]}"
    return Response(body, media_type=JSON)


@router.get(
    "/{run}/results.ndjson",
    response_class=StreamingResponse,
    responses={200: {"content": {NDJSON: {"schema": {"type": "string"}}}}, **says(404, 409)},
)
async def stream_results(run: RunPart, desk: AtDesk, outcome: Wanted = None) -> Response:
    """All envelopes of a run that has ended, one on each line, streamed from the disk."""
    status = await desk.ended(run)
    path = desk.layout.run(status.run) / ENVELOPES
    return Stream(blocks(desk, path, outcome), media_type=NDJSON)


@router.post(
    "/{run}/retry",
    status_code=_ACCEPTED,
    response_model=RunStatus,
    responses=says(404, 409, 415),
    openapi_extra=takes(RetryRun),
)
async def retry_run(
    run: RunPart, request: Request, desk: AtDesk, idempotency_key: IdempotencyKey = None
) -> Response:
    """Ask again, in a new run, what a run left rejected or failed."""
    body, digest = await read_model(request, desk, RetryRun)
    parent = await desk.ended(run)
    order = _order(request, body.run, parent.task, idempotency_key, digest)
    given = desk.paced(body.model_dump(exclude={"run"}))

    def receive(processor: Processor, name: str) -> Status:
        return processor.receive_retry(parent.run, name=name, **given)

    return _taken(desk, *await desk.take(order, receive))


@router.post("/{run}/cancel", status_code=_ACCEPTED, response_model=RunStatus, responses=says(404))
async def cancel_run(run: RunPart, desk: AtDesk) -> Response:
    """Stop a run's jobs; what was answered is still fetched and judged. Ended runs stay as they are."""
    status = await desk.standing(run)
    if status.state not in FINAL:
        await desk.cancel(status.run)
    return answer(desk.shown(status), _ACCEPTED)


@router.get(
    "/{run}/events",
    response_class=StreamingResponse,
    responses={200: {"content": {EVENTS: {"schema": EVENT_SCHEMA}}}, **says(404)},
)
async def run_events(run: RunPart, desk: AtDesk) -> Response:
    """How a run goes on, as server-sent events: `status`, `step`, `progress`, and `end` at its end."""
    status = await desk.standing(run)
    return Stream(events_of(desk, status.run), media_type=EVENTS)


def _order(request: Request, name: str | None, task: str, key: str | None, digest: str) -> Order:
    return Order(name=name, task=task, caller=request.state.caller, key=key, digest=digest)


async def _take(
    desk: Desk, order: Order, path: Path | None, count: int | None, options: dict[str, Any]
) -> Response:
    paced = desk.paced(options)

    def receive(processor: Processor, run: str) -> Status:
        return processor.receive(order.task, items=path, count=count, run=run, **paced)

    try:
        return _taken(desk, *await desk.take(order, receive))
    finally:
        if path is not None:
            path.unlink(missing_ok=True)  # it was moved, unless nothing came of it


def _taken(desk: Desk, status: Status, replayed: bool) -> Response:
    headers = {"Location": f"/runs/{status.run}"}
    if replayed:
        headers["Idempotent-Replayed"] = "true"
    return answer(desk.shown(status), _ACCEPTED, headers)


async def _file(desk: Desk, run: str, name: str) -> Response:
    status = await desk.ended(run)
    path = desk.layout.run(status.run) / name
    if not await asyncio.to_thread(path.is_file):
        raise not_found(
            f"Run {status.run} has no {name}: `truebatch report {status.run}` makes it."
        )
    return FileResponse(path, media_type=JSON)
