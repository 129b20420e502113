"""Everything that is wrong with a task folder, each thing with its file and line.

`parse_task` stops at the first fault. Here every file, and every table and key of it, is given to it alone
with a good rest, so that its rules are the only ones there are.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

from jsonschema import Draft202012Validator

from processor.core.context import CONTEXT_COPY
from processor.core.preflight_fields import snake
from processor.core.preflight_finding import PreflightFinding
from processor.core.task import TASK_FILES, Task
from processor.core.task_parser import parse_task
from processor.core.text_place import json_line, toml_line
from processor.core.toml_text import toml_text
from processor.errors import WrongUsage
from validation import DecodeError, ProfileError, load_profile, parse_exact

_ORIGIN = "@task"
NO_MODEL = "model"
"""The model of a task whose own is missing or wrong, while its other parts are looked at."""
_GOOD = {"name": "task", "model": NO_MODEL}
_SAID = re.compile(
    rf"{_ORIGIN}(?:/|: )?(?P<file>{'|'.join(map(re.escape, TASK_FILES))})?"
    r"(?:, line (?P<line>\d+))?[:\s]*(?P<message>.*)",
    re.DOTALL,
)
_AT_LINE = re.compile(r" \(at line (\d+), column \d+\)")


@dataclass(frozen=True, slots=True, kw_only=True)
class TaskFinding:
    """One thing that is wrong with a task, or may be unwise.

    Attributes:
        line: counted from 1; None where it is about the whole file, or no line is known.
        stops: whether a run would be refused.
    """

    file: str
    line: int | None
    message: str
    stops: bool = True

    def __str__(self) -> str:
        where = self.file if self.line is None else f"{self.file}, line {self.line}"
        return f"{where}: {self.message}"

    def as_json(self) -> dict[str, Any]:
        """The finding as JSON shows it."""
        return asdict(self)


def check_files(files: Mapping[str, bytes]) -> tuple[tuple[TaskFinding, ...], Task | None]:
    """All faults of a task's files, and the task of what is good in them, for preflight to look at."""
    good = {CONTEXT_COPY: files[CONTEXT_COPY]} if CONTEXT_COPY in files else {}
    found = [*_check_schema(files, good), *_check_fields(files, good)]
    for file in ("prompt.md", "system.md"):
        if file in files:
            found += _check_file(files, file, good)
    settings, faults = _check_settings(files, good)
    found += faults
    task = None
    # What is missing, and what goes wrong only together.
    for rest in ({"name": "task"}, {"model": NO_MODEL}, _GOOD):
        task, fault = _attempt({**rest, **settings}, good, files)
        if fault and fault.message not in {one.message for one in found}:
            found.append(fault)
    return tuple(found), task


def in_order(found: Iterable[TaskFinding]) -> tuple[TaskFinding, ...]:
    """The findings by file and line."""
    return tuple(sorted(found, key=lambda one: (TASK_FILES.index(one.file), one.line or 0)))


def place_finding(said: PreflightFinding, files: Mapping[str, bytes]) -> TaskFinding:
    """What preflight says of the request, said of the file and line it comes from."""
    file, *path = _file_path(said.path)
    text = _text(files, file)
    line = None
    if file == "schema.json" and text:
        line = json_line(text, [int(part) if part.isdecimal() else part for part in path])
    elif text:
        line = toml_line(text, path)
    return TaskFinding(file=file, line=line, message=said.message, stops=said.stops)


def _file_path(path: str) -> list[str]:
    parts = [part for part in re.split(r"[.\[\]]+", path) if part]
    match parts:
        case ["generationConfig", "responseSchema" | "responseJsonSchema", *inner]:
            return ["schema.json", *inner]
        case ["generationConfig", *inner]:
            return ["task.toml", "generation_config", *map(snake, inner)]
        case ["systemInstruction", *_]:
            return ["system.md"]
        case ["model" | "contents", *_]:
            return ["task.toml", *map(snake, parts)]
        case _:
            return ["task.toml", "request", *map(snake, parts)]


def _attempt(
    settings: Mapping[str, Any], others: Mapping[str, bytes], files: Mapping[str, bytes]
) -> tuple[Task | None, TaskFinding | None]:
    """The task of these settings and files, or what is wrong with it."""
    text = toml_text(settings).encode("utf-8", "surrogatepass")
    try:
        return parse_task({**others, "task.toml": text}, origin=_ORIGIN), None
    except WrongUsage as error:
        return None, _finding(error.message, files)


def _finding(message: str, files: Mapping[str, bytes], file: str = "task.toml") -> TaskFinding:
    match = _SAID.match(message)
    said, line = message, None
    if match:
        file, said = match["file"] or file, match["message"]
        line = int(match["line"]) if match["line"] else None
    if at := _AT_LINE.search(said):
        line, said = int(at[1]), _AT_LINE.sub("", said)
    if line is None and file in ("prompt.md", "system.md"):
        line = _line_of(said, _text(files, file) or "")
    return TaskFinding(file=file, line=line, message=said)


def _line_of(said: str, text: str) -> int | None:
    """The line of the `{{ name }}` that a message quotes."""
    quoted = re.search(r"\{\{ ([\w.]+) \}\}", said)
    at = re.search(rf"\{{[{{%][^}}]*\b{re.escape(quoted[1])}\b", text) if quoted else None
    return text.count("\n", 0, at.start()) + 1 if at else None


