"""Making tasks: a new folder, the prompt of one item, a schema from examples."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import orjson

from processor.api.contexts import attaching
from processor.core.infer_schema import infer_schema as infer
from processor.core.item import Item
from processor.core.request import RequestMaker
from processor.core.task import Task
from processor.core.task_parser import parse_task
from processor.core.tokens import context_tokens, estimator_for
from processor.effects.tasks import find_task, read_task_files, write_new_task
from processor.errors import BadInput
from processor.steps.load import find, load
from validation import DecodeError, parse_exact

_LINES = (".jsonl", ".ndjson")


@dataclass(frozen=True, slots=True, kw_only=True)
class Preview:
    """One item's request, as it would be sent.

    Attributes:
        prompt: its text; of several parts, their texts.
        attachments: ``{"path", "mime_type", "size_bytes", "tokens"}`` of each file that goes along.
        context: the file of the context that all items share; the plan says how it is sent.
        line_bytes: of its line in the request file, without the context.
        tokens: of its input with all of these, estimated; nobody was asked.
    """

    task: str
    item_id: str
    source: str
    prompt: str
    system: str | None
    attachments: tuple[Mapping[str, Any], ...]
    context: str | None
    context_tokens: int
    line_bytes: int
    tokens: int

    def as_json(self) -> dict[str, Any]:
        """The preview as JSON shows it."""
        return asdict(self)


def new_task(name: str, *, folder: str | Path = ".") -> Path:
    """Write ``folder/name``: the five files of a task, each with comments, ready to be run as they are.

    Raises:
        WrongUsage: it is no name for a task, or there is a task or file of that name.
    """
    return write_new_task(name, Path(folder))


def preview(task: str, item: str, *, inputs: Sequence[str] = ("inputs",)) -> Preview:
    """The request of one item.

    Args:
        task: a name or a folder.
        item: a file, whose first item is taken; else an id among the items of ``inputs``.

    Raises:
        BadInput: there is no such item, or it lacks a field that the prompt uses.
    """
    folder = find_task(task)
    parsed = parse_task(read_task_files(folder), origin=str(folder))
    found = _find_item(parsed, item, inputs)
    attach = attaching(parsed, {})
    attached = attach(found) if attach is not None else ()
    request = RequestMaker(parsed).make(found, attached)
    context = context_tokens(parsed)
    own = estimator_for(parsed).tokens(request.prompt) + request.media_tokens
    return Preview(
        task=parsed.name,
        item_id=found.id,
        source=found.source,
        prompt=orjson.loads(request.prompt),
        system=parsed.system,
        attachments=tuple(
            {
                "path": str(one.path),
                "mime_type": one.mime_type,
                "size_bytes": one.size_bytes,
                "tokens": one.tokens,
            }
            for one in attached
        ),
        context=parsed.context.name if parsed.context else None,
        context_tokens=context,
        line_bytes=len(request.line),
        tokens=own + context,
    )


def infer_schema(paths: Sequence[str]) -> dict[str, Any]:
    """A JSON Schema that the examples in ``paths`` satisfy: see ``core.infer_schema``.

    Args:
        paths: files, folders or globs. A JSON file holds one example, or an array of them; a JSONL file
            one in each line.

    Raises:
        BadInput: one cannot be read, or there is none.
    """
    try:
        return infer(_examples(find(list(paths), ()).files))
    except ValueError as error:
        raise BadInput(f"{', '.join(paths)}: {error}.") from None


def _find_item(task: Task, wanted: str, inputs: Sequence[str]) -> Item:
    if Path(wanted).is_file():
        return next(load([Path(wanted)], id_field=task.id_field, with_folder=True))
    found = find(list(inputs), task.exclude)
    for item in load(found.files, id_field=task.id_field, with_folder=True):
        if item.id == wanted:
            return item
    raise BadInput(
        f"No item {wanted!r} in {', '.join(inputs)} ({found.line()}), and no file of that name. "
        "--inputs says where to look."
    )


def _examples(files: Sequence[Path]) -> Iterator[object]:
    for path in files:
        try:
            content = path.read_bytes()
        except OSError as error:
            raise BadInput(f"{path}: cannot be read: {error.strerror or error}.") from None
        if path.suffix.lower() in _LINES:
            for number, line in enumerate(content.split(b"\n"), 1):
                if line.strip():
                    yield _decoded(line.strip(), f"{path}, line {number}")
            continue
        value = _decoded(content, str(path))
        if isinstance(value, list):
            yield from value
        else:
            yield value


def _decoded(content: bytes, source: str) -> object:
    try:
        return parse_exact(content)
    except DecodeError as error:
        raise BadInput(f"{source}: not JSON: {error}") from None
