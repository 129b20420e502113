"""Hostile clients, each refused cleanly: nobody comes in without a token, and nobody keeps others out."""

from __future__ import annotations

import asyncio
import json
import socket
import stat
from collections.abc import Callable, Iterator
from contextlib import ExitStack, closing, suppress
from dataclasses import replace
from http.client import HTTPConnection
from pathlib import Path
from time import monotonic, sleep
from typing import Any
from uuid import uuid4

import httpx2
import pytest

from processor.api.tokens import add_token, remove_token
from processor.rest.doors import SECURITY_HEADERS
from processor.rest.settings import Settings
from tests.bench import notes
from tests.program import Ended
from tests.service.guarded import BODY, KEY, Guarded
from tests.service.service import RestService


@pytest.fixture
def client(guard: Guarded) -> Iterator[httpx2.Client]:
    with guard.client() as made:
        yield made


def _problem(answer: httpx2.Response, status: int, kind: str) -> dict[str, Any]:
    assert answer.status_code == status, answer.text
    assert answer.headers["content-type"] == "application/problem+json"
    body: dict[str, Any] = answer.json()
    assert body["kind"] == kind
    assert body["status"] == status
    assert "Traceback" not in answer.text
    return body


def _still_serves(guard: Guarded) -> None:
    with guard.client() as other:
        assert other.get("/runs").status_code == 200


# -- tokens -------------------------------------------------------------------------------------


@pytest.mark.parametrize("path", ["/runs", "/tasks", "/costs", "/batch/jobs", "/docs", "/nowhere"])
def test_nothing_is_shown_without_a_token(guard: Guarded, path: str) -> None:
    with guard.client("") as stranger:
        answer = stranger.get(path)
    _problem(answer, 401, "unauthorized")
    assert answer.headers["www-authenticate"] == "Bearer"


def test_health_needs_no_token(guard: Guarded) -> None:
    with guard.client("") as stranger:
        assert stranger.get("/health").json()["status"] == "ok"


@pytest.mark.parametrize("given", ["tb_wrong", "Bearer", "tb_" + "x" * 5000, "é"])
def test_wrong_token_is_refused(guard: Guarded, given: str) -> None:
    with guard.client("") as stranger:
        answer = stranger.get("/runs", headers={b"authorization": f"Bearer {given}".encode()})
    assert answer.status_code in (401, 429)
    sleep(0.25)  # five wrong ones a second are let try


def test_tokens_of_other_kinds_are_refused(guard: Guarded) -> None:
    with guard.client("") as stranger:
        answer = stranger.get("/runs", headers={"authorization": f"Basic {guard.token}"})
    assert answer.status_code in (401, 429)


def test_guessing_is_slowed_down(guard: Guarded) -> None:
    with guard.client("tb_guess") as stranger:
        answers = [stranger.get("/runs") for _ in range(30)]
    slowed = [one for one in answers if one.status_code == 429]
    assert {one.status_code for one in answers} == {401, 429}
    assert all(int(one.headers["retry-after"]) >= 1 for one in slowed)
    _still_serves(guard)


def test_removed_token_is_worth_nothing_at_once(guard: Guarded) -> None:
    token = add_token(guard.outputs, "leaver")
    with guard.client(token) as leaver:
        assert leaver.get("/runs").status_code == 200
        remove_token(guard.outputs, "leaver")
        assert leaver.get("/runs").status_code in (401, 429)


def test_file_of_tokens_is_its_owner_s_and_holds_none(guard: Guarded) -> None:
    path = guard.outputs / "rest-service" / "tokens.json"
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert guard.token not in path.read_text()


def test_token_command_shows_a_token_once(program: Callable[..., Ended], tmp_path: Path) -> None:
    folder = ["--outputs", str(tmp_path / "o")]
    made = program("token", "add", "ann", "--json", *folder)
    token = made.json["token"]
    assert token.startswith("tb_")
    assert len(token) > 40
    listed = program("token", "list", "--json", *folder)
    assert [one["name"] for one in listed.json["tokens"]] == ["ann"]
    assert token not in listed.stdout
    assert program("token", "add", "ann", *folder).code == 2
    assert program("token", "remove", "ann", *folder).code == 0
    assert program("token", "remove", "ann", *folder).code == 2
    assert program("token", "add", "../ann", *folder).code == 2


