"""What a request refers to and does not hold: caches and files, which expire."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import datetime, timedelta
from typing import Any

from processor.core.preflight_finding import PreflightFinding, Rule, stop, warning

# A job may wait and run for 48 h, and a file lives for 48 h from its upload, so a file is never there for a
# job's whole time: the hour is what uploading and submitting may take.
# Source: ai.google.dev Batch API and Files API guides, read 2026-11-21.
_JOB_TIME = timedelta(hours=48)
_SLACK = timedelta(hours=1)


def reference_findings(
    request: Mapping[str, Any], expiries: Mapping[str, datetime], now: datetime
) -> Iterator[PreflightFinding]:
    """What is wrong with the caches and files that a request refers to.

    Args:
        expiries: name (``cachedContents/…``) or address (of a file) to the time when it ends.
    """
    cache = request.get("cachedContent")
    if cache is not None:
        beside = [name for name in ("systemInstruction", "tools", "toolConfig") if name in request]
        if beside:
            message = (
                f"`cachedContent` excludes {' and '.join(beside)} in one request: the service "
                "refuses it. Put them into the cache when it is made."
            )
            yield stop(Rule.REFERENCE, "cachedContent", message)
    for path, name in _references(request):
        yield from _expiry(path, name, expiries.get(name), now)


def _references(request: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    cache = request.get("cachedContent")
    if isinstance(cache, str):
        yield "cachedContent", cache
    for number, content in enumerate(request.get("contents", ())):
        for position, part in enumerate(content.get("parts", ())):
            address = part.get("fileData", {}).get("fileUri")
            if isinstance(address, str):
                yield f"contents[{number}].parts[{position}].fileData.fileUri", address


def _expiry(
    path: str, name: str, ends: datetime | None, now: datetime
) -> Iterator[PreflightFinding]:
    if ends is None:
        message = f"When {name} expires is not known; it must be there until the job has ended."
        yield warning(Rule.REFERENCE, path, message)
    elif ends <= now:
        message = (
            f"{name} expired on {ends:%Y-%m-%d %H:%M}: every request would fail. Make it anew."
        )
        yield stop(Rule.REFERENCE, path, message)
    elif ends < now + _JOB_TIME - _SLACK:
        hours = (ends - now) / timedelta(hours=1)
        message = (
            f"{name} expires in {hours:.0f} h, and a job may take 48 h: requests that come after "
            "would fail. Make it anew, to last longer."
        )
        yield warning(Rule.REFERENCE, path, message)
