"""Reading: the bodies of requests, as values or as files, with their digest."""

from __future__ import annotations

import hashlib
import secrets
from collections.abc import Iterable, Mapping
from contextlib import suppress
from http import HTTPStatus
from pathlib import Path
from typing import Any, TypeVar

from fastapi import Request
from pydantic import BaseModel, ValidationError

from processor.core.json_bytes import encode
from processor.effects.files import LocalFiles
from processor.rest.desk import Desk
from processor.rest.problems import Refused, in_words
from validation import DecodeError, parse_exact

Model = TypeVar("Model", bound=BaseModel)

_INCOMING = "incoming"
_CUT_AFTER_SECONDS = 3600.0
_BLOCK_BYTES = 1024 * 1024
_SMALL_BYTES = 64 * 1024  # read without another thread
ENDINGS = {
    "application/json": ".json",
    "application/x-ndjson": ".jsonl",
    "application/jsonl": ".jsonl",
    "text/csv": ".csv",
    "text/tab-separated-values": ".tsv",
}
"""What may be uploaded, and what the file is called for it."""


async def read_model(request: Request, desk: Desk, model: type[Model]) -> tuple[Model, str]:
    """The body as ``model``, and the digest of the request.

    It is decoded strictly: no key twice, no NaN.

    Raises:
        Refused: 415, it is no JSON by its type; 413, it is too large; 422, it is not what is asked.
    """
    if media_type(request) != "application/json":
        raise Refused(
            HTTPStatus.UNSUPPORTED_MEDIA_TYPE,
            "unsupported_media_type",
            "The body is application/json here; say so in Content-Type.",
        )
    content = await request.body()
    if len(content) <= _SMALL_BYTES:
        value = _decode(content, model)
    else:
        value = await desk.office.ask(lambda _: _decode(content, model))
    return value, _digest(request, hashlib.sha256(content).hexdigest())


async def read_upload(request: Request, desk: Desk) -> tuple[Path, str]:
    """The body as a file of its own, whose ending tells its format, and the digest of the request.

    A block of it is in memory at a time.

    Raises:
        Refused: 415, its type is none that can be read; 413, it is too large.
    """
    ending = ENDINGS.get(media_type(request))
    if ending is None:
        raise Refused(
            HTTPStatus.UNSUPPORTED_MEDIA_TYPE,
            "unsupported_media_type",
            f"Content-Type says what is uploaded: {', '.join(ENDINGS)}.",
        )
    path = new_file(desk, ending)
    sha256 = hashlib.sha256()
    pending = bytearray()
    try:
        async for piece in request.stream():
            pending += piece
            if len(pending) >= _BLOCK_BYTES:
                block, pending = bytes(pending), bytearray()
                await desk.office.ask(lambda _, block=block: _append(path, block, sha256))  # type: ignore[misc]
        await desk.office.ask(lambda _: _append(path, bytes(pending), sha256, last=True))
    except BaseException:
        path.unlink(missing_ok=True)
        raise
    return path, _digest(request, sha256.hexdigest())


def write_lines(desk: Desk, values: Iterable[Mapping[str, Any]]) -> Path:
    """A file with a line for each of ``values``, on the disk when this returns."""
    path = new_file(desk, ".jsonl")
    with LocalFiles().writing(path, durable=True) as file:
        for value in values:
            file.write(encode(value) + b"\n")
    return path


def new_file(desk: Desk, ending: str) -> Path:
    """A name that no file has, on the disk of the outputs: renaming moves it into its run."""
    folder = desk.layout.service / _INCOMING
    LocalFiles().make_folder(folder)
    return folder / f"{secrets.token_hex(12)}{ending}"


def remove_cut_uploads(desk: Desk) -> None:
    """Remove what clients were sending when a service was killed: files long not written to.

    Another service on the same folder may be taking uploads: each grows at least every few seconds.
    """
    oldest = desk.clock.now().timestamp() - _CUT_AFTER_SECONDS
    for path in (desk.layout.service / _INCOMING).glob("*"):
        with suppress(OSError):  # somebody else removed it, or will
            if path.stat().st_mtime < oldest:
                path.unlink()


def media_type(request: Request) -> str:
    """The body's type, without its parameters."""
    return request.headers.get("content-type", "").partition(";")[0].strip().lower()


def _decode(content: bytes, model: type[Model]) -> Model:
    try:
        return model.model_validate(parse_exact(content))
    except DecodeError as error:
        raise Refused(
            HTTPStatus.UNPROCESSABLE_ENTITY, "invalid_json", f"The body is no JSON: {error}."
        ) from None
    except ValidationError as error:
        raise Refused(
            HTTPStatus.UNPROCESSABLE_ENTITY, "invalid_request", in_words(error.errors())
        ) from None


def _append(path: Path, block: bytes, sha256: Any, *, last: bool = False) -> None:
    LocalFiles().append(path, block, durable=last)
    sha256.update(block)


def _digest(request: Request, body: str) -> str:
    target = f"{request.method} {request.url.path}?{request.url.query} {media_type(request)} {body}"
    return hashlib.sha256(target.encode()).hexdigest()
