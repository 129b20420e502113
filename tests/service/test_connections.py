"""Hostile connections: too many, too slow, too large, or no request at all; others are served on."""

from __future__ import annotations

import asyncio
import json
import socket
from collections.abc import Iterator
from contextlib import ExitStack, closing, suppress
from time import monotonic, sleep
from uuid import uuid4

import httpx2
import pytest
from starlette.types import Message, Receive, Scope, Send

from processor.api.tokens import add_token
from processor.rest.deadlines import Deadlines
from processor.rest.settings import Settings
from tests.bench import notes
from tests.service.guarded import BODY, Guarded, assert_problem
from tests.service.service import RestService


@pytest.fixture
def client(guard: Guarded) -> Iterator[httpx2.Client]:
    with guard.client() as made:
        yield made


def test_body_over_the_limit_is_refused_before_it_is_read(guard: Guarded) -> None:
    with closing(guard.connect()) as stream:
        head = f"POST /runs HTTP/1.1\r\nHost: {guard.address[0]}:{guard.address[1]}\r\n"
        head += f"Authorization: Bearer {guard.token}\r\nContent-Type: application/json\r\n"
        stream.sendall(f"{head}Content-Length: {10 * BODY}\r\n\r\n".encode())
        assert stream.recv(4096).startswith(b"HTTP/1.1 413 ")
    guard.assert_serves()


