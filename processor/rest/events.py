"""Events: how a run goes on, as server-sent events."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator
from typing import Any

from processor.core.json_bytes import encode
from processor.core.state import FINAL
from processor.rest.desk import Desk

EVENTS = "text/event-stream"
EVENT_SCHEMA = {
    "type": "object",
    "properties": {
        "event": {"enum": ["status", "step", "progress", "problem", "end"]},
        "data": {"type": "string", "description": "JSON: the run's status, or what happened."},
    },
}
_LOOK_SECONDS = 2.0
_HEARTBEAT_SECONDS = 15.0  # proxies close what is silent


async def events_of(desk: Desk, run: str) -> AsyncGenerator[bytes, None]:
    """``status`` at once and whenever it changes; ``step``, ``progress`` and ``problem`` as they come.

    The journal is looked at every two seconds, for another process may drive the run. The last event is
    ``end``, with the status of the end.
    """
    shown: dict[str, Any] = {}
    spoke_at = desk.clock.monotonic()
    with desk.hub.listening(run) as events:
        while True:
            status = await desk.standing(run)
            now = desk.shown(status)
            if status.state in FINAL:
                yield _event("end", now)
                return
            if _without_age(now) != _without_age(shown):
                shown, spoke_at = now, desk.clock.monotonic()
                yield _event("status", now)
            try:
                async with asyncio.timeout(_LOOK_SECONDS):
                    event = dict(await events.get())
            except TimeoutError:
                if desk.clock.monotonic() - spoke_at >= _HEARTBEAT_SECONDS:
                    spoke_at = desk.clock.monotonic()
                    yield b": still here\n\n"
                continue
            kind = next((name for name in ("progress", "problem", "step") if name in event), None)
            if kind is not None:
                spoke_at = desk.clock.monotonic()
                yield _event(kind, event)


def _without_age(shown: dict[str, Any]) -> dict[str, Any]:
    """What must change for a status to be told again: a job grows older all the time."""
    return {
        **shown,
        "jobs": [{**job, "age_seconds": None} for job in shown.get("jobs", ())],
    }


def _event(kind: str, data: Any) -> bytes:
    return b"event: " + kind.encode() + b"\ndata: " + encode(data) + b"\n\n"
