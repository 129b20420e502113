"""Services for tests: one that a worker's tests share, and tasks that clients may name."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from pathlib import Path
from uuid import uuid4

import httpx2
import pytest

from processor.api.tokens import add_token
from processor.rest.settings import Settings
from sandbox.process import Sandbox
from tests.bench import NOTES
from tests.service.guarded import BODY, KEY, SECRET, Guarded, running
from tests.service.service import INTERVAL, RestService, serving


@pytest.fixture(scope="session")
def notes_task(clean_environment: None) -> None:
    """The task ``notes``, by name; ``plain`` asks about any item, ``wanting`` accepts nothing."""
    tasks = Path(os.environ["XDG_CONFIG_HOME"]) / "truebatch" / "tasks"
    for name in ("notes", "wanting", "plain"):
        shutil.copytree(NOTES, tasks / name, dirs_exist_ok=True)
    (tasks / "plain" / "prompt.md").unlink()
    for file, old, new in (
        ("plain/task.toml", 'name = "notes"', 'name = "plain"'),
        ("wanting/task.toml", 'name = "notes"', 'name = "wanting"'),
        ("wanting/fields.toml", 'all = ["subject"]', 'all = ["what_nobody_asks_for"]'),
    ):
        path = tasks / file
        text = path.read_text(encoding="utf-8")
        assert old in text
        path.write_text(text.replace(old, new), encoding="utf-8")


def arguments(sandbox: Sandbox, outputs: Path) -> list[str]:
    """A service that talks to ``sandbox`` with a key of its own."""
    return [
        "--base-url", sandbox.url, "--api-key", f"key-{uuid4().hex}",
        "--outputs", str(outputs), "--poll-interval", str(INTERVAL),
    ]  # fmt: skip


@pytest.fixture(scope="session")
def service(
    shared_sandbox: Sandbox, notes_task: None, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[RestService]:
    """A service on loopback, without tokens; tests name their runs apart."""
    folder = tmp_path_factory.mktemp("service")
    given = [*arguments(shared_sandbox, folder / "outputs"), "--allow-page-host", "localhost"]
    with serving(*given, log=folder / "log") as made:
        yield made


@pytest.fixture
def client(service: RestService) -> Iterator[httpx2.Client]:
    """A client of the shared service."""
    with service.client() as made:
        yield made


@pytest.fixture
def name() -> str:
    """A name for a run that no other test has."""
    return f"r-{uuid4().hex[:12]}"


@pytest.fixture(scope="session")
def guard(
    shared_sandbox: Sandbox, notes_task: None, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Guarded]:
    """A service that asks for tokens; one worker's tests share it."""
    outputs = tmp_path_factory.mktemp("guarded") / "outputs"
    token = add_token(outputs, "tester")
    settings = Settings(
        processor={"outputs": str(outputs), "base_url": shared_sandbox.url, "api_key": KEY},
        port=0,
        require_tokens=True,
        max_json=BODY,
        max_body=2 * BODY,
        connections=60,
        rate=1_000,
        webhook_secrets=(SECRET,),
        poll_interval=0.2,
        request_seconds=5.0,
        stall_seconds=1.0,
        head_seconds=4.0,  # long enough for a client of ours on a busy machine
        idle_seconds=4.0,
    )
    with running(settings) as url:
        yield Guarded(url, outputs, token)
