"""The service as users run it: a process of its own, asked over a real socket."""

from __future__ import annotations

import json
import os
import signal
import subprocess
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from time import monotonic, sleep
from typing import Any

import httpx2

from tests.program import command, environment

INTERVAL = 0.2
_MOST_SECONDS = 120.0


@dataclass
class RestService:
    """A service that runs.

    Attributes:
        arguments: of ``truebatch serve``.
        log: what it says on stderr.
    """

    arguments: list[str]
    log: Path
    env: Mapping[str, str] = field(default_factory=dict)
    url: str = ""
    outputs: str = ""
    process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        """Start it, and return when it serves."""
        with self.log.open("ab") as log:
            self.process = subprocess.Popen(
                [*command("serve", "--json"), *self.arguments],
                env=environment(self.env),
                stdin=subprocess.DEVNULL,
                stdout=subprocess.PIPE,
                stderr=log,
            )
        assert self.process.stdout is not None
        line = self.process.stdout.readline()
        ready = json.loads(line or b"{}")
        assert "url" in ready, (ready, self.log.read_text())
        self.url, self.outputs = ready["url"], ready["outputs"]

    def end(self, number: int = signal.SIGTERM) -> int:
        """End it by a signal; its exit code."""
        process = self.process
        assert process is not None
        assert process.stdout is not None
        if process.poll() is None:
            os.kill(process.pid, number)
        code = process.wait(60)
        process.stdout.close()
        self.process = None
        return code

    def client(self, **options: Any) -> httpx2.Client:
        """A client of it."""
        return httpx2.Client(base_url=self.url, timeout=60, trust_env=False, **options)

    def wait_for(self, run: str, *states: str) -> dict[str, Any]:
        """The run's status when it is in one of ``states``; DONE or FAILED when none are given."""
        return wait_for(self.url, run, *states)


def wait_for(url: str, run: str, *states: str) -> dict[str, Any]:
    """The status of a run of the service at ``url``: see ``RestService.wait_for``."""
    deadline = monotonic() + _MOST_SECONDS
    with httpx2.Client(base_url=url, timeout=60, trust_env=False) as client:
        while True:
            status: dict[str, Any] = client.get(f"/runs/{run}").json()
            if status["state"] in (states or ("DONE", "FAILED")):
                return status
            assert monotonic() < deadline, status
            sleep(0.05)


@contextmanager
def serving(
    *arguments: str, log: Path, env: Mapping[str, str] | None = None
) -> Iterator[RestService]:
    """A service for the length of the block, on a free port."""
    made = RestService(["--port", "0", *arguments], log, env or {})
    made.start()
    try:
        yield made
    except BaseException:
        made.end(signal.SIGKILL)
        raise
    # Every service of the tests shows how one ends: cleanly, and with the code that says why.
    if made.process is not None:
        assert made.end() == 128 + signal.SIGTERM
