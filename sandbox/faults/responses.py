"""Faults of the response: GenerateContentResponse as it comes when something is wrong."""

import copy
from collections.abc import Callable
from typing import Any

from sandbox.tokens import count_tokens

REROUTED_MODEL = "gemini-3.8-flash"
_KEPT_SHARE = 0.6

Response = dict[str, Any]


def response_text(response: Response) -> str:
    """The text of the first candidate, thoughts left out."""
    parts = response["candidates"][0].get("content", {}).get("parts", [])
    return "".join(part["text"] for part in parts if "text" in part and not part.get("thought"))


def with_text(response: Response, text: str) -> Response:
    """The response with another text in its first candidate."""
    candidate = response["candidates"][0]
    content = {"parts": [{"text": text}], "role": "model"}
    return response | {"candidates": [candidate | {"content": content}]}


def _finish(response: Response, reason: str) -> Response:
    return response | {"candidates": [response["candidates"][0] | {"finishReason": reason}]}


def _usage(response: Response, *, output: int, thoughts: int) -> Response:
    usage = response.get("usageMetadata")
    if usage is None:
        return response
    prompt = usage.get("promptTokenCount", 0)
    counts = {
        "candidatesTokenCount": output,
        "thoughtsTokenCount": thoughts,
        "totalTokenCount": prompt + output + thoughts,
    }
    kept = {name: value for name, value in usage.items() if name not in counts}
    return response | {"usageMetadata": kept | {k: v for k, v in counts.items() if v}}


def _cut(response: Response) -> Response:
    text = response_text(response)
    return with_text(response, text[: int(len(text) * _KEPT_SHARE)])


def truncated(response: Response, _: str, limit: int) -> Response:
    """Cut at the output limit, which thoughts have used up for the most part."""
    cut = _finish(_cut(response), "MAX_TOKENS")
    output = count_tokens(response_text(cut))
    return _usage(cut, output=output, thoughts=max(limit - output, 0))


def truncated_stop(response: Response, _: str, __: int) -> Response:
    """Cut, and nothing says so."""
    return _cut(response)


def continuation(response: Response, _: str, __: int) -> Response:
    """Cut, to be gone on with."""
    return _finish(_cut(response), "CONTINUATION") | {"continuationToken": "c2FuZGJveA=="}


def blocked_prompt(response: Response, value: str, _: int) -> Response:
    """The prompt is refused: feedback, and no candidate."""
    blocked = {key: inner for key, inner in response.items() if key != "candidates"}
    blocked = {"promptFeedback": {"blockReason": value or "SAFETY"}} | blocked
    return _usage(blocked, output=0, thoughts=0)


def blocked_candidate(response: Response, value: str, _: int) -> Response:
    """The answer is refused: a finish reason, and no content."""
    reason = value or "SAFETY"
    candidate: dict[str, Any] = {"finishReason": reason, "index": 0}
    if reason == "SAFETY":
        rating = {"category": "HARM_CATEGORY_DANGEROUS_CONTENT", "probability": "HIGH"}
        candidate["safetyRatings"] = [rating | {"blocked": True}]
    return _usage(response | {"candidates": [candidate]}, output=0, thoughts=64)


def thoughts_only(response: Response, _: str, limit: int) -> Response:
    """All of the output limit went into thoughts."""
    candidate = {"content": {"role": "model"}, "finishReason": "MAX_TOKENS", "index": 0}
    return _usage(response | {"candidates": [candidate]}, output=0, thoughts=limit)


def empty_text(response: Response, _: str, __: int) -> Response:
    """STOP, and nothing said."""
    return _usage(with_text(response, ""), output=0, thoughts=64)


def several_candidates(response: Response, _: str, __: int) -> Response:
    """Two candidates, although one was asked for."""
    first = response["candidates"][0]
    return response | {"candidates": [first, copy.deepcopy(first) | {"index": 1}]}


def several_parts(response: Response, _: str, __: int) -> Response:
    """The text in three parts."""
    text = response_text(response)
    step = max(len(text) // 3, 1)
    pieces = [text[:step], text[step : 2 * step], text[2 * step :]]
    content = {"parts": [{"text": piece} for piece in pieces if piece], "role": "model"}
    return response | {"candidates": [response["candidates"][0] | {"content": content}]}


def thought_parts(response: Response, _: str, __: int) -> Response:
    """A thought before the text."""
    candidate = response["candidates"][0]
    content = candidate.get("content", {"role": "model"})
    thought = {"text": 'Perhaps {"draft": true} will do.', "thought": True}
    content = content | {"parts": [thought, *content.get("parts", [])]}
    return response | {"candidates": [candidate | {"content": content}]}


def _without(name: str) -> Callable[[Response, str, int], Response]:
    def drop(response: Response, _: str, __: int) -> Response:
        return {key: value for key, value in response.items() if key != name}

    return drop


def rerouted(response: Response, value: str, _: int) -> Response:
    """Another model answered."""
    return response | {"modelVersion": f"sandbox/{value or REROUTED_MODEL}"}


def _answered(
    change: Callable[[Response, str, int], Response],
) -> Callable[[Response, str, int], Response]:
    """Leaves a response without text as it is: an earlier fault has taken it away."""

    def careful(response: Response, value: str, limit: int) -> Response:
        if not response.get("candidates"):
            return response
        return change(response, value, limit)

    return careful


RESPONSE_FAULTS: dict[str, Callable[[Response, str, int], Response]] = {
    "truncated": _answered(truncated),
    "truncated_stop": _answered(truncated_stop),
    "continuation": _answered(continuation),
    "blocked_prompt": blocked_prompt,
    "blocked_candidate": _answered(blocked_candidate),
    "thoughts_only": _answered(thoughts_only),
    "empty_text": _answered(empty_text),
    "several_candidates": _answered(several_candidates),
    "several_parts": _answered(several_parts),
    "thought_parts": _answered(thought_parts),
    "no_usage": _without("usageMetadata"),
    "no_model_version": _without("modelVersion"),
    "rerouted": rerouted,
}
