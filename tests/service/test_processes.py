"""Services that are killed, stopped, or stand side by side: every run ends right, and is paid once."""

from __future__ import annotations

import os
import signal
from pathlib import Path
from uuid import uuid4

import httpx2
import pytest

from processor.rest.settings import Settings
from sandbox.log import key_digest
from sandbox.process import Sandbox
from tests.bench import notes, read_lines
from tests.service.guarded import running
from tests.service.service import serving, wait_for


def _creates(sandbox: Sandbox, key: str) -> int:
    mine = key_digest(key)
    return sum(
        call["endpoint"] == "batches.create" and call["key"] == mine for call in sandbox.log()
    )


def test_killed_service_is_taken_up_by_two_and_paid_once(
    shared_sandbox: Sandbox, notes_task: None, tmp_path: Path
) -> None:
    key = f"key-{uuid4().hex}"
    given = [
        "--base-url", shared_sandbox.url, "--api-key", key, "--outputs", str(tmp_path / "o"),
        "--poll-interval", "0.2",
    ]  # fmt: skip
    body = {"task": "notes", "items": notes(3)}
    idempotent = {"Idempotency-Key": "once"}
    with serving(*given, log=tmp_path / "log") as first:
        with first.client() as client:
            runs = [client.post("/runs", json=body, headers=idempotent).json()["run"]]
            taken = client.post("/runs", json={**body, "options": {"fresh": True}})
            runs.append(taken.json()["run"])
        assert first.end(signal.SIGKILL) == -signal.SIGKILL
    cut, coming = (tmp_path / "o" / "rest-service" / "incoming" / name for name in ("cut", "new"))
    for file in (
        cut,
        coming,
    ):  # what a kill leaves of an upload, and what another service takes now
        file.write_bytes(b"{")
    os.utime(cut, (0, 0))
    options = {"outputs": str(tmp_path / "o"), "base_url": shared_sandbox.url, "api_key": key}
    settings = Settings(processor=options, port=0, poll_interval=0.2)
    with running(settings) as second, running(settings) as third:
        for run in runs:
            ended = wait_for(second, run)
            assert ended["state"] == "DONE", ended
            assert wait_for(third, run)["counts"] == ended["counts"]
            assert ended["counts"]["accepted"] + ended["counts"]["reused"] == 3
        # The key is known over a restart, and to the other service.
        again = httpx2.post(f"{third}/runs", json=body, headers=idempotent, trust_env=False)
        assert again.json()["run"] == runs[0]
        assert len(httpx2.get(f"{second}/runs", trust_env=False).json()["runs"]) == 2
    assert not cut.exists()
    assert coming.exists()
    assert _creates(shared_sandbox, key) == 2
    for run in runs:
        envelopes = read_lines(tmp_path / "o" / "runs" / run / "items.jsonl")
        assert [one["item_id"] for one in envelopes] == ["n1", "n2", "n3"]


@pytest.mark.soak
def test_driver_that_dies_is_started_again(
    shared_sandbox: Sandbox, notes_task: None, tmp_path: Path
) -> None:
    given = [
        "--base-url", shared_sandbox.url, "--api-key", f"key-{uuid4().hex}",
        "--outputs", str(tmp_path / "o"), "--poll-interval", "0.2",
    ]  # fmt: skip
    with serving(*given, log=tmp_path / "log") as service, service.client() as client:
        assert service.process is not None
        children = Path(f"/proc/{service.process.pid}/task/{service.process.pid}/children")
        if not children.exists():
            pytest.skip("this system does not tell whose child is whose")
        (driver,) = children.read_text().split()
        os.kill(int(driver), signal.SIGKILL)
        run = client.post("/runs", json={"task": "notes", "items": notes(2)}).json()["run"]
        assert service.wait_for(run)["state"] == "DONE"
        assert client.get("/health").json()["driver"] == "running"
    assert "started again" in (tmp_path / "log").read_text()


@pytest.mark.soak
@pytest.mark.parametrize("quiet", [True, False])
def test_quiet_service_logs_warnings_alone(
    shared_sandbox: Sandbox, notes_task: None, tmp_path: Path, quiet: bool
) -> None:
    given = [
        "--base-url", shared_sandbox.url, "--api-key", f"key-{uuid4().hex}",
        "--outputs", str(tmp_path / "o"), "--poll-interval", "0.2", *(["--quiet"] if quiet else []),
    ]  # fmt: skip
    with serving(*given, log=tmp_path / "log") as service, service.client() as client:
        run = client.post("/runs", json={"task": "notes", "items": notes(1)}).json()["run"]
        assert service.wait_for(run)["state"] == "DONE"
    assert ("INFO" in (tmp_path / "log").read_text()) is not quiet
