"""One result line: the answer to a request, with the faults that its row has."""

import hashlib
from typing import Any

import orjson

from sandbox.answers import Answer, write_answer
from sandbox.errors import message_for
from sandbox.faults.rows import Row, spoil_answer, spoil_lines, spoil_response
from sandbox.prompts import Prompt, read_prompt
from sandbox.references import References
from sandbox.tokens import count_tokens, cut_to_tokens

_THOUGHTS = {"minimal": 0, "low": 60, "medium": 180, "": 180, "high": 420}


def error_row(entry: dict[str, Any], code: int) -> tuple[list[bytes], int]:
    """The line of a request that failed, and 1."""
    line = {"error": {"code": code, "message": message_for(code)}} | _label(entry)
    if code == 1:
        # Rows that a cancellation left unserved came live with the bare code.
        line["error"] = {"code": code}
    return [orjson.dumps(line) + b"\n"], 1


def _label(entry: dict[str, Any]) -> dict[str, Any]:
    return {name: entry[name] for name in ("key", "metadata") if name in entry}


def answer_lines(
    line: bytes,
    model: str,
    seed: int,
    specs: tuple[str, ...],
    references: References | None = None,
) -> tuple[list[bytes], int]:
    """The result lines of one request line, and how many of its requests failed (0 or 1).

    The same line, model, seed and faults give the same bytes; of what a request refers to, the content
    counts, not the name.
    """
    entry = orjson.loads(line)
    request = entry["request"]
    cached = None
    if references is not None:
        if references.broken(request):
            return error_row(entry, 7)
        cached = references.cache(request)
        request = references.whole(request)
    prompt = read_prompt(request)
    if cached is not None:
        prompt = prompt.with_cached(orjson.loads(cached.content), cached.tokens)
    if not prompt.text and not prompt.attachments:
        return error_row(entry, 3)
    digest = hashlib.sha256(b"%d %s " % (seed, model.encode()) + orjson.dumps(request)).digest()
    answer = write_answer(prompt, digest)
    if not specs:
        response = _response(prompt, answer, model, digest)
        return [orjson.dumps({"response": response} | _label(entry)) + b"\n"], 0
    row = Row(
        specs=specs,
        number=int.from_bytes(digest[:4], "big"),
        limit=prompt.max_output_tokens,
        second=lambda: _second(prompt, answer, digest),
    )
    answer = spoil_answer(answer, row)
    response = spoil_response(_response(prompt, answer, model, digest), row)
    return spoil_lines({"response": response} | _label(entry), row)


def _second(prompt: Prompt, first: Answer, digest: bytes) -> str:
    other = write_answer(prompt, digest[::-1]).text
    return other if other != first.text else f"{other} "


def _response(prompt: Prompt, answer: Answer, model: str, digest: bytes) -> dict[str, Any]:
    limit = max(prompt.max_output_tokens, 0)
    thoughts = min(_thought_tokens(prompt, digest), limit)
    text = answer.text
    tokens = count_tokens(text)
    finish = "STOP"
    if thoughts + tokens > limit:
        text = cut_to_tokens(text, limit - thoughts)
        tokens = count_tokens(text)
        finish = "MAX_TOKENS"
    content: dict[str, Any] = {"role": "model"}
    if text or finish == "STOP":
        content = {"parts": [{"text": text}], "role": "model"}
    if thoughts and prompt.include_thoughts:
        content["parts"] = [_thought(), *content.get("parts", [])]
    usage: dict[str, Any] = {
        "promptTokenCount": prompt.tokens,
        "candidatesTokenCount": tokens,
        "totalTokenCount": prompt.tokens + tokens + thoughts,
        "promptTokensDetails": [{"modality": "TEXT", "tokenCount": prompt.tokens}],
        "thoughtsTokenCount": thoughts,
        # Live rows say so too, although they are billed at the batch price.
        "serviceTier": "STANDARD",
    }
    if prompt.cached_tokens:
        usage["cachedContentTokenCount"] = prompt.cached_tokens
    usage = {name: value for name, value in usage.items() if value != 0}
    candidate = {"content": content, "finishReason": finish, "index": 0}
    return {
        "candidates": [candidate],
        "usageMetadata": usage,
        "modelVersion": f"sandbox/{model}",
        "responseId": digest.hex()[:24],
    }


def _thought() -> dict[str, Any]:
    return {"text": "The item is read, then each field is filled from its words.", "thought": True}


def _thought_tokens(prompt: Prompt, digest: bytes) -> int:
    if prompt.thinking_budget is not None:
        budget = prompt.thinking_budget
        most = budget if budget >= 0 else _THOUGHTS[""]
    else:
        most = _THOUGHTS.get(prompt.thinking_level, _THOUGHTS[""])
    # Short limits are often set with little thought for thinking: keep it small against them.
    usual = min(most, max(_THOUGHTS["low"], prompt.max_output_tokens // 8))
    return min(most, usual * (64 + digest[0] % 128) // 192)
