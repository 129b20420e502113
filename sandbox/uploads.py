"""Resumable upload: start, chunks, finalize."""

import asyncio
import dataclasses
import hashlib
import os
import shutil
from pathlib import Path
from typing import Any

import orjson
from starlette.concurrency import run_in_threadpool
from starlette.responses import Response

from sandbox.errors import ApiError, file_missing
from sandbox.files import file_resource
from sandbox.options import MAX_FILE_BYTES
from sandbox.records import StoredFile, Upload
from sandbox.service import Call
from sandbox.wire import field, new_id

CHUNK_GRANULARITY = 262_144
_READ_BYTES = 1 << 20


async def start(call: Call) -> Response:
    """Begin an upload; the answer's X-Goog-Upload-URL says where its bytes go."""
    body = await call.request.body()
    call.bytes_in = len(body)
    file = _start_body(body)
    headers = call.request.headers
    declared = _whole(headers.get("x-goog-upload-header-content-length", ""))
    if declared is None:
        declared = _whole(str(field(file, "sizeBytes", ""))) or 0
    if declared > MAX_FILE_BYTES:
        raise ApiError(400, f"File size exceeds the limit: {MAX_FILE_BYTES} bytes.")
    name = str(field(file, "name", "") or "").removeprefix("files/")
    if name and not _good_name(name):
        raise ApiError(400, "* CreateFileRequest.file.name: File ID must match [a-z0-9-]{1,40}.")
    if name and call.service.store.file(call.project, f"files/{name}", call.now):
        raise ApiError(
            409, f"Requested entity already exists: files/{name}", status="ALREADY_EXISTS"
        )
    mime_type = headers.get("x-goog-upload-header-content-type") or field(file, "mimeType", "")
    upload = Upload(
        id=new_id(24),
        project=call.project,
        version=call.version,
        name=f"files/{name or new_id(12)}",
        display_name=str(field(file, "displayName", "") or ""),
        mime_type=str(mime_type or "application/octet-stream"),
        declared_bytes=declared,
        offset=0,
        file_name="",
    )
    call.service.store.put_upload(upload)
    call.notes["file"] = upload.name
    query = f"upload_id={upload.id}&upload_protocol=resumable"
    url = f"{call.base_url}/upload/{call.version}/files?{query}"
    return Response(
        headers={
            "X-Goog-Upload-URL": url,
            "X-Goog-Upload-Control-URL": url,
            "X-Goog-Upload-Status": "active",
            "X-Goog-Upload-Chunk-Granularity": str(CHUNK_GRANULARITY),
        }
    )


async def take_chunk(call: Call) -> Response:
    """Store a chunk; with `finalize` in its command, make the file of it."""
    store = call.service.store
    upload = store.upload(call.request.query_params.get("upload_id", ""))
    if upload is None:
        raise ApiError(404, "The upload is not known.")
    call.notes["file"] = upload.name
    command = call.request.headers.get("x-goog-upload-command", "")
    if "query" in command:
        return _status_answer(upload)
    _check_offset(call, upload)
    upload = await _receive(call, upload)
    store.put_upload(upload)
    if "finalize" not in command:
        return _status_answer(upload)
    if upload.offset != upload.declared_bytes:
        raise ApiError(
            400,
            f"Upload has {upload.offset} bytes, {upload.declared_bytes} were announced.",
        )
    file = await run_in_threadpool(finalize, call, upload)
    return Response(
        orjson.dumps(
            {"file": file_resource(file, call.base_url, call.now)}, option=orjson.OPT_INDENT_2
        ),
        media_type="application/json; charset=UTF-8",
        headers={"X-Goog-Upload-Status": "final"},
    )


def _check_offset(call: Call, upload: Upload) -> None:
    if upload.file_name:
        raise ApiError(400, "The upload has already been finalized.")
    offset = _whole(call.request.headers.get("x-goog-upload-offset", ""))
    if offset != upload.offset:
        raise ApiError(
            400, f"Invalid upload offset {offset}: {upload.offset} bytes have been received."
        )


async def _receive(call: Call, upload: Upload) -> Upload:
    path = call.service.store.upload_path(upload.id)
    size = upload.offset
    # A chunk that a kill or a lost connection cut short left bytes behind: write over them.
    with path.open("r+b" if path.exists() else "w+b") as file:
        file.truncate(upload.offset)
        file.seek(upload.offset)
        async for piece in call.request.stream():
            size += len(piece)
            call.bytes_in += len(piece)
            if size > max(upload.declared_bytes, 0):
                raise ApiError(400, f"More than the {upload.declared_bytes} bytes announced.")
            file.write(piece)
            await asyncio.sleep(0)
    return dataclasses.replace(upload, offset=size)


def finalize(call: Call, upload: Upload) -> StoredFile:
    """Move the bytes to their place and add the file. Done again after a cut, it ends the same."""
    store = call.service.store
    path = store.upload_path(upload.id)
    digest = _sha256(path)
    file = StoredFile(
        name=upload.name,
        project=upload.project,
        version=upload.version,
        display_name=upload.display_name,
        mime_type=upload.mime_type,
        size_bytes=upload.offset,
        sha256=digest,
        created=call.now,
        expires=call.now + call.service.options.file_seconds,
    )
    with store.exclusive():
        if store.file(upload.project, upload.name, call.now):
            raise file_missing(upload.name)
        # A link, not a move: until the transaction ends, a kill leaves the upload as it was.
        target = store.file_path(upload.name)
        target.unlink(missing_ok=True)
        link_or_copy(path, target)
        store.put_file(file)
        store.put_upload(dataclasses.replace(upload, file_name=upload.name))
    path.unlink(missing_ok=True)
    return file


def link_or_copy(source: Path, target: Path) -> None:
    """Give a file a second name; a copy where the file system has no links."""
    try:
        os.link(source, target)
    except OSError:
        shutil.copyfile(source, target)


def _sha256(path: Path) -> str:
    digest = hashlib.sha256()
    with path.open("rb") as file:
        while piece := file.read(_READ_BYTES):
            digest.update(piece)
    return digest.hexdigest()


def _status_answer(upload: Upload) -> Response:
    return Response(
        headers={
            "X-Goog-Upload-Status": "final" if upload.file_name else "active",
            "X-Goog-Upload-Size-Received": str(upload.offset),
            "X-Goog-Upload-Chunk-Granularity": str(CHUNK_GRANULARITY),
        }
    )


def _start_body(body: bytes) -> dict[str, Any]:
    try:
        data = orjson.loads(body or b"{}")
    except orjson.JSONDecodeError as error:
        raise ApiError(400, f"Invalid JSON payload received. {error.msg}") from None
    file = data.get("file", {}) if isinstance(data, dict) else None
    if not isinstance(file, dict):
        raise ApiError(400, "Invalid JSON payload received. `file` is an object.")
    return file


def _good_name(name: str) -> bool:
    plain = name.replace("-", "")
    return len(name) <= 40 and plain.isascii() and plain.isalnum() and plain == plain.lower()


def _whole(text: str) -> int | None:
    return int(text) if text.isascii() and text.isdecimal() else None
