"""A job as the service shows it: the operation's own JSON, of which the SDK drops half.

Source: the v1beta discovery document as converted by third parties and captured bodies of live jobs;
read 2026-11-22. int64 fields are strings, counters that are zero are absent.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from processor.core.ids import JobName
from processor.core.state import has_ended, service_state


@dataclass(frozen=True, slots=True, kw_only=True)
class JobStats:
    """The service's own count of a job's requests."""

    total: int = 0
    succeeded: int = 0
    failed: int = 0
    pending: int = 0

    @property
    def answered(self) -> int:
        """Requests the service has dealt with, well or badly."""
        return self.succeeded + self.failed


@dataclass(frozen=True, slots=True, kw_only=True)
class JobView:
    """One look at one job.

    Attributes:
        state: the service's word without prefix, known or not.
        stats: None when the service gave none.
        error: the operation's own ``code: message``, None when there is none.
        answers_file: ``files/…`` to download, None while there is none.
        inline_answers: answers that came inside the operation, as result lines; for odd services.
    """

    name: JobName
    state: str
    display_name: str = ""
    model: str = ""
    created_at: str | None = None
    ended_at: str | None = None
    stats: JobStats | None = None
    error: str | None = None
    request_file: str | None = None
    answers_file: str | None = None
    inline_answers: tuple[Mapping[str, Any], ...] = ()

    @property
    def ended(self) -> bool:
        """Whether the job is over, whatever came of it."""
        return has_ended(self.state)


def read_operation(body: Mapping[str, Any]) -> JobView:
    """Make a job's view of an operation's JSON; fields of a wrong type count as absent."""
    metadata = _table(body.get("metadata"))
    output = _table(metadata.get("output"))
    response = _table(body.get("response"))
    return JobView(
        name=JobName(_text(body.get("name")) or _text(metadata.get("name")) or ""),
        state=_state(body, metadata),
        display_name=_text(metadata.get("displayName")) or "",
        model=(_text(metadata.get("model")) or "").removeprefix("models/"),
        created_at=_text(metadata.get("createTime")),
        ended_at=_text(metadata.get("endTime")),
        stats=_stats(metadata.get("batchStats")),
        error=_error(body.get("error")),
        request_file=_text(_table(metadata.get("inputConfig")).get("fileName")),
        answers_file=_text(output.get("responsesFile")) or _text(response.get("responsesFile")),
        inline_answers=_inline(output) or _inline(response),
    )


def _state(body: Mapping[str, Any], metadata: Mapping[str, Any]) -> str:
    state = service_state(_text(metadata.get("state")))
    if state == "UNSPECIFIED" and body.get("done") is True:
        return "FAILED" if body.get("error") else "SUCCEEDED"
    return state


def _table(value: Any) -> Mapping[str, Any]:
    return value if isinstance(value, dict) else {}


def _text(value: Any) -> str | None:
    return value if isinstance(value, str) and value else None


def _count(value: Any) -> int:
    if isinstance(value, int) and not isinstance(value, bool):
        return value
    return int(value) if isinstance(value, str) and value.isdecimal() else 0


def _stats(value: Any) -> JobStats | None:
    if not isinstance(value, dict):
        return None
    return JobStats(
        total=_count(value.get("requestCount")),
        succeeded=_count(value.get("successfulRequestCount")),
        failed=_count(value.get("failedRequestCount")),
        pending=_count(value.get("pendingRequestCount")),
    )


def _error(value: Any) -> str | None:
    if not isinstance(value, dict):
        return None
    parts = [f"code {value['code']}" if "code" in value else "", str(value.get("message", ""))]
    return ": ".join(part for part in parts if part) or None


def _inline(output: Mapping[str, Any]) -> tuple[Mapping[str, Any], ...]:
    answers = _table(output.get("inlinedResponses")).get("inlinedResponses")
    if not isinstance(answers, list):
        return ()
    return tuple(_as_line(answer) for answer in answers if isinstance(answer, dict))


def _as_line(answer: Mapping[str, Any]) -> Mapping[str, Any]:
    line = {name: answer[name] for name in ("response", "error", "status") if name in answer}
    key = _table(answer.get("metadata")).get("key", answer.get("key"))
    return line if key is None else {"key": key, **line}
