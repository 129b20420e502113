"""A job as the service shows it: a long-running operation."""

from collections.abc import Iterable
from typing import Any

import orjson

from sandbox.jobs import Standing
from sandbox.records import Job
from sandbox.wire import timestamp

_TYPES = "type.googleapis.com/google.ai.generativelanguage."


def operation(job: Job, now: Standing, results: Iterable[bytes]) -> dict[str, Any]:
    """The operation of a job; `results` are its answer lines, read only where they go inline."""
    versioned = "v1main" if job.version.startswith("v1") else job.version
    output = _output(job, results) if now.has_results else None
    metadata: dict[str, Any] = {
        "@type": f"{_TYPES}{versioned}.GenerateContentBatch",
        "model": f"models/{job.model}",
        "displayName": job.display_name,
    }
    if not job.display_name:
        del metadata["displayName"]
    if job.input_file:
        metadata["inputConfig"] = {"fileName": job.input_file}
    if output is not None and job.fault("response_only") is None:
        metadata["output"] = output
    metadata["createTime"] = timestamp(job.created)
    if now.ended is not None:
        metadata["endTime"] = timestamp(now.ended)
    metadata["updateTime"] = timestamp(now.updated)
    if job.fault("no_stats") is None:
        metadata["batchStats"] = _stats(job, now)
    if job.priority:
        metadata["priority"] = str(job.priority)
    metadata |= {"state": now.state, "name": job.name}
    shown: dict[str, Any] = {"name": job.name, "metadata": metadata}
    if now.done:
        shown["done"] = True
    if now.error is not None:
        shown["error"] = now.error
    if output is not None:
        kind = {"@type": f"{_TYPES}{versioned}.GenerateContentBatchOutput"}
        shown["response"] = kind | output
    return shown


def _stats(job: Job, now: Standing) -> dict[str, str]:
    counts = {
        "requestCount": job.requests,
        "successfulRequestCount": now.successful,
        "failedRequestCount": now.failed,
        "pendingRequestCount": now.pending,
    }
    # int64 is text in JSON, and a zero is left out.
    return {name: str(count) for name, count in counts.items() if count}


def _output(job: Job, results: Iterable[bytes]) -> dict[str, Any]:
    if job.input_file and job.fault("inline_output_for_file") is None:
        return {"responsesFile": job.responses_file}
    rows = [inline_row(line) for line in results if line.strip()]
    return {"inlinedResponses": {"inlinedResponses": rows}}


def inline_row(line: bytes) -> dict[str, Any]:
    """A result line as an inline row: the key, or what metadata was given, under `metadata`."""
    try:
        row: dict[str, Any] = orjson.loads(line)
    except orjson.JSONDecodeError:
        # An inline row is a message: a line that is no JSON can only come as an error.
        return {"error": {"code": 13, "message": "Internal error encountered."}}
    key = row.pop("key", None)
    metadata = row.pop("metadata", None)
    if metadata is None and key is not None:
        metadata = {"key": key}
    if metadata is not None:
        row["metadata"] = metadata
    return row


def stranger() -> dict[str, Any]:
    """A job that somebody else made, which google-genai 3.4.0 cannot parse."""
    name = "batches/0000000000000000000000000000000stranger"[:44]
    error = {"code": 3, "message": "no", "details": [{"@type": "type.googleapis.com/x"}]}
    rows = [{"error": error, "metadata": {"row": 1}}]
    output = {"inlinedResponses": {"inlinedResponses": rows}}
    return {
        "name": name,
        "metadata": {
            "@type": f"{_TYPES}v1main.GenerateContentBatch",
            "model": "models/gemini-2.5-flash",
            "displayName": "somebody else's",
            "output": output,
            "createTime": timestamp(0.0),
            "batchStats": {"requestCount": "1", "failedRequestCount": "1"},
            "state": "BATCH_STATE_SUCCEEDED",
            "name": name,
        },
        "done": True,
        "response": {"@type": f"{_TYPES}v1main.GenerateContentBatchOutput"} | output,
    }
