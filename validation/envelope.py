"""The envelope around an answer: errors, blocks, the finish reason, the model, the text."""

from __future__ import annotations

import re
from collections.abc import Mapping

import orjson

from validation.decode import UNSURE, DecodeError, count_colons, parse_exact, quick
from validation.finding import Finding, encodable, excerpt, finding
from validation.judging import judge_root, validate
from validation.profile import Profile
from validation.response import Response, read_response
from validation.rules import decisive_first, finish_rule, outcome_of
from validation.verdict import Judgement, Line, Outcome, Usage, Verdict

# google.rpc.Code. Source: googleapis/googleapis, google/rpc/code.proto, read 2026-11-22.
_CODES = {
    1: "CANCELLED",
    2: "UNKNOWN",
    3: "INVALID_ARGUMENT",
    4: "DEADLINE_EXCEEDED",
    5: "NOT_FOUND",
    6: "ALREADY_EXISTS",
    7: "PERMISSION_DENIED",
    8: "RESOURCE_EXHAUSTED",
    9: "FAILED_PRECONDITION",
    10: "ABORTED",
    11: "OUT_OF_RANGE",
    12: "UNIMPLEMENTED",
    13: "INTERNAL",
    14: "UNAVAILABLE",
    15: "DATA_LOSS",
    16: "UNAUTHENTICATED",
}
# A colon, or a part of "\\u003a", spelled by its code.
_SPELLED = re.compile(rb"\\u00(?:3[aA03]|5[cC]|75|[64]1)")
_CANDIDATE = "$.response.candidates[0]"


def judge(line: Line, profile: Profile, *, item: object = None) -> Judgement:
    """Judge one answer line: steps 2 to 10 of judging, the first that decides wins.

    The text and the usage are given whatever the verdict, for nothing paid for is thrown away.
    Never raises for anything that a line can hold. During the call `line.body` is in use.
    """
    body = line.body
    if body is None:
        found = line.findings or (finding("envelope.no_response", "$", "there is no answer"),)
        return Judgement(Verdict(Outcome.FAILED, findings=found))
    response = body.get("response")
    if type(response) is not dict:
        return Judgement(Verdict(Outcome.FAILED, findings=(_no_response(body),)))
    read = read_response(response)
    stop, notes = _stop(body, response, read, profile)
    text = read.text
    if stop is None and text is not None:
        verdict = _judge_text(line, read.part, text, profile, item)
        if notes:
            verdict = verdict._replace(findings=decisive_first((*notes, *verdict.findings)))
    else:
        verdict = _stopped(_twice(line) or stop, notes)
    if text is not None and verdict.outcome is not Outcome.ACCEPTED:
        text = encodable(text)
    return Judgement(verdict, text, read.usage, read.model_version, read.finish_reason)


def _stopped(stop: Finding | None, notes: tuple[Finding, ...]) -> Verdict:
    found = notes if stop is None else (*notes, stop)
    return Verdict(outcome_of(found), findings=decisive_first(found))


def _stop(
    body: Mapping[str, object], response: Mapping[str, object], read: Response, profile: Profile
) -> tuple[Finding | None, tuple[Finding, ...]]:
    """Return the finding that decides before the text is looked at, if any, and the notes."""
    stop = _error(body) if "error" in body or "status" in body else None
    if stop is None and "promptFeedback" in response:
        stop = _blocked(response["promptFeedback"])
    if stop is None and (read.candidates != 1 or read.finish_reason != "STOP"):
        stop = _candidate_fault(read, profile)
    if stop is not None:
        return stop, ()
    notes: tuple[Finding, ...] = ()
    if profile.model is not None and read.model_version != profile.model:
        said = _other_model(read.model_version, profile)
        if said is not None and said.rule == "envelope.other_model":
            return said, ()
        notes = (said,) if said else ()
    if read.text is None or not read.text or read.text.isspace():
        return _no_text(read), notes
    if read.other_parts:
        message = "parts that are no text were left out"
        notes = (*notes, finding("envelope.other_parts", f"{_CANDIDATE}.content.parts", message))
    return None, notes


def _judge_text(
    line: Line, part: dict[str, object] | None, text: str, profile: Profile, item: object
) -> Verdict:
    if profile.kind == "json" and part is not None and line.body is not None:
        colons = _colons(line.raw, line.body, part, text)
        if colons >= 0:
            value = quick(text, colons)
            if value is not UNSURE:
                return judge_root(value, profile, item=item, plain=True)
    stop = _twice(line)
    if stop is not None:
        return _stopped(stop, ())
    return validate(text, profile, item=item)


