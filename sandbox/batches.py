"""The batches endpoints: create, get, list, cancel, delete."""

import dataclasses
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import orjson
from starlette.concurrency import run_in_threadpool
from starlette.responses import Response

from sandbox.admission import Admitted, admit
from sandbox.errors import ApiError, file_missing, quota_exceeded
from sandbox.faults.grammar import ALL
from sandbox.jobs import Standing, State, served_rows, standing, vanished
from sandbox.models import check_model
from sandbox.operations import operation, stranger
from sandbox.options import MAX_ACTIVE_JOBS, MAX_INLINE_BYTES
from sandbox.records import Job, Plan
from sandbox.sending import json_answer
from sandbox.service import Call, page_of, page_token
from sandbox.uploads import link_or_copy
from sandbox.wire import field, new_id

ID_LENGTH = 36
_FIELDS = {"inputConfig", "displayName", "priority", "webhookConfig", "name", "model"}


async def create(call: Call) -> Response:
    """Make a job of a file or of inline requests; twice the same call makes two jobs."""
    body = await _body(call)
    model = check_model(call, call.request.path_params["model"], "batchGenerateContent")
    call.notes["model"] = model
    batch = _batch(body)
    job = await run_in_threadpool(_create, call, model, batch)
    call.service.worker.add(job.id)
    return json_answer(operation(job, standing(job, job.created), ()))


async def _body(call: Call) -> bytes:
    pieces = []
    async for piece in call.request.stream():
        call.bytes_in += len(piece)
        if call.bytes_in <= MAX_INLINE_BYTES:
            pieces.append(piece)
    if call.bytes_in > MAX_INLINE_BYTES:
        raise ApiError(400, f"Request payload size exceeds the limit: {MAX_INLINE_BYTES} bytes.")
    return b"".join(pieces)


def _batch(body: bytes) -> dict[str, Any]:
    try:
        batch = field(orjson.loads(body), "batch")
    except orjson.JSONDecodeError as error:
        raise ApiError(400, f"Invalid JSON payload received. {error.msg}") from None
    if not isinstance(batch, dict):
        raise ApiError(400, "Invalid JSON payload received. `batch` is an object.")
    for name in batch:
        if not any(field({name: 0}, known) == 0 for known in _FIELDS):
            raise ApiError(
                400,
                f"Invalid JSON payload received. Unknown name \"{name}\" at 'batch': "
                "Cannot find field.",
            )
    return batch


def _create(call: Call, model: str, batch: dict[str, Any]) -> Job:
    job_id = new_id(ID_LENGTH)
    path = call.service.store.requests_path(job_id)
    try:
        input_file = _place_input(call, batch, path)
        with path.open("rb") as lines:
            admitted = admit(lines, call.service.faults.rows, call.service.options.seed)
        return _insert(call, _job(call, job_id, model, batch, input_file, admitted))
    except BaseException:
        path.unlink(missing_ok=True)
        raise


def _place_input(call: Call, batch: dict[str, Any], path: Path) -> str:
    source = field(batch, "inputConfig")
    name = field(source, "fileName")
    if isinstance(name, str):
        call.notes["file"] = name
        store = call.service.store
        if store.file(call.project, name, call.now) is None:
            raise file_missing(name)
        link_or_copy(store.file_path(name), path)
        return name
    requests = field(field(source, "requests"), "requests")
    if not isinstance(requests, list):
        raise ApiError(400, "* GenerateContentBatch.inputConfig: input is not specified.")
    with path.open("wb") as file:
        for entry in requests:
            file.write(orjson.dumps(_inline_line(entry)) + b"\n")
    return ""


def _inline_line(entry: Any) -> dict[str, Any]:
    if not isinstance(entry, dict):
        raise ApiError(400, "Invalid JSON payload received. A request is an object.")
    line: dict[str, Any] = {"request": field(entry, "request")}
    metadata = field(entry, "metadata")
    if isinstance(metadata, dict):
        line["metadata"] = metadata
    return line


def _job(
    call: Call, job_id: str, model: str, batch: dict[str, Any], input_file: str, admitted: Admitted
) -> Job:
    priority = str(field(batch, "priority") or "0")
    if not priority.removeprefix("-").isdecimal():
        raise ApiError(400, "Invalid value at 'batch.priority' (TYPE_INT64)")
    return Job(
        id=job_id,
        number=0,
        project=call.project,
        version=call.version,
        model=model,
        display_name=str(field(batch, "displayName") or ""),
        input_file=input_file,
        priority=int(priority),
        requests=admitted.requests,
        tokens=admitted.tokens,
        created=call.now,
        seconds=call.service.options.job_seconds,
        plan=Plan(rows=admitted.rows),
    )


