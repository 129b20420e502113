"""The envelope around an answer: the line, errors, blocks, the finish reason, the model."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import NamedTuple, NoReturn

import orjson

from validation.decode import DecodeError, parse_exact
from validation.finding import Finding, encodable, excerpt, finding
from validation.judging import validate
from validation.profile import Profile
from validation.rules import RULES, Effect, finish_rule
from validation.verdict import Judgement, Line, Outcome, Usage, Verdict

# google.rpc.Code. Source: googleapis/googleapis, google/rpc/code.proto, read 2026-11-22.
_CODE_NAMES = [
    "OK",
    "CANCELLED",
    "UNKNOWN",
    "INVALID_ARGUMENT",
    "DEADLINE_EXCEEDED",
    "NOT_FOUND",
    "ALREADY_EXISTS",
    "PERMISSION_DENIED",
    "RESOURCE_EXHAUSTED",
    "FAILED_PRECONDITION",
    "ABORTED",
    "OUT_OF_RANGE",
    "UNIMPLEMENTED",
    "INTERNAL",
    "UNAVAILABLE",
    "DATA_LOSS",
    "UNAUTHENTICATED",
]


def read_line(line: bytes) -> Line:
    """Read one line of a result file. Never raises.

    A blank line gives a `Line` of nothing; one that cannot be read, or has no key of its own, a
    finding and no key. Both shapes of the API are known: `{"key", "response" | "error"}` of
    files, and `{"metadata": {"key"}, …}` of inline results.
    """
    try:
        body = orjson.loads(line)
    except orjson.JSONDecodeError:
        return _read_odd_line(line)
    if type(body) is not dict:
        return _unreadable("the line is no JSON object")
    key = body.get("key")
    if type(key) is not str or not key or "metadata" in body:
        return _read_key(body, line)
    return Line(key, body, (), line)


def _read_odd_line(line: bytes) -> Line:
    """Read a line that orjson refuses: blank, with a BOM, or with half a character in a text.

    Half a character spoils one text, not the line: the item is found and its text refused.
    """
    stripped = line.removeprefix(b"\xef\xbb\xbf").strip()
    if not stripped:
        return Line(None, None)
    try:
        body = json.loads(stripped.decode("utf-8"), parse_constant=_refuse)
    except (ValueError, RecursionError) as error:
        return _unreadable(f"the line cannot be read: {error}")
    if not isinstance(body, dict):
        return _unreadable("the line is no JSON object")
    return _read_key(body, stripped)


def _refuse(constant: str) -> NoReturn:
    raise ValueError(f"{constant} is no JSON")


def _read_key(body: dict[str, object], raw: bytes) -> Line:
    metadata = body.get("metadata")
    inner = metadata.get("key") if isinstance(metadata, dict) else None
    keys = [key for key in (body.get("key"), inner) if key is not None]
    key = keys[0] if keys and all(one == keys[0] for one in keys) else None
    if not isinstance(key, str) or not key or encodable(key) != key:
        found = finding("account.no_key", "$.key", "the line has no key, or none to be trusted")
        return Line(None, body, (found,), raw)
    return Line(key, body, (), raw)


def _unreadable(message: str) -> Line:
    return Line(None, None, (finding("account.unparseable_line", "$", message),))


def judge(line: Line, profile: Profile, *, item: object = None) -> Judgement:
    """Judge one answer line: steps 2 to 10 of judging, the first that decides wins.

    The text and the usage are given whatever the verdict, for nothing paid for is thrown away.
    Never raises.
    """
    body = line.body
    if body is None:
        found = line.findings or (finding("envelope.no_response", "$", "there is no answer"),)
        return Judgement(Verdict(Outcome.FAILED, findings=found))
    response = body.get("response")
    if type(response) is not dict:
        return Judgement(Verdict(Outcome.FAILED, findings=(_no_response(body),)))
    answer = _read_response(response)
    stop = _twice(line) or _service_fault(body, response) or _candidate_fault(answer, profile)
    notes: tuple[Finding, ...] = ()
    if stop is None:
        stop, notes = _model_fault(answer.model_version, profile)
    if stop is None:
        stop = _text_fault(answer)
    if stop is not None:
        effect = RULES[stop.rule].effect
        outcome = Outcome.FAILED if effect is Effect.FAIL else Outcome.REJECTED
        verdict = Verdict(outcome, findings=(*notes, stop))
    else:
        verdict = validate(answer.text or "", profile, item=item)
        if notes:
            verdict = verdict._replace(findings=(*notes, *verdict.findings))
    text = answer.text
    if text is not None and not text.isascii():
        text = encodable(text)
    return Judgement(verdict, text, answer.usage, answer.model_version, answer.finish_reason)


def _twice(line: Line) -> Finding | None:
    """Return a finding if the line gives a member twice: which one counts is not known.

    Every member brings one colon, so as many colons written back means that none was dropped; a
    line where the counts differ (or cannot be taken) is read exactly.
    """
    if not line.raw:
        return None
    try:
        if line.raw.count(b":") == orjson.dumps(line.body).count(b":"):
            return None
    except orjson.JSONEncodeError:
        pass
    try:
        parse_exact(line.raw)
    except DecodeError as error:
        for one in error.findings:
            if one.rule == "decode.duplicate_key":
                return finding("envelope.duplicate_member", one.path, one.message)
    return None


class _Answer(NamedTuple):
    candidates: list[object]
    text: str | None
    thoughts: bool
    other_parts: bool
    usage: Usage | None
    model_version: str | None
    finish_reason: str | None
    fault: str | None


def _read_response(response: dict[str, object]) -> _Answer:
    candidates = response.get("candidates")
    fault = None
    if candidates is None:
        candidates = []
    if not isinstance(candidates, list):
        candidates, fault = [], "candidates is no array"
    first = candidates[0] if candidates else {}
    if not isinstance(first, dict):
        first, fault = {}, "the candidate is no object"
    content = first.get("content")
    parts = content.get("parts") if isinstance(content, dict) else None
    texts: list[str] = []
    thoughts = other = False
    for part in parts if isinstance(parts, list) else []:
        if isinstance(part, dict) and part.get("thought"):
            thoughts = True
        elif isinstance(part, dict) and isinstance(part.get("text"), str):
            texts.append(part["text"])
        else:
            other = True
    reason = first.get("finishReason")
    version = response.get("modelVersion")
    return _Answer(
        candidates,
        "".join(texts) if texts else None,
        thoughts,
        other,
        _usage(response.get("usageMetadata")),
        version if isinstance(version, str) else None,
        reason if isinstance(reason, str) else None,
        fault,
    )


def _usage(metadata: object) -> Usage | None:
    if type(metadata) is not dict:
        return None
    return Usage(
        _tokens(metadata.get("promptTokenCount")),
        _tokens(metadata.get("cachedContentTokenCount")),
        _tokens(metadata.get("candidatesTokenCount")),
        _tokens(metadata.get("thoughtsTokenCount")),
    )


def _tokens(count: object) -> int:
    if type(count) is int:
        return max(count, 0)
    if isinstance(count, str) and count.isascii() and count.isdigit() and len(count) < 19:
        return int(count)
    return 0


def _no_response(body: Mapping[str, object]) -> Finding:
    fault = _error(body)
    if fault is not None:
        return fault
    if body.get("response") is not None:
        return finding("envelope.malformed", "$.response", "the response is no object")
    return finding("envelope.no_response", "$", "the line holds neither a response nor an error")


def _service_fault(body: Mapping[str, object], response: Mapping[str, object]) -> Finding | None:
    fault = _error(body)
    if fault is not None:
        return fault
    feedback = response.get("promptFeedback")
    reason = feedback.get("blockReason") if isinstance(feedback, dict) else None
    if reason:
        said = feedback.get("blockReasonMessage") if isinstance(feedback, dict) else None
        message = f"the prompt was blocked: {reason}" + (f" ({said})" if said else "")
        return finding("envelope.blocked_prompt", "$.response.promptFeedback.blockReason", message)
    return None


def _error(body: Mapping[str, object]) -> Finding | None:
    for member in ("error", "status"):
        value = body.get(member)
        # Vertex writes "status": "" beside a good response.
        if value is None or value == "":
            continue
        return finding("envelope.error_line", f"$.{member}", _error_words(value))
    return None


def _error_words(error: object) -> str:
    """Return code and message verbatim, the code's name beside its number."""
    if not isinstance(error, dict):
        return str(error)
    code, message = error.get("code"), error.get("message")
    name = error.get("status")
    if name is None and type(code) is int and 0 <= code < len(_CODE_NAMES):
        name = _CODE_NAMES[code]
    words = [f"code {code}" if code is not None else "", f"{name}" if name else ""]
    head = " ".join(word for word in words if word)
    if message:
        return f"{head}: {message}" if head else str(message)
    return head or f"an error without code or message: {error}"