def _colons(raw: bytes, body: dict[str, object], part: dict[str, object], text: str) -> int:
    """Return how many colons the text has if the line gives no member twice, else more; -1: unknown.

    Every member of an object brings one colon, and written back those without the text are the
    line's own. Where the line spells no colon by its code, and nothing that such a code could be
    made of, colons are plain in the line and in the text inside it. One count answers for both.
    """
    if not raw or _SPELLED.search(raw):
        return -1
    part["text"] = ""  # the answer is most of a line; without it, writing back costs little
    try:
        written = orjson.dumps(body)
    except orjson.JSONEncodeError:
        return -1
    finally:
        part["text"] = text
    return count_colons(raw) - count_colons(written)


def _twice(line: Line) -> Finding | None:
    """Return a finding if the line gives a member twice: which one counts is not known."""
    if not line.raw or quick(line.raw) is not UNSURE:
        return None
    try:
        parse_exact(line.raw)
    except DecodeError as error:
        for one in error.findings:
            if one.rule == "decode.duplicate_key":
                return finding("envelope.duplicate_member", one.path, one.message)
    return None


def _no_response(body: Mapping[str, object]) -> Finding:
    fault = _error(body)
    if fault is not None:
        return fault
    if body.get("response") is not None:
        return finding("envelope.malformed", "$.response", "the response is no object")
    return finding("envelope.no_response", "$", "the line holds neither a response nor an error")


def _error(body: Mapping[str, object]) -> Finding | None:
    for member in ("error", "status"):
        value = body.get(member)
        # Vertex writes "status": "" beside a good response; an empty google.rpc.Status means OK.
        if value is not None and value not in ("", {}):
            return finding("envelope.error_line", f"$.{member}", _error_words(value))
    return None


def _error_words(error: object) -> str:
    """Return code and message verbatim, the code's name beside its number."""
    if not isinstance(error, dict):
        return str(error)
    code, message = error.get("code"), error.get("message")
    name = error.get("status") or (_CODES.get(code) if type(code) is int else None)
    head = " ".join([f"code {code}"] * (code is not None) + [f"{name}"] * bool(name))
    if message:
        return f"{head}: {message}" if head else str(message)
    return head or f"an error without code or message: {error}"


def _blocked(feedback: object) -> Finding | None:
    reason = feedback.get("blockReason") if isinstance(feedback, dict) else None
    if not reason or not isinstance(feedback, dict):
        return None
    said = feedback.get("blockReasonMessage")
    message = f"the prompt was blocked: {reason}" + (f" ({said})" if said else "")
    return finding("envelope.blocked_prompt", "$.response.promptFeedback.blockReason", message)


def _candidate_fault(read: Response, profile: Profile) -> Finding | None:
    if read.candidates < 0:
        message = "candidates is no array of objects"
        return finding("envelope.malformed", "$.response.candidates", message)
    if read.candidates == 0:
        return finding("envelope.no_candidate", "$.response", "there is no candidate")
    if read.candidates > 1:
        message = f"there are {read.candidates} candidates"
        return finding("envelope.several_candidates", "$.response.candidates", message)
    path = f"{_CANDIDATE}.finishReason"
    if read.finish_reason is None:
        return finding("envelope.no_finish_reason", path, "no finish reason is given")
    message = _finish_words(read.finish_reason, read.usage, profile.max_output_tokens)
    return finding(finish_rule(read.finish_reason), path, message)


def _finish_words(reason: str, usage: Usage | None, limit: int | None) -> str:
    if reason != "MAX_TOKENS":
        return f"the model stopped with {reason}"
    of = f" of limit {limit:,}" if limit else ""
    used = f": thoughts {usage.thoughts:,}{of}, answer {usage.output:,}" if usage else of
    return f"the model stopped with MAX_TOKENS{used}; raise max_output_tokens or lower thinking"


def _other_model(version: str | None, profile: Profile) -> Finding | None:
    asked = profile.model or ""
    path = "$.response.modelVersion"
    if not version:
        message = f"the answer does not say which model made it; {asked} was asked"
        return finding("envelope.model_unstated", path, message)
    name = version.removeprefix("models/")
    if profile.sandbox:
        name = name.removeprefix("sandbox/")
    if name == asked or name in profile.accept_models or _is_revision(name, asked):
        return None
    message = f"{excerpt(version)} answered; {excerpt(asked)} was asked"
    return finding("envelope.other_model", path, message)


def _is_revision(name: str, asked: str) -> bool:
    """Whether the name is the model's own with three digits, as in `name-001`."""
    tail = name.removeprefix(f"{asked}-")
    return tail != name and len(tail) == 3 and tail.isascii() and tail.isdigit()


def _no_text(read: Response) -> Finding:
    path = f"{_CANDIDATE}.content"
    if read.thoughts:
        return finding("envelope.thoughts_only", path, "there are thoughts and no answer")
    return finding("envelope.no_text", path, "the candidate holds no text")
