"""What stands beside the prompt in a request: its names on the wire, and what would be refused."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from typing import Any

from processor.core.preflight_fields import snake, unknown_field, value_findings, wrong_value
from processor.core.preflight_finding import PreflightFinding, Rule, stop, warning
from processor.core.preflight_messages import MESSAGE_ENUMS, MESSAGES, REQUEST, VERTEX_FIELDS

_BILLED_APART = ("googleSearch", "googleSearchRetrieval", "googleMaps")
_CACHE = "cachedContents/"


def camel(name: str) -> str:
    """A field's name on the wire."""
    head, *rest = name.split("_")
    return head + "".join(part[:1].upper() + part[1:] for part in rest)


def as_on_wire(kind: str, value: Any) -> Any:
    """A value of this kind with the names of its fields as the wire has them; the user's own names stay.

    Law: doing it twice changes nothing, and values that are no names never change.
    """
    if kind.startswith("[") and isinstance(value, list):
        return [as_on_wire(kind[1:-1], one) for one in value]
    if not isinstance(value, Mapping):
        return value
    if kind.startswith("{"):
        return {name: as_on_wire(kind[1:-1], one) for name, one in value.items()}
    fields = REQUEST if kind == "Request" else MESSAGES.get(kind)
    if fields is None:
        return value
    named = ((camel(name), one) for name, one in value.items())
    return {name: as_on_wire(fields.get(name, "any"), one) for name, one in named}


def request_message_findings(
    request: Mapping[str, Any], extra: Collection[str] = ()
) -> Iterator[PreflightFinding]:
    """What the service would refuse in the messages beside the config, at any depth, and what is unwise.

    Args:
        request: by the names on the wire.
        extra: names that any of these messages may hold besides.
    """
    for name, kind in REQUEST.items():
        if name in request:
            yield from message_findings(request[name], kind, name, extra)
    yield from _cache_findings(request)
    if "serviceTier" in request:
        message = "`service_tier` is no matter of a batch job, which has its own. Take it out."
        yield stop(Rule.PARAMETER, "serviceTier", message)
    yield from _tool_findings(request)


def message_findings(
    value: Any, kind: str, path: str, extra: Collection[str] = ()
) -> Iterator[PreflightFinding]:
    """Unknown names and wrong values within ``value``, which stands at ``path``."""
    name = _name_at(path)
    if kind == "secret":
        message = (
            f"`{snake(name)}` at {path} would be kept in the task and in every request file, and keys "
            "are stored nowhere. Take it out."
        )
        yield stop(Rule.WRONG_VALUE, path, message)
    elif kind.startswith("["):
        yield from _list_findings(value, kind[1:-1], path, extra)
    elif kind.startswith("="):
        known = MESSAGE_ENUMS[kind[1:]]
        if not isinstance(value, str) or value.upper() not in known:
            yield wrong_value(path, name, " or ".join(sorted(known)), value)
    elif kind.startswith("{") or kind in MESSAGES:
        yield from _table_findings(value, kind, path, extra)
    else:
        yield from value_findings(path, name, value, kind)


def _list_findings(
    value: Any, kind: str, path: str, extra: Collection[str]
) -> Iterator[PreflightFinding]:
    if not isinstance(value, list):
        yield wrong_value(path, _name_at(path), "a list", value)
        return
    for number, one in enumerate(value):
        yield from message_findings(one, kind, f"{path}[{number}]", extra)


def _table_findings(
    value: Any, kind: str, path: str, extra: Collection[str]
) -> Iterator[PreflightFinding]:
    if not isinstance(value, Mapping):
        yield wrong_value(path, _name_at(path), "a table", value)
        return
    for name, one in value.items():
        within = kind[1:-1] if kind.startswith("{") else _kind_of(name, kind, extra)
        if within is None:
            yield _unknown(name, kind, path)
        else:
            yield from message_findings(one, within, f"{path}.{name}", extra)


def _name_at(path: str) -> str:
    return path.rpartition(".")[2].partition("[")[0]


def _kind_of(name: str, message: str, extra: Collection[str]) -> str | None:
    return MESSAGES[message].get(name, "any" if name in extra else None)


def _unknown(name: str, message: str, path: str) -> PreflightFinding:
    if name in VERTEX_FIELDS:
        said = f"`{snake(name)}` does not belong in {path}: only Vertex AI knows it. Take it out."
        return stop(Rule.UNKNOWN_FIELD, f"{path}.{name}", said)
    return unknown_field(name, f"{path}.", MESSAGES[message])


def _cache_findings(request: Mapping[str, Any]) -> Iterator[PreflightFinding]:
    cache = request.get("cachedContent")
    if isinstance(cache, str) and not (cache.startswith(_CACHE) and len(cache) > len(_CACHE)):
        yield wrong_value("cachedContent", "cachedContent", f"a name such as {_CACHE}abc123", cache)


def _tool_findings(request: Mapping[str, Any]) -> Iterator[PreflightFinding]:
    tools = request.get("tools")
    for number, tool in enumerate(tools if isinstance(tools, list) else ()):
        for name in tool if isinstance(tool, Mapping) else ():
            path = f"tools[{number}].{name}"
            if name == "functionDeclarations" and not _never_called(request):
                message = (
                    "Nobody carries out a function that the model calls, and an answer that is a call "
                    'is rejected. function_calling_config = { mode = "NONE" } forbids calls.'
                )
                yield warning(Rule.PARAMETER, path, message)
            elif name in _BILLED_APART:
                message = (
                    f"`{snake(name)}` may be billed for each search, besides the tokens: the "
                    "estimate, and --max-cost, are of tokens alone."
                )
                yield warning(Rule.PARAMETER, path, message)
            elif name == "mcpServers" and _sends_schema(request):
                # python-genai#2693, read 2026-11-21: every row failed with code 3, the job SUCCEEDED.
                message = "With a schema sent along, `mcp_servers` were seen to fail every request."
                yield warning(Rule.PARAMETER, path, message)


def _never_called(request: Mapping[str, Any]) -> bool:
    config = request.get("toolConfig")
    calling = config.get("functionCallingConfig") if isinstance(config, Mapping) else None
    return isinstance(calling, Mapping) and str(calling.get("mode")).upper() == "NONE"


def _sends_schema(request: Mapping[str, Any]) -> bool:
    config = request.get("generationConfig", {})
    return "responseSchema" in config or "responseJsonSchema" in config
