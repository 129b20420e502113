"""The task parser: a folder's files made a task, or refused with what to mend."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from typing import Any, Literal

from processor.core.after import parse_after
from processor.core.canary import Thresholds
from processor.core.context import CONTEXT_COPY, Context, parse_context
from processor.core.preflight_request import as_on_wire, camel
from processor.core.task import TASK_FILES, TASK_NAME_RULE, Task, is_task_name
from processor.core.template import MissingField, compile_template, render
from processor.errors import WrongUsage
from validation import DecodeError, Profile, ProfileError, load_profile, parse_exact
from validation.places import read_place

_SCHEMA_FIELDS = {"response_schema": "responseSchema", "response_json_schema": "responseJsonSchema"}
# Schemas keep their own spelling: their keys are not generation config fields.
_OPAQUE = {"responseSchema", "responseJsonSchema"}
_TOP = {
    "name": str,
    "description": str,
    "model": str,
    "accept_models": list,
    "input": dict,
    "generation_config": dict,
    "request": dict,
    "output": dict,
    "canary": dict,
    "after": dict,
    "summary": dict,
    "context": dict,
}
_INPUT = {"id": str, "parts": str, "attachments": str, "exclude": list}
_CONTEXT = {"file": str, "mode": str}
_CANARY = {"accepted_share": (int, float), "truncated_share": (int, float)}
_SUMMARY = {"group_by": list}
_NOT_IN_REQUEST = {
    "model": "`model` stands at the top of task.toml",
    "contents": "the prompt stands in prompt.md",
    "systemInstruction": "the system instruction stands in system.md",
    "generationConfig": "it is a table of its own, [generation_config]",
}
_OUTPUT = {"kind": str, "send_schema": (bool, str)}


def parse_task(
    files: Mapping[str, bytes], *, origin: str, model: str | None = None, sandbox: bool = False
) -> Task:
    """Make a task of a folder's files.

    Args:
        files: file name to bytes; names outside ``TASK_FILES`` and ``CONTEXT_COPY`` are left alone.
        origin: the folder as the user knows it, for messages.
        model: asked instead of the task's own.
        sandbox: whether ``sandbox/<model>`` may answer.

    Raises:
        WrongUsage: something in the folder is wrong; the message names the file and what to do.
    """
    settings = _settings(files, origin)
    name = settings["name"]
    if not is_task_name(name):
        raise WrongUsage(f"{origin}/task.toml: name = {name!r}: {TASK_NAME_RULE}")
    input_table = _checked(settings.get("input", {}), _INPUT, f"{origin}/task.toml [input]")
    output = _checked(settings.get("output", {}), _OUTPUT, f"{origin}/task.toml [output]")
    kind = output.get("kind", "json")
    if kind not in ("json", "text"):
        raise WrongUsage(f'{origin}/task.toml [output]: kind is "json" or "text", not {kind!r}.')
    schema = _schema(files, origin)
    config = {camel(k): _wire(k, v) for k, v in settings.get("generation_config", {}).items()}
    _add_schema(config, output.get("send_schema", False), schema, origin)
    model = (model or settings["model"]).removeprefix("models/")
    prompt_source = _text(files, "prompt.md", origin)
    return Task(
        name=name,
        description=settings.get("description", ""),
        model=model,
        accept_models=tuple(settings.get("accept_models", ())),
        id_field=input_table.get("id"),
        exclude=tuple(input_table.get("exclude", ())),
        parts_field=_parts_field(input_table, files, origin),
        attachments_field=input_table.get("attachments"),
        context=_context(settings, files, origin),
        generation_config=config,
        request=_request(settings, origin),
        kind=kind,
        prompt=compile_template(
            "{{ item }}" if prompt_source is None else prompt_source, file=f"{origin}/prompt.md"
        ),
        system=_system(files, schema, origin),
        schema=schema,
        profile=_profile(files, settings, model, config, kind, sandbox=sandbox, origin=origin),
        canary=Thresholds(
            **_checked(settings.get("canary", {}), _CANARY, f"{origin}/task.toml [canary]")
        ),
        after=parse_after(settings["after"], f"{origin}/task.toml [after]")
        if "after" in settings
        else None,
        group_by=_group_by(settings, origin),
        files={file: files[file] for file in (*TASK_FILES, CONTEXT_COPY) if file in files},
    )


def _settings(files: Mapping[str, bytes], origin: str) -> dict[str, Any]:
    text = _text(files, "task.toml", origin)
    if text is None:
        raise WrongUsage(
            f"{origin} is no task: it has no task.toml. `truebatch tasks` lists tasks."
        )
    try:
        settings = _checked(tomllib.loads(text), _TOP, f"{origin}/task.toml")
    except tomllib.TOMLDecodeError as error:
        raise WrongUsage(f"{origin}/task.toml: {error}.") from None
    for needed in ("name", "model"):
        if not settings.get(needed):
            raise WrongUsage(f"{origin}/task.toml: `{needed}` is missing.")
    return settings


def _checked(table: Mapping[str, Any], known: Mapping[str, Any], where: str) -> dict[str, Any]:
    for key, value in table.items():
        if key not in known:
            raise WrongUsage(f"{where}: unknown key `{key}`; known are {', '.join(sorted(known))}.")
        if not isinstance(value, known[key]):
            raise WrongUsage(f"{where}: `{key}` has the wrong type ({type(value).__name__}).")
    return dict(table)


def _request(settings: Mapping[str, Any], origin: str) -> dict[str, Any]:
    table: dict[str, Any] = as_on_wire("Request", settings.get("request", {}))
    for name, place in _NOT_IN_REQUEST.items():
        if name in table:
            raise WrongUsage(f"{origin}/task.toml [request]: {place}.")
    return table


def _parts_field(table: Mapping[str, Any], files: Mapping[str, bytes], origin: str) -> str | None:
    field: str | None = table.get("parts")
    if field is not None and "prompt.md" in files:
        raise WrongUsage(
            f"{origin}: [input] parts says that prompts are made of the items' {field!r}, and prompt.md "
            "that they are made of itself. Take one of them away."
        )
    return field


def _context(
    settings: Mapping[str, Any], files: Mapping[str, bytes], origin: str
) -> Context | None:
    where = f"{origin}/task.toml [context]"
    table = _checked(settings["context"], _CONTEXT, where) if "context" in settings else None
    if table is not None and not table.get("file"):
        raise WrongUsage(f"{where}: `file` is missing.")
    if table is not None and table["file"] in TASK_FILES:
        raise WrongUsage(f"{where}: {table['file']} is a file of the task itself.")
    context = parse_context(table, files.get(CONTEXT_COPY), where)
    if context is not None and "cachedContent" in as_on_wire(
        "Request", settings.get("request", {})
    ):
        raise WrongUsage(f"{where}: [request] cached_content names a cache already. Take one away.")
    return context


def _group_by(settings: Mapping[str, Any], origin: str) -> tuple[str, ...]:
    where = f"{origin}/task.toml [summary]"
    paths = _checked(settings.get("summary", {}), _SUMMARY, where).get("group_by", [])
    for path in paths:
        if not isinstance(path, str):
            raise WrongUsage(f"{where}: group_by is a list of field paths, and {path!r} is none.")
        try:
            read_place(path)
        except ValueError as error:
            raise WrongUsage(f"{where}: group_by: {error}.") from None
    return tuple(dict.fromkeys(paths))


def _text(files: Mapping[str, bytes], name: str, origin: str) -> str | None:
    if name not in files:
        return None
    try:
        return files[name].decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise WrongUsage(f"{origin}/{name} is not UTF-8 (byte {error.start}).") from None


def _schema(files: Mapping[str, bytes], origin: str) -> Any:
    text = _text(files, "schema.json", origin)
    if text is None:
        return None
    try:
        return parse_exact(text)
    except DecodeError as error:
        raise WrongUsage(f"{origin}/schema.json is not JSON: {error}") from None


def _system(files: Mapping[str, bytes], schema: Any, origin: str) -> str | None:
    source = _text(files, "system.md", origin)
    if source is None or not source.strip():
        return None
    file = f"{origin}/system.md"
    try:
        return render(compile_template(source, file=file), {"schema": schema})
    except MissingField as missing:
        raise WrongUsage(
            f"{file} uses {{{{ {missing.name} }}}}; the system instruction is the same for every "
            "item, so only {{ schema }} may stand in it."
        ) from None
    except ValueError as error:
        raise WrongUsage(f"{file}: {error}") from None


def _wire(name: str, value: Any) -> Any:
    if camel(name) in _OPAQUE:
        return value
    if isinstance(value, Mapping):
        return {camel(key): _wire(key, inner) for key, inner in value.items()}
    if isinstance(value, list):
        return [_wire(name, inner) for inner in value]
    return value


def _add_schema(config: dict[str, Any], send: bool | str, schema: Any, origin: str) -> None:
    if send is False:
        return
    field = _SCHEMA_FIELDS.get(str(send))
    if field is None:
        raise WrongUsage(
            f"{origin}/task.toml [output]: send_schema is false, "
            f'"response_schema" or "response_json_schema", not {send!r}.'
        )
    if schema is None:
        raise WrongUsage(f"{origin}: send_schema is set, and there is no schema.json to send.")
    config[field] = schema


def _profile(
    files: Mapping[str, bytes],
    settings: Mapping[str, Any],
    model: str,
    config: Mapping[str, Any],
    kind: Literal["json", "text"],
    *,
    sandbox: bool,
    origin: str,
) -> Profile:
    try:
        return load_profile(
            fields=_text(files, "fields.toml", origin),
            schema=_text(files, "schema.json", origin),
            kind=kind,
            model=model,
            accept_models=tuple(settings.get("accept_models", ())),
            sandbox=sandbox,
            max_output_tokens=config.get("maxOutputTokens"),
        )
    except ProfileError as error:
        raise WrongUsage(f"{origin}: {error}") from None
