"""The fields of a request that the service knows: an unknown one fails the whole job."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator, Mapping
from difflib import get_close_matches
from typing import Any, Final

from processor.core.preflight_finding import PreflightFinding, Rule, stop

# The tables are google-genai 3.4.0's: what its config's fields become on the Developer API's wire. A test
# makes them again from the installed SDK and compares; importing it here would cost half a second.
REQUEST_FIELDS: Final = frozenset(
    [
        "cachedContent", "contents", "continuationToken", "labels", "model", "safetySettings",
        "serviceTier", "store", "systemInstruction", "toolConfig", "tools",
    ]
)  # fmt: skip
GENERATION_CONFIG: Final[Mapping[str, str]] = {
    "audioTranscriptionConfig": "any",
    "candidateCount": "integer",
    "enableEnhancedCivicAnswers": "boolean",
    "frequencyPenalty": "number",
    "imageConfig": "any",
    "logprobs": "integer",
    "maxOutputTokens": "integer",
    "mediaResolution": "enum",
    "presencePenalty": "number",
    "responseJsonSchema": "any",
    "responseLogprobs": "boolean",
    "responseMimeType": "string",
    "responseModalities": "strings",
    "responseSchema": "any",
    "seed": "integer",
    "speechConfig": "any",
    "stopSequences": "strings",
    "temperature": "number",
    "thinkingConfig": "any",
    "topK": "number",
    "topP": "number",
}
BESIDES_SDK: Final[Mapping[str, str]] = {"responseFormat": "any"}
"""Known to the service, not to the SDK's config.

Source: v1beta Discovery document of August 2026 (as tryAGI/Google_Generative_AI generates code from
it), read 2026-11-22."""
THINKING_CONFIG: Final[Mapping[str, str]] = {
    "includeThoughts": "boolean",
    "thinkingBudget": "integer",
    "thinkingLevel": "enum",
}
VERTEX_ONLY: Final = frozenset(
    [
        "audioTimestamp", "generationOutputConfig", "modelArmorConfig", "modelSelectionConfig",
        "routingConfig",
    ]
)  # fmt: skip
SDK_ONLY: Final = frozenset(
    [
        "automaticContinuation", "automaticFunctionCalling", "httpOptions",
        "shouldReturnHttpResponse",
    ]
)  # fmt: skip
ENUMS: Final[Mapping[str, frozenset[str]]] = {
    "mediaResolution": frozenset(
        [
            "MEDIA_RESOLUTION_UNSPECIFIED", "MEDIA_RESOLUTION_LOW", "MEDIA_RESOLUTION_MEDIUM",
            "MEDIA_RESOLUTION_HIGH",
        ]
    ),
    "thinkingLevel": frozenset(
        ["THINKING_LEVEL_UNSPECIFIED", "MINIMAL", "LOW", "MEDIUM", "HIGH", "XHIGH"]
    ),
}  # fmt: skip
# What people write who come from other APIs; names too far from the right one to be guessed.
_FOREIGN = {
    "maxTokens": "maxOutputTokens",
    "maxCompletionTokens": "maxOutputTokens",
    "n": "candidateCount",
    "stop": "stopSequences",
    "jsonSchema": "responseJsonSchema",
    "reasoningEffort": "thinkingConfig",
}
_TOKENS = re.compile(r"-?\d+")


def field_findings(
    request: Mapping[str, Any], extra: Collection[str] = ()
) -> Iterator[PreflightFinding]:
    """Fields of a request that are unknown, in the wrong place, or hold a wrong value.

    Args:
        request: by the names on the wire.
        extra: more names that generationConfig may hold.
    """
    for name in request:
        if name in (*REQUEST_FIELDS, "generationConfig"):
            continue
        if name in GENERATION_CONFIG:
            cure = f"it belongs in generationConfig: [generation_config] {snake(name)}."
            yield stop(Rule.MISPLACED_FIELD, name, f"`{snake(name)}` is in the wrong place: {cure}")
        else:
            yield unknown_field(name, "", REQUEST_FIELDS)
    config = request.get("generationConfig", {})
    known = {**GENERATION_CONFIG, **BESIDES_SDK, **dict.fromkeys(extra, "any")}
    for name, value in config.items():
        path = f"generationConfig.{name}"
        if name in known:
            yield from value_findings(path, name, value, known[name])
        else:
            yield _not_in_config(name, path, known)
    thinking = config.get("thinkingConfig", {})
    if not isinstance(thinking, Mapping):
        yield wrong_value("generationConfig.thinkingConfig", "thinkingConfig", "a table", thinking)
        return
    for name, value in thinking.items():
        path = f"generationConfig.thinkingConfig.{name}"
        if name in THINKING_CONFIG:
            yield from value_findings(path, name, value, THINKING_CONFIG[name])
        else:
            yield unknown_field(name, "generationConfig.thinkingConfig.", THINKING_CONFIG)


def snake(name: str) -> str:
    """A field's name as task.toml writes it."""
    return re.sub(r"(?<=[a-z0-9])([A-Z])", r"_\1", name).lower()


