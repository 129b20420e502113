"""Forms of our own pages: what they carry, told from what others' pages would send."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from http import HTTPStatus
from pathlib import Path
from typing import Annotated

from fastapi import Request
from pydantic import AfterValidator, BaseModel, ConfigDict, Field, ValidationError
from starlette.datastructures import UploadFile

from processor.core.html_page import Served
from processor.effects.files import LocalFiles
from processor.rest.bodies import ModelName, RunName, TaskName
from processor.rest.desk import Desk
from processor.rest.problems import Refused
from processor.rest.reading import new_file
from processor.rest.sessions import COOKIE
from validation import DecodeError, parse_exact

_ENDINGS = {name: name for name in (".json", ".jsonl", ".csv", ".tsv")} | {".ndjson": ".jsonl"}
_MOST_FIELDS = 20


class NewRun(BaseModel):
    """What the form for a new run asks; what is left empty is not given."""

    model_config = ConfigDict(extra="ignore")
    task: TaskName
    run: RunName | None = None
    model: ModelName | None = None
    max_cost: Annotated[float, Field(ge=0, le=1e9, allow_inf_nan=False)] | None = None
    key: Annotated[str, AfterValidator(lambda text: text[:128])] = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Filled:
    """A form as it came.

    Attributes:
        texts: its fields, without those left empty.
        file: the file that was chosen, and its name; None when none was.
    """

    texts: Mapping[str, str]
    file: tuple[str, bytes] | None


async def read_form(request: Request, desk: Desk) -> Filled:
    """The form that was sent.

    Raises:
        Refused: 403, it is none of ours, or of before the service was started.
    """
    most = desk.settings.max_json
    async with request.form(max_files=1, max_fields=_MOST_FIELDS, max_part_size=most) as form:
        texts = {name: value for name, value in form.items() if isinstance(value, str) and value}
        given = texts.pop("form_token", "")
        if not desk.sessions.is_form_token(given, request.state.caller):
            raise Refused(
                HTTPStatus.FORBIDDEN,
                "form_token",
                "This form is none of this service's, or older than its last start: load the page anew.",
            )
        upload = form.get("file")
        file = None
        if isinstance(upload, UploadFile) and upload.filename:
            file = (upload.filename, await upload.read())
    return Filled(texts=texts, file=file)


def served(request: Request, desk: Desk, notice: str = "") -> Served:
    """What every page for this caller has."""
    return Served(
        form_token=desk.sessions.form_token(request.state.caller),
        logged_in=desk.sessions.owner(request.cookies.get(COOKIE)) is not None,
        notice=notice,
    )


def new_run(filled: Filled) -> NewRun:
    """What the form for a new run says.

    Raises:
        Refused: 422, a field is wrong.
    """
    try:
        return NewRun.model_validate(dict(filled.texts))
    except ValidationError as error:
        told = (f"{one['loc'][0]}: {one['msg']}" for one in error.errors())
        raise _wrong("; ".join(told)) from None


def write_items(desk: Desk, filled: Filled) -> Path:
    """The items of a form, as a file that a run can take.

    Raises:
        Refused: 422, there are none, or the file's name says nothing of its format.
    """
    typed = filled.texts.get("items", "").strip()
    if (filled.file is None) == (not typed):
        raise _wrong("Items are typed in, or come in a file: one of the two.")
    if filled.file is not None:
        name, content = filled.file
        ending = _ENDINGS.get(Path(name).suffix.lower())
        if ending is None:
            raise _wrong(
                "The file's name ends with .json, .jsonl, .csv or .tsv: that is its format."
            )
    else:
        ending, content = _typed(typed)
    path = new_file(desk, ending)
    with LocalFiles().writing(path, durable=True) as file:
        file.write(content)
    return path


def digest(filled: Filled) -> str:
    """Of all that the form says: the same form twice is one run, another one is another."""
    sha256 = hashlib.sha256(json.dumps(dict(filled.texts), sort_keys=True).encode())
    for part in filled.file or ():
        sha256.update(part if isinstance(part, bytes) else part.encode())
    return sha256.hexdigest()


def _typed(text: str) -> tuple[str, bytes]:
    """A list, one object over several lines, or lines."""
    if text.startswith("["):
        return ".json", text.encode()
    try:
        value = parse_exact(text)
    except DecodeError:
        return ".jsonl", text.encode()
    return ".jsonl", json.dumps(value, ensure_ascii=False).encode()


def _wrong(message: str) -> Refused:
    return Refused(HTTPStatus.UNPROCESSABLE_ENTITY, "invalid_request", message)