def test_body_that_hides_its_size_is_cut_at_the_limit(client: httpx2.Client) -> None:
    def pieces() -> Iterator[bytes]:
        for _ in range(20):
            yield b"x" * (BODY // 4)

    answer = client.post("/runs", content=pieces(), headers={"content-type": "application/json"})
    assert_problem(answer, 413, "too_large")


def test_upload_over_its_limit_leaves_no_file(guard: Guarded, client: httpx2.Client) -> None:
    def pieces() -> Iterator[bytes]:
        for _ in range(12):
            yield b"x" * (BODY // 4)

    answer = client.post(
        "/runs/upload", content=pieces(), headers={"content-type": "application/x-ndjson"}
    )
    assert_problem(answer, 413, "too_large")
    assert list((guard.outputs / "rest-service" / "incoming").iterdir()) == []


def test_body_that_does_not_come_is_not_waited_for(guard: Guarded) -> None:
    with closing(guard.connect()) as stream:
        head = f"POST /runs HTTP/1.1\r\nHost: {guard.address[0]}:{guard.address[1]}\r\n"
        head += f"Authorization: Bearer {guard.token}\r\nContent-Type: application/json\r\n"
        stream.sendall(f"{head}Content-Length: 100\r\n\r\n".encode() + b"{")
        assert stream.recv(4096).startswith(b"HTTP/1.1 408 ")


def test_drip_fed_body_is_ended(guard: Guarded) -> None:
    with closing(guard.connect()) as stream:
        head = f"POST /runs HTTP/1.1\r\nHost: {guard.address[0]}:{guard.address[1]}\r\n"
        head += f"Authorization: Bearer {guard.token}\r\nContent-Type: application/json\r\n"
        stream.sendall(f"{head}Content-Length: 60000\r\n\r\n".encode())
        stream.settimeout(0.1)
        answer, deadline = b"", monotonic() + 30
        while not answer and monotonic() < deadline:
            try:
                stream.sendall(b"x")
                answer = stream.recv(4096)
            except TimeoutError:
                continue
    assert answer.startswith(b"HTTP/1.1 408 ")


def test_connection_that_asks_nothing_is_closed(guard: Guarded) -> None:
    with closing(guard.connect()) as stream:
        stream.sendall(b"GET /runs HT")
        with suppress(ConnectionResetError):
            assert stream.recv(4096) == b""


_CONNECTIONS = 70
"""More than the guarded service takes at once."""


def test_thousands_of_open_connections_keep_nobody_out(guard: Guarded) -> None:
    with ExitStack() as stack:
        for _ in range(1_000):
            stack.enter_context(closing(guard.connect()))
        guard.assert_serves()


@pytest.mark.parametrize("path", ["/health", "/runs"])
def test_half_a_request_after_an_answer_keeps_nobody_out(guard: Guarded, path: str) -> None:
    host = f"Host: {guard.address[0]}:{guard.address[1]}\r\n"
    with ExitStack() as stack:
        for _ in range(_CONNECTIONS):
            stream = stack.enter_context(closing(guard.connect()))
            stream.sendall(f"GET {path} HTTP/1.1\r\n{host}\r\n".encode())
            assert stream.recv(4096).startswith((b"HTTP/1.1 200", b"HTTP/1.1 401"))
            stream.sendall(b"GET /health HTTP/1.1\r\nX-Slow: ")
        guard.assert_serves()
        assert _ended(stream)  # however long it would have gone on


def test_stranger_s_slow_body_keeps_nobody_out(guard: Guarded) -> None:
    head = f"POST /login HTTP/1.1\r\nHost: {guard.address[0]}:{guard.address[1]}\r\n"
    head += "Content-Type: application/x-www-form-urlencoded\r\nContent-Length: 60\r\n\r\ntoken="
    with ExitStack() as stack:
        for _ in range(_CONNECTIONS):
            stack.enter_context(closing(guard.connect())).sendall(head.encode())
        guard.assert_serves()


def test_bodies_under_way_hold_little_memory_together(
    guard: Guarded, client: httpx2.Client
) -> None:
    head = f"POST /runs HTTP/1.1\r\nHost: {guard.address[0]}:{guard.address[1]}\r\n"
    head += f"Authorization: Bearer {guard.token}\r\nContent-Type: application/json\r\n"
    head += f"Content-Length: {BODY}\r\n\r\n"
    answers = []
    with ExitStack() as stack:
        for _ in range(6):  # four such bodies may be held
            stream = stack.enter_context(closing(guard.connect()))
            stream.sendall(head.encode() + b" " * (BODY - 1))
            answers.append(stream)
        heads = [stream.recv(4096).split(b"\r\n")[0] for stream in answers]
    assert b"HTTP/1.1 503 Service Unavailable" in heads
    assert b"HTTP/1.1 408 Request Timeout" in heads
    assert client.post("/runs", json={"task": "notes", "items": notes(1)}).is_success


@pytest.mark.parametrize("path", ["/login", "/webhook"])
def test_stranger_s_body_is_small(service: RestService, path: str) -> None:
    with service.client() as stranger:
        assert_problem(stranger.post(path, content=b"x" * 70_000), 413, "too_large")


def test_one_caller_leaves_room_for_others(guard: Guarded, client: httpx2.Client) -> None:
    name = f"r{uuid4().hex}"
    body = {"task": "notes", "items": notes(1), "run": name, "options": {"poll_interval": 3600}}
    assert client.post("/runs", json=body).is_success
    other = add_token(guard.outputs, f"other-{uuid4().hex[:8]}")
    with ExitStack() as stack:
        for _ in range(30):  # half of the connections
            watching = stack.enter_context(client.stream("GET", f"/runs/{name}/events"))
            assert watching.status_code == 200
        assert_problem(client.get("/runs"), 429, "too_many_requests")
        with guard.client(other) as polite:
            assert polite.get("/runs").status_code == 200
    deadline = monotonic() + 30
    while client.get("/runs").status_code != 200:
        assert monotonic() < deadline
        sleep(0.05)
    client.post(f"/runs/{name}/cancel")


def _ended(stream: socket.socket) -> bool:
    """Whether the other side ends it, whatever it says first."""
    try:
        while stream.recv(4096):
            continue
    except ConnectionResetError:
        pass
    return True


def test_reader_that_takes_nothing_is_dropped(guard: Guarded, client: httpx2.Client) -> None:
    folder = guard.outputs / "runs" / "large"
    guard.end_run("large")
    lines = b'{"item_id":"x","outcome":"accepted","data":"' + b"y" * 100_000 + b'"}\n'
    (folder / "items.jsonl").write_bytes(lines * 200)
    with closing(socket.socket()) as stream:
        stream.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        stream.settimeout(30)
        stream.connect(guard.address)
        host = f"{guard.address[0]}:{guard.address[1]}"
        stream.sendall(
            f"GET /runs/large/results.ndjson HTTP/1.1\r\nHost: {host}\r\n"
            f"Authorization: Bearer {guard.token}\r\n\r\n".encode()
        )
        sleep(2.0)  # take nothing
        got = 0
        try:
            while piece := stream.recv(1 << 16):
                got += len(piece)
        except ConnectionResetError:
            pass
    assert got < len(lines) * 200
    guard.assert_serves()


@pytest.mark.parametrize(
    "raw",
    [
        b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc",
        b"GET / HTTP/1.1\r\nHost: x\r\nContent-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n",
        b"GET /" + b"a" * 200_000,
        b"POST /runs HTTP/1.1\r\nHost: x\r\nContent-Length: -1\r\n\r\n",
        b"GET /runs HTTP/1.1\r\nHost: x\r\nHost: y\r\n\r\n",
        b"\x00" * 100,
    ],
)
def test_what_is_no_request_is_answered_or_dropped(guard: Guarded, raw: bytes) -> None:
    with closing(guard.connect()) as stream:
        answer = b""
        try:
            stream.sendall(raw)
            answer = stream.recv(4096)
        except (ConnectionResetError, BrokenPipeError):
            pass
    assert answer == b"" or answer.startswith((b"HTTP/1.1 4", b"HTTP/1.0 4")), answer[:80]
    guard.assert_serves()


def test_question_that_takes_too_long_is_given_up() -> None:
    sent: list[Message] = []

    async def never(_: Scope, __: Receive, ___: Send) -> None:
        await asyncio.sleep(600)

    async def receive() -> Message:
        return {"type": "http.request", "body": b"", "more_body": False}

    async def send(message: Message) -> None:
        sent.append(message)

    settings = Settings(processor={}, request_seconds=0.05)
    scope = {"type": "http", "path": "/runs", "headers": []}
    asyncio.run(Deadlines(never, settings=settings, drop=lambda _: None)(scope, receive, send))
    assert sent[0]["status"] == 504
    assert json.loads(sent[1]["body"])["kind"] == "timeout"
