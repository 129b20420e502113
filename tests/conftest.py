"""What the tests share: an environment without keys, a sandbox for each worker, a bench for each test."""

from __future__ import annotations

import os
import signal
import sys
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest
from hypothesis import HealthCheck, settings
from loguru import logger

from processor.cli.program import run_program
from sandbox.process import Sandbox
from tests.bench import Bench
from tests.forked import running
from tests.program import Ended

JOB_SECONDS = 0.15

# The tests start some hundred children: each begins sooner when what it imports is compiled once.
os.environ.pop("PYTHONDONTWRITEBYTECODE", None)
sys.dont_write_bytecode = False

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


@pytest.fixture
def program(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> Iterator[Callable[..., Ended]]:
    """The program within this process, in an empty folder: ``program("list", "--json")``.

    It saves the second that a child takes to start. What only a child shows (signals, pipes, locales,
    imports) is tested with ``tests.program.truebatch``.
    """
    monkeypatch.chdir(tmp_path)
    handler = signal.getsignal(signal.SIGTERM)

    def run(*arguments: str, env: dict[str, str] | None = None) -> Ended:
        for name, value in (env or {}).items():
            monkeypatch.setenv(name, value)
        monkeypatch.setattr("sys.argv", ["truebatch", *arguments])
        capsys.readouterr()
        code = run_program(arguments)
        shown = capsys.readouterr()
        return Ended(code, shown.out, shown.err)

    yield run
    signal.signal(signal.SIGTERM, handler)
    logger.remove()
    logger.disable("processor")


if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
    # A shell starts what runs beside it so, and children would not hear the Ctrl-C that tests send them.
    signal.signal(signal.SIGINT, signal.default_int_handler)


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_auto_num_workers() -> int:
    """Three workers a core with ``-n auto``: the tests wait for sockets and children much of the time."""
    return 3 * (os.cpu_count() or 1)
