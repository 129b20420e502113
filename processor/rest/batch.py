"""The routes under /batch: those that clients of such systems know."""

from __future__ import annotations

from collections.abc import AsyncGenerator, Callable
from contextlib import aclosing
from importlib.util import find_spec
from pathlib import Path
from typing import Annotated, Any

from fastapi import APIRouter, Header, Query, Request
from fastapi import Path as PathPart
from fastapi.responses import Response

from processor.api import Processor
from processor.core.json_bytes import encode
from processor.core.state import FINAL, SUCCESSFUL_STATES, State
from processor.core.status import Status
from processor.rest.answering import JSON, answer, says, takes
from processor.rest.bodies import (
    BatchJobs,
    BatchResults,
    BatchStatus,
    RunName,
    SubmitContents,
    Submitted,
    SubmitUrls,
)
from processor.rest.deadlines import allow_seconds
from processor.rest.desk import AtDesk, Desk, Order
from processor.rest.problems import Refused, not_found
from processor.rest.reading import read_model, write_lines
from processor.rest.streaming import Stream, blocks
from processor.steps.save import ENVELOPES

router = APIRouter(prefix="/batch", tags=["batch"])

LONGEST_WAIT_SECONDS = 30 * 60.0
_RUNS = "runs/"
_PREFIX = "JOB_STATE_"
_FETCHES = "trafilatura"
IdempotencyKey = Annotated[
    str | None,
    Header(
        min_length=1,
        max_length=255,
        pattern=r"^[\x21-\x7e]+$",
        description="The same request with the same key makes one run, however often it comes.",
    ),
]
JobId = Annotated[
    str, PathPart(max_length=256, description="`batches/…` or `runs/<id>`.", examples=["runs/news"])
]


@router.post(
    "/submit-contents",
    response_model=Submitted,
    responses=says(409, 415),
    openapi_extra=takes(SubmitContents),
)
async def submit_contents(
    request: Request, desk: AtDesk, idempotency_key: IdempotencyKey = None
) -> Response:
    """Have documents asked about; returns when they are safe, or at the end if so wished."""
    body, digest = await read_model(request, desk, SubmitContents)
    order = _order(request, body, idempotency_key, digest)
    items = [content.model_dump() for content in body.contents]
    path = await desk.office.ask(lambda _: write_lines(desk, items))

    def receive(processor: Processor, run: str) -> Status:
        return processor.receive(
            order.task, items=path, count=len(items), run=run, **desk.paced({})
        )

    try:
        return await _submit(desk, order, receive, len(items), wait=body.wait_for_completion)
    finally:
        path.unlink(missing_ok=True)  # it was moved, unless nothing came of it


@router.post(
    "/submit",
    response_model=Submitted,
    responses=says(409, 415, 501),
    openapi_extra=takes(SubmitUrls),
)
async def submit_urls(
    request: Request, desk: AtDesk, idempotency_key: IdempotencyKey = None
) -> Response:
    """Have pages fetched and asked about; addresses of private networks are refused."""
    body, digest = await read_model(request, desk, SubmitUrls)
    order = _order(request, body, idempotency_key, digest)
    if find_spec(_FETCHES) is None:
        raise Refused(501, "not_installed", "Pages are fetched with: pip install 'truebatch[web]'.")

    options = {
        "skip_unreachable": body.skip_unreachable,
        "allow_host": desk.settings.page_hosts,
    }

    def receive(processor: Processor, run: str) -> Status:
        return processor.receive(
            order.task, urls=body.urls, count=len(body.urls), run=run, **desk.paced(options)
        )

    return await _submit(desk, order, receive, len(body.urls), wait=body.wait_for_completion)


@router.get("/status/{job_id:path}", response_model=BatchStatus, responses=says(404))
async def batch_status(job_id: JobId, desk: AtDesk) -> Response:
    """Where a batch stands."""
    return answer(shown(await _find(desk, job_id)))


@router.get(
    "/results/{job_id:path}/{batch_name}",
    response_model=BatchResults,
    responses=says(404, 409),
)
async def batch_results(job_id: JobId, batch_name: RunName, desk: AtDesk) -> Response:
    """The envelopes of a batch that has ended, in input order; streamed."""
    status = await _find(desk, job_id)
    if status.run != batch_name:
        raise not_found(f"{job_id} is no job of a batch {batch_name!r}.")
    status = await desk.ended(status.run)
    head = encode({"job_id": job_id_of(status), "total_count": status.items})[:-1]
    path = desk.layout.run(status.run) / ENVELOPES
    return Stream(_array(desk, path, head + b',"results":['), media_type=JSON)