def _not_in_config(name: str, path: str, known: Collection[str]) -> PreflightFinding:
    said = f"`{snake(name)}` does not belong in [generation_config]: "
    if name in REQUEST_FIELDS:
        cure = f"it stands beside it, in the request: [request] {snake(name)}."
        return stop(Rule.MISPLACED_FIELD, path, said + cure)
    if name in THINKING_CONFIG:
        cure = f"thinking_config = {{ {snake(name)} = … }} is its place."
        return stop(Rule.MISPLACED_FIELD, path, said + cure)
    if name in VERTEX_ONLY:
        return stop(Rule.UNKNOWN_FIELD, path, f"{said}only Vertex AI knows it. Take it out.")
    if name in SDK_ONLY:
        message = f"{said}it is the Python SDK's own, and never sent. Take it out."
        return stop(Rule.UNKNOWN_FIELD, path, message)
    return unknown_field(name, "generationConfig.", known)


def unknown_field(name: str, within: str, known: Collection[str]) -> PreflightFinding:
    """Said of a name that ``within``, a path that ends with a dot, does not hold."""
    near = _FOREIGN.get(name) or _similar(name, known)
    cure = f"Do you mean `{snake(near)}`?" if near else "Take it out."
    if within == "generationConfig.":
        cure += " (Is it newer than this program? A --models FILE may list it in `extra_fields`.)"
    return stop(
        Rule.UNKNOWN_FIELD,
        within + name,
        f"The API knows no `{snake(name)}` there, and refuses a whole job for one. {cure}",
    )


def _similar(name: str, known: Collection[str]) -> str | None:
    near = get_close_matches(name, known, n=1)
    near += [other for other in known if len(name) > 3 and name.lower() in other.lower()]
    return next(iter(near), None)


def value_findings(path: str, name: str, value: Any, kind: str) -> Iterator[PreflightFinding]:
    """What is wrong with a plain value of this kind."""
    if kind == "enum" and not _is_enum(name, value):
        yield wrong_value(path, name, " or ".join(sorted(ENUMS[name])), value)
    elif kind in _KINDS and not _KINDS[kind][1](value):
        yield wrong_value(path, name, _KINDS[kind][0], value)


def _is_enum(name: str, value: Any) -> bool:
    # The names are in capitals; Google's own samples write thinking levels in lower case too.
    return isinstance(value, str) and value.upper() in ENUMS[name]


def is_integer(value: Any) -> bool:
    """What the wire takes for a whole number: also 5.0 and "5"."""
    if isinstance(value, str):
        return bool(_TOKENS.fullmatch(value))
    return not isinstance(value, bool) and (
        isinstance(value, int) or (isinstance(value, float) and value.is_integer())
    )


def _is_number(value: Any) -> bool:
    return is_integer(value) or isinstance(value, float)


def _is_strings(value: Any) -> bool:
    return isinstance(value, list) and all(isinstance(one, str) for one in value)


_KINDS: Final = {
    "integer": ("a whole number", is_integer),
    "number": ("a number", _is_number),
    "boolean": ("true or false", lambda value: isinstance(value, bool)),
    "string": ("a text", lambda value: isinstance(value, str)),
    "strings": ("a list of texts", _is_strings),
}


def wrong_value(path: str, name: str, wanted: str, value: Any) -> PreflightFinding:
    """Said of a value that is not what is wanted there."""
    return stop(Rule.WRONG_VALUE, path, f"`{snake(name)}` is {wanted}, not {value!r}.")