def _insert(call: Call, job: Job) -> Job:
    """Add the job if there is room; the count and the addition are one transaction."""
    service = call.service
    with service.store.exclusive():
        active = [other for other in service.store.jobs(job.project) if _is_active(other, call.now)]
        enqueued = sum(other.tokens for other in active if other.model == job.model)
        limit = service.options.enqueued_tokens
        call.notes |= {"tokens": job.tokens, "enqueued_tokens": enqueued}
        if len(active) >= MAX_ACTIVE_JOBS:
            raise quota_exceeded("BATCH_JOBS_LIMIT_EXCEEDED")
        if limit is not None and enqueued + job.tokens > limit:
            raise quota_exceeded("ENQUEUED_TOKENS_LIMIT_EXCEEDED")
        job = _with_faults(call, job)
        job = service.store.add_job(job)
        call.notes |= {"job": job.name, "enqueued_tokens": enqueued + job.tokens}
    return job


def _with_faults(call: Call, job: Job) -> Job:
    faults = call.service.faults
    every = tuple(spec.label for spec in faults.rows if spec.count == ALL and not spec.place)
    plan = Plan(job=faults.for_job(job.display_name), rows=job.plan.rows, every=every)
    job = dataclasses.replace(job, plan=plan)
    slow = job.fault("slow")
    return dataclasses.replace(job, seconds=float(slow)) if slow else job


def _is_active(job: Job, now: float) -> bool:
    return not standing(job, now).done


def _asked_job(call: Call) -> Job:
    job_id = call.request.path_params["job"]
    call.notes["job"] = f"batches/{job_id}"
    job = call.service.store.job(job_id)
    if job is None or job.project != call.project or vanished(job, call.now):
        raise ApiError(404, "Requested entity was not found.")
    return job


def _shown(call: Call, job: Job) -> dict[str, Any]:
    now = standing(job, call.now)
    call.notes["state"] = now.state
    return operation(job, now, _lines(call, job, now))


def _lines(call: Call, job: Job, now: Standing) -> Iterator[bytes]:
    if now.has_results:
        with call.service.store.results_path(job.id).open("rb") as file:
            yield from file


async def get(call: Call) -> Response:
    """One job."""
    job = _asked_job(call)
    return json_answer(await run_in_threadpool(_shown, call, job))


async def list_batches(call: Call) -> Response:
    """The project's jobs, newest first; 10 a page unless asked, 100 at most."""
    if call.fault == "unpaged_empty" and "pageSize" not in call.request.query_params:
        return json_answer({})
    size, below = page_of(call, default=10, most=100)
    return json_answer(await run_in_threadpool(_page, call, size, below))


def _page(call: Call, size: int, below: int | None) -> dict[str, Any]:
    jobs = call.service.store.jobs(call.project, below=below)
    jobs = [job for job in jobs if not vanished(job, call.now)]
    shown = [_shown(call, job) for job in jobs[:size]]
    call.notes.pop("state", None)
    if call.fault == "stranger":
        shown.append(stranger())
    page: dict[str, Any] = {"operations": shown} if shown else {}
    if len(jobs) > size:
        page["nextPageToken"] = page_token(jobs[size - 1].number)
    return page


async def cancel(call: Call) -> Response:
    """Ask a job to stop. One that has ended stays as it is.

    Before it starts, it ends CANCELLED. While it runs, the rows not served become errors of code
    1, and the job SUCCEEDED: seen live, DGML's gemini.py, 2026-09-30, read 2026-11-21.
    """
    job = _asked_job(call)
    now = call.now
    shown = standing(job, now)
    if not shown.done and job.cancelled is None:
        served = None if shown.state == State.PENDING else served_rows(job, now)
        ready = job.ready if served is None else None
        call.service.store.change_job(job.id, cancelled=now, served=served, ready=ready)
        if served is not None:
            call.service.worker.add(job.id)
    return json_answer({})


async def delete(call: Call) -> Response:
    """Forget a job, and its result file with it."""
    call.service.store.delete_job(_asked_job(call).id)
    return json_answer({})