@router.get("/jobs", response_model=BatchJobs, responses=says())
async def batch_jobs(desk: AtDesk, limit: Annotated[int, Query(ge=1, le=1000)] = 1000) -> Response:
    """The newest batches, at most `limit`."""
    found, _ = await desk.office.ask(lambda one: one.standings(before=None, limit=limit))
    return answer({"jobs": [_listed(status) for status in found], "total": len(found)})


def job_id_of(status: Status) -> str:
    """The job's name; ``runs/<id>`` until there is one, or when there are several."""
    names = [job.name for job in status.jobs]
    return names[0] if len(names) == 1 and names[0] else f"{_RUNS}{status.run}"


def shown(status: Status) -> dict[str, Any]:
    """A status in the words of these routes."""
    done = status.items if status.state in FINAL else status.answered or 0
    return {
        "job_id": job_id_of(status),
        "state": job_state(status),
        "completed_count": done,
        "total_count": status.items,
        "progress_percent": round(100 * done / status.items, 1) if status.items else 0.0,
    }


def job_state(status: Status) -> str:
    """The state as the Gemini API would call it.

    SUCCEEDED is said only of a run whose results are there: one that is fetched and judged still RUNS.
    """
    said = {job.service_state or "FAILED" for job in status.jobs}
    if status.state is State.DONE:
        return f"{_PREFIX}SUCCEEDED"
    if status.state is State.FAILED:
        if said & SUCCESSFUL_STATES:
            return f"{_PREFIX}PARTIALLY_SUCCEEDED"
        one = next(iter(said)) if len(said) == 1 else "FAILED"
        return f"{_PREFIX}{one if one in ('CANCELLED', 'EXPIRED') else 'FAILED'}"
    if status.state is State.SUBMITTED and len(said) == 1 and "FAILED" not in said:
        return f"{_PREFIX}{said.pop()}"
    return f"{_PREFIX}{'RUNNING' if status.state in _BEGUN else 'PENDING'}"


_BEGUN = (State.SUBMITTED, State.ENDED, State.FETCHED)


def _listed(status: Status) -> dict[str, Any]:
    one = status.jobs[0] if status.jobs else None
    return {
        "job_id": job_id_of(status),
        "batch_file": f"{_RUNS}{status.run}/requests.json" if one else None,
        "submitted_at": status.created_at,
        "status": job_state(status),
    }


async def _find(desk: Desk, job_id: str) -> Status:
    return await desk.standing(job_id.removeprefix(_RUNS))


def _order(
    request: Request, body: SubmitContents | SubmitUrls, key: str | None, digest: str
) -> Order:
    return Order(
        name=body.batch_name,
        task=body.task,
        caller=request.state.caller,
        key=key,
        digest=digest,
    )


async def _submit(
    desk: Desk,
    order: Order,
    receive: Callable[[Processor, str], Status],
    count: int,
    *,
    wait: bool,
) -> Response:
    status, replayed = await desk.take(order, receive)
    said, message = "SUBMITTED", f"Items taken over: {count}."
    if wait:
        allow_seconds(LONGEST_WAIT_SECONDS + 30)
        status = await desk.wait_for_end(status.run, LONGEST_WAIT_SECONDS)
        if status.state in FINAL:
            said, message = status.state.value, status.reason or "The batch has ended."
    body = {
        "job_id": job_id_of(status) if wait else f"{_RUNS}{status.run}",
        "batch_name": status.run,
        "url_count": count,
        "status": said,
        "message": message,
    }
    return answer(body, headers={"Idempotent-Replayed": "true"} if replayed else None)


async def _array(desk: Desk, path: Path, head: bytes) -> AsyncGenerator[bytes, None]:
    """The lines of a file as the elements of an array: between them stand commas, not line ends."""
    yield head
    begun = False
    async with aclosing(blocks(desk, path)) as lines:
        async for block in lines:
            # In JSON a line's end is escaped: each that is left ends a line, the last that of the block.
            yield (b"," if begun else b"") + block[:-1].replace(b"\n", b",")
            begun = True
    yield b"]}"
