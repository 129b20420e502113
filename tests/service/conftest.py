"""Services for tests: one that a worker's tests share, and tasks that clients may name."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from pathlib import Path
from uuid import uuid4

import httpx2
import pytest

from sandbox.process import Sandbox
from tests.bench import NOTES
from tests.service.service import INTERVAL, RestService, serving


@pytest.fixture(scope="session")
def notes_task(clean_environment: None) -> None:
    """The task ``notes``, by name: clients of a service name no folders."""
    target = Path(os.environ["XDG_CONFIG_HOME"]) / "truebatch" / "tasks" / "notes"
    shutil.copytree(NOTES, target, dirs_exist_ok=True)


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
    given = arguments(shared_sandbox, folder / "outputs")
    with serving(*given, log=folder / "log") as running:
        yield running


@pytest.fixture
def client(service: RestService) -> Iterator[httpx2.Client]:
    """A client of the shared service."""
    with service.client() as made:
        yield made


@pytest.fixture
def name() -> str:
    """A name for a run that no other test has."""
    return f"r-{uuid4().hex[:12]}"