def test_rate_is_each_token_s_own(guard: Guarded, tmp_path: Path) -> None:
    from processor.effects.clock import SystemClock
    from processor.rest.rates import Rates

    rates = Rates(10.0, SystemClock())
    taken = [rates.take("ann") for _ in range(25)]
    assert taken[:20] == [0] * 20
    assert taken[-1] == 1
    assert rates.take("bob") == 0


# -- names, hosts, origins ----------------------------------------------------------------------


def test_name_that_means_this_machine_is_not_enough(guard: Guarded, client: httpx2.Client) -> None:
    answer = client.get("/runs", headers={"host": "evil.example"})
    _problem(answer, 421, "unknown_host")


@pytest.mark.parametrize(
    "headers",
    [
        {"origin": "https://evil.example"},
        {"origin": "null"},
        {"sec-fetch-site": "cross-site"},
        {"sec-fetch-site": "same-site"},
    ],
)
def test_page_of_another_origin_cannot_act(client: httpx2.Client, headers: dict[str, str]) -> None:
    body = {"task": "notes", "items": notes(1)}
    _problem(client.post("/runs", json=body, headers=headers), 403, "other_origin")


def test_form_of_another_page_is_no_request(client: httpx2.Client) -> None:
    text = json.dumps({"task": "notes", "items": notes(1)})
    answer = client.post("/runs", content=text, headers={"content-type": "text/plain"})
    _problem(answer, 415, "unsupported_media_type")


def test_no_page_of_another_origin_may_read(client: httpx2.Client) -> None:
    answer = client.options(
        "/runs",
        headers={"origin": "https://evil.example", "access-control-request-method": "POST"},
    )
    assert not [name for name in answer.headers if name.startswith("access-control")]


@pytest.mark.parametrize("path", ["/health", "/nowhere", "/docs", "/login", "/openapi.json"])
def test_every_answer_carries_the_security_headers(client: httpx2.Client, path: str) -> None:
    answer = client.get(path)
    for name, value in SECURITY_HEADERS.items():
        assert answer.headers[name] == value
    assert "server" not in answer.headers


_NAMES = (
    "..", "../..", "..%2f..%2fetc%2fpasswd", "%2e%2e", "a%00b", "a/../../b", "C:%5Cx", "~root",
    "<script>alert(1)</script>", "{{7*7}}", "'%20OR%201=1%20--", "x" * 5000, "%ff%fe", "n%0d%0aX:%20y",
)  # fmt: skip


@pytest.mark.parametrize(
    "route",
    ["/runs/{}", "/runs/{}/results", "/runs/{}/report", "/batch/status/{}", "/batch/results/{}/x",
     "/tasks/{}", "/batch/results/runs/x/{}"],
)  # fmt: skip
def test_no_name_leads_out_of_the_folder(guard: Guarded, route: str) -> None:
    with closing(HTTPConnection(*guard.address, timeout=30)) as raw:  # it sends `..` as it is
        for name in _NAMES:
            headers = {"authorization": f"Bearer {guard.token}"}
            raw.request("GET", route.replace("{}", name), headers=headers)
            answer = raw.getresponse()
            text = answer.read().decode()
            assert answer.status in (404, 422), (name, text)
            assert answer.headers["content-type"] == "application/problem+json"
            assert "root:" not in text


@pytest.mark.parametrize("field", ["run", "task", "model"])
def test_traversal_in_a_field_is_refused(guard: Guarded, client: httpx2.Client, field: str) -> None:
    body: dict[str, Any] = {"task": "notes", "items": notes(1), "run": f"r{uuid4().hex}"}
    if field == "model":
        body["options"] = {"model": "../../x y"}
    else:
        body[field] = "../../etc"
    _problem(client.post("/runs", json=body), 422, "invalid_request")
    assert not (guard.outputs / "runs").is_dir() or "etc" not in str(
        list((guard.outputs / "runs").iterdir())
    )


