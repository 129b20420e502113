"""Large uploads go to the disk as they come: memory stays flat, and what is too large is refused early."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from uuid import uuid4

import httpx2
import pytest

from sandbox.process import Sandbox
from tests.service.conftest import arguments
from tests.service.service import RestService, serving

MEGABYTE = 1024 * 1024
_ND = {"content-type": "application/x-ndjson"}


def _peak_bytes(service: RestService) -> int:
    assert service.process is not None
    status = Path(f"/proc/{service.process.pid}/status")
    if not status.exists():
        pytest.skip("this system does not tell how much memory a process had")
    line = next(line for line in status.read_text().splitlines() if line.startswith("VmHWM"))
    return int(line.split()[1]) * 1024


def _items(total: int) -> Iterator[bytes]:
    text = "oak and basalt " * 6_000
    sent = number = 0
    while sent < total:
        line = json.dumps({"note_id": f"n{number}", "title": "T", "text": text}).encode() + b"\n"
        yield line
        sent, number = sent + len(line), number + 1


@pytest.mark.soak
def test_200_megabytes_are_taken_in_flat_memory(
    shared_sandbox: Sandbox, notes_task: None, tmp_path: Path
) -> None:
    given = arguments(shared_sandbox, tmp_path / "o")
    with serving(*given, log=tmp_path / "log") as service, service.client() as client:
        client.get("/runs")
        before = _peak_bytes(service)
        # One item is expected: what was taken is not sent, which is not what is measured here.
        query: dict[str, str | int] = {"task": "notes", "run": "large", "expect": 1}
        taken = client.post(
            "/runs/upload", params=query, content=_items(200 * MEGABYTE), headers=_ND
        )
        assert taken.status_code == 202, taken.text
        kept = tmp_path / "o" / "runs" / "large" / "received" / "items.jsonl"
        assert kept.stat().st_size >= 200 * MEGABYTE
        assert _peak_bytes(service) - before < 32 * MEGABYTE
        ended = service.wait_for("large")
        assert ended["state"] == "FAILED"
        assert "1 expected" in ended["reason"]


@pytest.mark.soak
def test_more_than_the_limit_is_refused_and_leaves_nothing(
    shared_sandbox: Sandbox, notes_task: None, tmp_path: Path
) -> None:
    given = arguments(shared_sandbox, tmp_path / "o")
    with serving(*given, "--max-body", "20", log=tmp_path / "log") as service:
        with service.client() as client:
            name = f"r{uuid4().hex}"
            refused: httpx2.Response = client.post(
                "/runs/upload",
                params={"task": "notes", "run": name},
                content=_items(21 * MEGABYTE),
                headers=_ND,
            )
            assert refused.status_code == 413
            assert refused.json()["kind"] == "too_large"
            assert client.get(f"/runs/{name}").status_code == 404
        assert list((tmp_path / "o" / "rest-service" / "incoming").iterdir()) == []
