"""A service with locked doors and short patience, in a thread of the test's process."""

from __future__ import annotations

import base64
import socket
import threading
from dataclasses import dataclass
from pathlib import Path
from time import monotonic, sleep
from typing import Any
from urllib.parse import urlsplit

import httpx2

from processor.rest.server import Server
from processor.rest.settings import Settings
from tests.bench import notes

KEY = "the-gemini-key-of-the-server"
BODY = 64 * 1024
SECRET = "whsec_" + base64.b64encode(b"what the messages are signed with").decode()


@dataclass(frozen=True)
class Guarded:
    """A service with locked doors and short patience, in a thread of this process."""

    url: str
    outputs: Path
    token: str

    @property
    def address(self) -> tuple[str, int]:
        parts = urlsplit(self.url)
        return parts.hostname or "", parts.port or 0

    def client(self, token: str | None = None) -> httpx2.Client:
        headers = {"authorization": f"Bearer {self.token if token is None else token}"}
        # A connection for each request: one that is kept may be closed just when it is taken up again.
        return httpx2.Client(
            base_url=self.url,
            headers=headers if token != "" else None,
            timeout=30,
            trust_env=False,
            limits=httpx2.Limits(max_keepalive_connections=0),
        )

    def connect(self) -> socket.socket:
        return socket.create_connection(self.address, timeout=30)

    def assert_serves(self) -> None:
        """Another client is served as ever."""
        with self.client() as other:
            assert other.get("/runs").status_code == 200

    def end_run(self, name: str) -> None:
        """A run of one item, at its end."""
        with self.client() as client:
            client.post("/runs", json={"task": "notes", "items": notes(1), "run": name})
            deadline = monotonic() + 60
            while client.get(f"/runs/{name}").json()["state"] not in ("DONE", "FAILED"):
                assert monotonic() < deadline
                sleep(0.1)


class running:
    """A server in a thread, for as long as the block lasts."""

    def __init__(self, settings: Settings) -> None:
        self._urls: list[str] = []
        self._ready = threading.Event()
        self._server = Server(settings, self._hear)
        self._thread = threading.Thread(target=self._server.run_until_stopped)

    def __enter__(self) -> str:
        self._thread.start()
        assert self._ready.wait(120)
        return self._urls[0]

    def __exit__(self, *_: object) -> None:
        self._server.should_exit = True
        self._thread.join(120)
        assert not self._thread.is_alive()

    def _hear(self, url: str) -> None:
        self._urls.append(url)
        self._ready.set()


def assert_problem(answer: httpx2.Response, status: int, kind: str) -> None:
    """The answer is this problem, and shows nothing of the inside."""
    assert answer.status_code == status, answer.text
    assert answer.headers["content-type"] == "application/problem+json"
    body: dict[str, Any] = answer.json()
    assert body["kind"] == kind
    assert body["status"] == status
    assert "Traceback" not in answer.text
