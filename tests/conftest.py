"""What the tests share: an environment without keys, a sandbox for each worker, a bench for each test."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest
from hypothesis import HealthCheck, settings

from sandbox.process import Sandbox, running
from tests.bench import Bench

JOB_SECONDS = 0.15

settings.register_profile(
    "test",
    deadline=None,
    database=None,
    max_examples=100,
    suppress_health_check=[HealthCheck.too_slow],
)
settings.register_profile("fuzz", settings.get_profile("test"), max_examples=10_000)
settings.load_profile(os.environ.get("HYPOTHESIS_PROFILE", "test"))


@pytest.fixture(scope="session", autouse=True)
def clean_environment(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """No key, address, proxy or own task of whoever runs the tests gets into them."""
    with pytest.MonkeyPatch.context() as patch:
        for name in list(os.environ):
            if name.startswith(("GEMINI_", "GOOGLE_")) or name.lower().endswith("_proxy"):
                patch.delenv(name)
        patch.setenv("XDG_CONFIG_HOME", str(tmp_path_factory.mktemp("config")))
        yield


@pytest.fixture(scope="session")
def shared_sandbox() -> Iterator[Sandbox]:
    """A sandbox without faults; every test has a key of its own in it."""
    with running(job_seconds=JOB_SECONDS) as child:
        yield child


@pytest.fixture
def bench(shared_sandbox: Sandbox, tmp_path: Path) -> Iterator[Bench]:
    """A bench on the shared sandbox."""
    made = Bench(shared_sandbox, f"key-{uuid4().hex}", tmp_path / "outputs")
    yield made
    made.close()


@pytest.fixture
def bench_with(tmp_path: Path) -> Iterator[Callable[..., Bench]]:
    """Makes a bench on a sandbox of its own: ``bench_with(faults="503@batches.get*2")``."""
    with ExitStack() as stack:

        def make(**options: Any) -> Bench:
            child = stack.enter_context(running(**{"job_seconds": JOB_SECONDS, **options}))
            made = Bench(child, f"key-{uuid4().hex}", tmp_path / "outputs")
            stack.callback(made.close)
            return made

        yield make