def test_script_in_every_string_is_only_text(guard: Guarded, client: httpx2.Client) -> None:
    script = "<script>alert(1)</script>"
    name = f"r{uuid4().hex}"
    item = {"note_id": script, "title": script, "text": script}
    assert client.post("/runs", json={"task": "notes", "items": [item], "run": name}).is_success
    deadline = monotonic() + 60
    while client.get(f"/runs/{name}").json()["state"] not in ("DONE", "FAILED"):
        assert monotonic() < deadline
        sleep(0.1)
    answer = client.get(f"/runs/{name}/results")
    assert answer.headers["content-type"] == "application/json"
    assert answer.headers["x-content-type-options"] == "nosniff"


# -- sizes and times ----------------------------------------------------------------------------


def test_body_over_the_limit_is_refused_before_it_is_read(guard: Guarded) -> None:
    with closing(guard.connect()) as stream:
        head = f"POST /runs HTTP/1.1\r\nHost: {guard.address[0]}:{guard.address[1]}\r\n"
        head += f"Authorization: Bearer {guard.token}\r\nContent-Type: application/json\r\n"
        stream.sendall(f"{head}Content-Length: {10 * BODY}\r\n\r\n".encode())
        assert stream.recv(4096).startswith(b"HTTP/1.1 413 ")
    _still_serves(guard)