def _candidate_fault(answer: _Answer, profile: Profile) -> Finding | None:
    if answer.fault is not None:
        return finding("envelope.malformed", "$.response.candidates", answer.fault)
    if not answer.candidates:
        return finding("envelope.no_candidate", "$.response", "there is no candidate")
    if len(answer.candidates) > 1:
        message = f"there are {len(answer.candidates)} candidates"
        return finding("envelope.several_candidates", "$.response.candidates", message)
    reason = answer.finish_reason
    if reason == "STOP":
        return None
    path = "$.response.candidates[0].finishReason"
    if reason is None:
        return finding("envelope.no_finish_reason", path, "no finish reason is given")
    return finding(finish_rule(reason), path, _finish_words(reason, answer.usage, profile))


def _finish_words(reason: str, usage: Usage | None, profile: Profile) -> str:
    limit = profile.max_output_tokens
    if reason != "MAX_TOKENS" or usage is None:
        return f"the model stopped with {reason}"
    of = f" of limit {limit:,}" if limit else ""
    return (
        f"the model stopped with MAX_TOKENS: thoughts {usage.thoughts:,}{of}, answer "
        f"{usage.output:,}; raise max_output_tokens or lower thinking"
    )


def _model_fault(
    version: str | None, profile: Profile
) -> tuple[Finding | None, tuple[Finding, ...]]:
    asked = profile.model
    if asked is None or version == asked:
        return None, ()
    path = "$.response.modelVersion"
    if not version:
        note = finding("envelope.model_unstated", path, f"no model is stated; {asked} was asked")
        return None, (note,)
    name = version.removeprefix("models/")
    if profile.sandbox:
        name = name.removeprefix("sandbox/")
    if name == asked or name in profile.accept_models or _is_revision(name, asked):
        return None, ()
    message = f"{excerpt(version)} answered; {excerpt(asked)} was asked"
    return finding("envelope.other_model", path, message), ()


def _is_revision(name: str, asked: str) -> bool:
    """Whether the name is the model's own with three digits, as in `name-001`."""
    tail = name.removeprefix(f"{asked}-")
    return tail != name and len(tail) == 3 and tail.isascii() and tail.isdigit()


def _text_fault(answer: _Answer) -> Finding | None:
    if answer.text is not None and answer.text.strip():
        return None
    path = "$.response.candidates[0].content"
    if answer.thoughts:
        return finding("envelope.thoughts_only", path, "there are thoughts and no answer")
    return finding("envelope.no_text", path, "the candidate holds no text")
