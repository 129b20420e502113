"""What a GenerateContentResponse holds of an answer, taken out without judging it."""

from __future__ import annotations

from typing import NamedTuple

from validation.verdict import Usage


class Response(NamedTuple):
    """The parts of a response that judging looks at.

    Attributes:
        candidates: How many there are; -1 where that cannot be told.
        text: The first candidate's text without its thoughts; None: there is none.
        part: The part that holds all of the text, where one does.
        thoughts: Whether there are thoughts.
        other_parts: Whether there are parts that are neither text nor thoughts.
        usage: Tokens; None where none are stated.
        model_version: What the service says answered.
        finish_reason: Why the model stopped, verbatim.
    """

    candidates: int
    text: str | None
    part: dict[str, object] | None
    thoughts: bool
    other_parts: bool
    usage: Usage | None
    model_version: str | None
    finish_reason: str | None


def read_response(response: dict[str, object]) -> Response:
    """Take a response apart, whatever it looks like. Never raises.

    Source: v1beta Discovery document of the Generative Language API, GenerateContentResponse, in
    the copy of tryAGI/Google_Generative_AI of 2026-08-22.
    """
    count, first = _first(response.get("candidates"))
    content = first.get("content")
    parts = content.get("parts") if isinstance(content, dict) else None
    text, part, thoughts, other = _text(parts)
    reason = first.get("finishReason")
    version = response.get("modelVersion")
    return Response(
        count,
        text,
        part,
        thoughts,
        other,
        _usage(response.get("usageMetadata")),
        version if type(version) is str else None,
        reason if type(reason) is str else None,
    )


def _text(parts: object) -> tuple[str | None, dict[str, object] | None, bool, bool]:
    """Return the text, the part that holds all of it, and whether thoughts and others are there."""
    if type(parts) is not list:
        return None, None, False, False
    if len(parts) == 1 and type(parts[0]) is dict and "thought" not in parts[0]:
        text = parts[0].get("text")
        if type(text) is str:
            return text, parts[0], False, False
    spoken: list[dict[str, object]] = []
    thoughts = other = False
    for part in parts:
        if type(part) is dict and part.get("thought"):
            thoughts = True
        elif type(part) is dict and type(part.get("text")) is str:
            spoken.append(part)
        else:
            other = True
    whole = "".join([str(part["text"]) for part in spoken]) if spoken else None
    return whole, spoken[0] if len(spoken) == 1 else None, thoughts, other


def _first(candidates: object) -> tuple[int, dict[str, object]]:
    if type(candidates) is list and candidates:
        first = candidates[0]
        return (len(candidates), first) if type(first) is dict else (-1, {})
    return (0, {}) if candidates is None or candidates == [] else (-1, {})


def _usage(metadata: object) -> Usage | None:
    if type(metadata) is not dict:
        return None
    get = metadata.get
    prompt, output = get("promptTokenCount", 0), get("candidatesTokenCount", 0)
    cached, thoughts = get("cachedContentTokenCount", 0), get("thoughtsTokenCount", 0)
    if type(prompt) is type(output) is type(cached) is type(thoughts) is int:
        return Usage(prompt, cached, output, thoughts)
    return Usage(_tokens(prompt), _tokens(cached), _tokens(output), _tokens(thoughts))


def _tokens(count: object) -> int:
    """Return a count that may be null, or a string as JSON has int64 in protocol buffers."""
    if type(count) is int:
        return max(count, 0)
    if type(count) is str and count.isascii() and count.isdigit() and len(count) < 19:
        return int(count)
    return 0