def test_body_that_hides_its_size_is_cut_at_the_limit(client: httpx2.Client) -> None:
    def pieces() -> Iterator[bytes]:
        for _ in range(20):
            yield b"x" * (BODY // 4)

    answer = client.post("/runs", content=pieces(), headers={"content-type": "application/json"})
    _problem(answer, 413, "too_large")


def test_upload_over_its_limit_leaves_no_file(guard: Guarded, client: httpx2.Client) -> None:
    def pieces() -> Iterator[bytes]:
        for _ in range(12):
            yield b"x" * (BODY // 4)

    answer = client.post(
        "/runs/upload", content=pieces(), headers={"content-type": "application/x-ndjson"}
    )
    _problem(answer, 413, "too_large")
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
        _still_serves(guard)


@pytest.mark.parametrize("path", ["/health", "/runs"])
def test_half_a_request_after_an_answer_keeps_nobody_out(guard: Guarded, path: str) -> None:
    host = f"Host: {guard.address[0]}:{guard.address[1]}\r\n"
    with ExitStack() as stack:
        for _ in range(_CONNECTIONS):
            stream = stack.enter_context(closing(guard.connect()))
            stream.sendall(f"GET {path} HTTP/1.1\r\n{host}\r\n".encode())
            assert stream.recv(4096).startswith((b"HTTP/1.1 200", b"HTTP/1.1 401"))
            stream.sendall(b"GET /health HTTP/1.1\r\nX-Slow: ")
        _still_serves(guard)
        assert _ended(stream)  # however long it would have gone on


def test_stranger_s_slow_body_keeps_nobody_out(guard: Guarded) -> None:
    head = f"POST /login HTTP/1.1\r\nHost: {guard.address[0]}:{guard.address[1]}\r\n"
    head += "Content-Type: application/x-www-form-urlencoded\r\nContent-Length: 60\r\n\r\ntoken="
    with ExitStack() as stack:
        for _ in range(_CONNECTIONS):
            stack.enter_context(closing(guard.connect())).sendall(head.encode())
        _still_serves(guard)


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
        _problem(stranger.post(path, content=b"x" * 70_000), 413, "too_large")


def test_one_caller_leaves_room_for_others(guard: Guarded, client: httpx2.Client) -> None:
    name = f"r{uuid4().hex}"
    body = {"task": "notes", "items": notes(1), "run": name, "options": {"poll_interval": 3600}}
    assert client.post("/runs", json=body).is_success
    other = add_token(guard.outputs, f"other-{uuid4().hex[:8]}")
    with ExitStack() as stack:
        for _ in range(30):  # half of the connections
            watching = stack.enter_context(client.stream("GET", f"/runs/{name}/events"))
            assert watching.status_code == 200
        _problem(client.get("/runs"), 429, "too_many_requests")
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
    _make_ended_run(guard, client, "large")
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
    _still_serves(guard)


def _make_ended_run(guard: Guarded, client: httpx2.Client, name: str) -> None:
    client.post("/runs", json={"task": "notes", "items": notes(1), "run": name})
    deadline = monotonic() + 60
    while client.get(f"/runs/{name}").json()["state"] not in ("DONE", "FAILED"):
        assert monotonic() < deadline
        sleep(0.1)


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
    _still_serves(guard)


# -- secrets ------------------------------------------------------------------------------------


def test_key_of_the_server_is_in_no_answer_and_no_file(
    guard: Guarded, client: httpx2.Client
) -> None:
    name = f"r{uuid4().hex}"
    _make_ended_run(guard, client, name)
    paths = ["/runs", f"/runs/{name}", f"/runs/{name}/report", f"/runs/{name}/results", "/costs",
             "/health", "/openapi.json", "/docs", "/tasks", "/tasks/notes", "/batch/jobs"]  # fmt: skip
    for path in paths:
        assert KEY not in client.get(path).text, path
    for file in (guard.outputs / "runs" / name).rglob("*"):
        assert not file.is_file() or KEY.encode() not in file.read_bytes(), file


def test_bug_is_told_by_a_number_and_logged_with_it(
    guard: Guarded, capsys: pytest.CaptureFixture[str]
) -> None:
    from loguru import logger

    from processor.rest.problems import unexpected

    heard: list[str] = []
    sink = logger.add(heard.append, diagnose=False)
    logger.enable("processor")
    try:
        answer = unexpected(ValueError("/secret/path"), "GET", "/runs")
    finally:
        logger.remove(sink)
        logger.disable("processor")
    body = json.loads(bytes(answer.body))
    number = body["instance"].rpartition(":")[2]
    assert body["status"] == 500
    assert "/secret/path" not in bytes(answer.body).decode()
    assert number in heard[0]
    assert "ValueError: /secret/path" in heard[0]


# -- where it listens ---------------------------------------------------------------------------


def test_other_machines_always_need_a_token() -> None:
    local = Settings(processor={})
    assert not local.needs_tokens
    assert replace(local, host="0.0.0.0").needs_tokens
    assert replace(local, host="::").needs_tokens
    assert replace(local, require_tokens=True).needs_tokens


def test_port_that_is_taken_is_wrong_usage(program: Callable[..., Ended], guard: Guarded) -> None:
    ended = program("serve", "--port", str(guard.address[1]), "--sandbox", "--json")
    assert ended.code == 2
    assert "--port" in ended.json["error"]["message"]


def test_service_without_a_key_does_not_start(program: Callable[..., Ended]) -> None:
    ended = program("serve", "--port", "0", "--json")
    assert ended.code == 2
    assert "API key" in ended.json["error"]["message"]


# -- browsers -----------------------------------------------------------------------------------


def test_browser_logs_in_with_a_token_once(guard: Guarded) -> None:
    with guard.client("") as browser:
        sent = browser.get("/runs", headers={"accept": "text/html"})
        assert sent.status_code == 303
        assert sent.headers["location"] == "/login"
        assert "<form" in browser.get("/login").text
        answer = browser.post("/login", data={"token": guard.token})
        assert answer.status_code == 303, answer.text
        cookie = answer.headers["set-cookie"].lower()
        assert "httponly" in cookie
        assert "samesite=strict" in cookie
        assert guard.token.lower() not in cookie
        assert browser.get("/runs").status_code == 200
        browser.post("/logout")
        assert browser.get("/runs").status_code == 401


def test_session_ends_with_its_token(guard: Guarded) -> None:
    token = add_token(guard.outputs, "leaver")
    with guard.client("") as browser:
        assert browser.post("/login", data={"token": token}).status_code == 303
        assert browser.get("/runs").status_code == 200
        remove_token(guard.outputs, "leaver")
        assert browser.get("/runs").status_code == 401
        add_token(guard.outputs, "leaver")  # another token of the same name
        assert browser.get("/runs").status_code == 401
    remove_token(guard.outputs, "leaver")


def test_asyncio_is_not_kept_from_others_by_one_client(guard: Guarded) -> None:
    async def ask() -> list[int]:
        async with httpx2.AsyncClient(
            base_url=guard.url, headers={"authorization": f"Bearer {guard.token}"}, trust_env=False
        ) as client:
            answers = await asyncio.gather(*(client.get("/runs") for _ in range(20)))
            return [one.status_code for one in answers]

    assert asyncio.run(ask()) == [200] * 20
