"""The files endpoints: get, list, delete, download."""

import base64
from pathlib import Path
from typing import Any

from starlette.responses import Response

from sandbox.errors import ApiError, file_missing, file_name_too_long
from sandbox.jobs import standing, vanished
from sandbox.records import StoredFile
from sandbox.references import file_state
from sandbox.sending import FileBody, json_answer
from sandbox.service import Call, page_of, page_token
from sandbox.wire import timestamp

MAX_ID_LENGTH = 40
RESULT_PREFIX = "files/batch-"


def file_resource(file: StoredFile, base_url: str, now: float) -> dict[str, Any]:
    """A file as the service shows it; the digest is base64 of the digest's hex text."""
    resource: dict[str, Any] = {"name": file.name}
    if file.display_name:
        resource["displayName"] = file.display_name
    return resource | {
        "mimeType": file.mime_type,
        "sizeBytes": str(file.size_bytes),
        "createTime": timestamp(file.created),
        "updateTime": timestamp(file.created),
        "expirationTime": timestamp(file.expires),
        "sha256Hash": base64.b64encode(file.sha256.encode()).decode(),
        "uri": f"{base_url}/v1beta/{file.name}",
        "state": file_state(file, now),
        "source": "UPLOADED",
    }


def _asked_file(call: Call, method: str) -> StoredFile:
    bare = call.request.path_params["file"]
    name = f"files/{bare}"
    call.notes["file"] = name
    if len(bare) > MAX_ID_LENGTH:
        raise file_name_too_long(method)
    file = call.service.store.file(call.project, name, call.now)
    if file is None:
        raise file_missing(name)
    return file


async def get(call: Call) -> Response:
    """One file's facts."""
    return json_answer(file_resource(_asked_file(call, "Get"), call.base_url, call.now))


async def list_files(call: Call) -> Response:
    """The project's files, newest first; 10 a page unless asked, 100 at most."""
    size, below = page_of(call, default=10, most=100)
    store = call.service.store
    found = store.files(call.project, call.now, below=below, limit=size + 1)
    page: dict[str, Any] = {}
    if found:
        page["files"] = [file_resource(file, call.base_url, call.now) for _, file in found[:size]]
    if len(found) > size:
        page["nextPageToken"] = page_token(found[size - 1][0])
    return json_answer(page)


async def delete(call: Call) -> Response:
    """Remove a file."""
    call.service.store.delete_file(_asked_file(call, "Delete").name)
    return json_answer({})


async def download(call: Call) -> Response:
    """The bytes of a result file; uploaded files cannot be had back.

    Source: Files API page, "uploaded files cannot be downloaded", read 2026-11-21.
    """
    name = f"files/{call.request.path_params['file']}"
    call.notes["file"] = name
    path = _results(call, name)
    if path is None:
        if call.service.store.file(call.project, name, call.now) is None:
            raise ApiError(404, "Requested entity was not found.")
        raise ApiError(400, "Only files that were generated can be downloaded.")
    return FileBody(path, short=call.fault == "short_results")


def _results(call: Call, name: str) -> Path | None:
    if not name.startswith(RESULT_PREFIX):
        return None
    job = call.service.store.job(name.removeprefix(RESULT_PREFIX))
    if job is None or job.project != call.project or vanished(job, call.now):
        return None
    if not standing(job, call.now).has_results:
        return None
    call.notes["job"] = job.name
    return call.service.store.results_path(job.id)