def _text(files: Mapping[str, bytes], file: str) -> str | None:
    try:
        return files[file].decode("utf-8-sig") if file in files else None
    except UnicodeDecodeError:
        return None


def _check_file(
    files: Mapping[str, bytes], file: str, good: dict[str, bytes]
) -> Iterator[TaskFinding]:
    """One file with a good rest; it joins the good ones, or is a finding."""
    _, fault = _attempt(_GOOD, {**good, file: files[file]}, files)
    if fault is None:
        good[file] = files[file]
    else:
        yield fault


def _check_schema(files: Mapping[str, bytes], good: dict[str, bytes]) -> Iterator[TaskFinding]:
    file = "schema.json"
    text = _text(files, file)
    if file not in files:
        return
    try:
        schema = parse_exact(text or "")
    except DecodeError as error:
        if text is None:
            yield from _check_file(files, file, good)
            return
        line = text.count("\n", 0, error.position) + 1 if error.position >= 0 else None
        yield TaskFinding(file=file, line=line, message=f"not JSON: {error}")
        return
    assert text is not None
    breaches = sorted(
        Draft202012Validator(Draft202012Validator.META_SCHEMA).iter_errors(schema),
        key=lambda breach: [str(part) for part in breach.absolute_path],
    )
    for breach in breaches:
        line = json_line(text, list(breach.absolute_path))
        yield TaskFinding(file=file, line=line, message=f"{breach.json_path}: {breach.message}")
    if not breaches:
        yield from _check_file(files, file, good)


def _check_fields(files: Mapping[str, bytes], good: dict[str, bytes]) -> Iterator[TaskFinding]:
    file = "fields.toml"
    text = _text(files, file)
    try:
        source = tomllib.loads(text or "")
    except tomllib.TOMLDecodeError:
        source = {}
    if not source:
        if file in files:
            yield from _check_file(files, file, good)
        return
    assert text is not None
    kept: dict[str, Any] = {}
    for path, value in _parts(source):
        fault = _profile_fault(_with(kept, path, value))
        if fault is None:
            kept = _with(kept, path, value)
            continue
        which = value[1] if path == ("relation",) and isinstance(value, tuple) else 1
        yield TaskFinding(file=file, line=toml_line(text, path, which=which), message=fault)
        stand_in = _with(kept, path, {"names": [path[-1]]})  # so that [require] may name it
        if path[0] == "fields" and _profile_fault(stand_in) is None:
            kept = stand_in
    good[file] = toml_text(kept).encode("utf-8", "surrogatepass")


def _parts(source: Mapping[str, Any]) -> Iterator[tuple[tuple[str, ...], Any]]:
    """The parts of a fields.toml, those that others refer to first; relations with their number."""
    for name in sorted(source, key=lambda name: (name != "fields", name == "relation")):
        value = source[name]
        if name in ("fields", "answer", "require") and isinstance(value, dict):
            yield from (((name, key), inner) for key, inner in value.items())
        elif name == "relation" and isinstance(value, list):
            yield from (((name,), (one, number)) for number, one in enumerate(value, 1))
        else:
            yield (name,), value


def _with(kept: Mapping[str, Any], path: Sequence[str], value: Any) -> dict[str, Any]:
    if len(path) == 2:
        return {**kept, path[0]: {**kept.get(path[0], {}), path[1]: value}}
    if isinstance(value, tuple):
        return {**kept, path[0]: [*kept.get(path[0], []), value[0]]}
    return {**kept, path[0]: value}


def _profile_fault(source: Mapping[str, Any]) -> str | None:
    try:
        load_profile(fields=source)
    except ProfileError as error:
        return str(error).removeprefix("fields.toml").lstrip(": ")
    return None


def _check_settings(
    files: Mapping[str, bytes], good: Mapping[str, bytes]
) -> tuple[dict[str, Any], list[TaskFinding]]:
    """The settings of task.toml that are good, and what is wrong with the others."""
    text = _text(files, "task.toml")
    try:
        source = tomllib.loads(text or "")
    except tomllib.TOMLDecodeError:
        source = {}
    if text is None or not source:
        try:
            parse_task({"task.toml": files.get("task.toml", b"")}, origin=_ORIGIN)
        except WrongUsage as error:
            return dict(_GOOD), [_finding(error.message, files)]
    kept: dict[str, Any] = {}
    found: list[TaskFinding] = []
    for key, value in source.items():
        fault = _attempt({**_GOOD, key: value}, good, files)[1]
        if fault is None:
            kept[key] = value
            continue
        inner = (
            {name: {name: one} for name, one in value.items()} if isinstance(value, dict) else {}
        )
        alone = {name: _attempt({**_GOOD, key: one}, good, files)[1] for name, one in inner.items()}
        faulty = {name: one for name, one in alone.items() if one}
        found += [_placed(one, text or "", (key, name)) for name, one in faulty.items()]
        if not faulty:
            found.append(_placed(fault, text or "", (key,)))
        if key in _GOOD:
            kept[key] = _GOOD[key]
    return kept, found


def _placed(fault: TaskFinding, text: str, path: Sequence[str]) -> TaskFinding:
    line = toml_line(text, path)
    return TaskFinding(file="task.toml", line=line, message=fault.message, stops=fault.stops)
