"""Hostile clients, each refused cleanly: nobody comes in without a token, and nobody keeps others out."""

from __future__ import annotations

import asyncio
import json
import stat
from collections.abc import Callable, Iterator
from contextlib import closing
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
from tests.service.guarded import KEY, Guarded, assert_problem

# -- tokens -------------------------------------------------------------------------------------


@pytest.fixture
def client(guard: Guarded) -> Iterator[httpx2.Client]:
    with guard.client() as made:
        yield made


@pytest.mark.parametrize("path", ["/runs", "/tasks", "/costs", "/batch/jobs", "/docs", "/nowhere"])
def test_nothing_is_shown_without_a_token(guard: Guarded, path: str) -> None:
    with guard.client("") as stranger:
        answer = stranger.get(path)
    assert_problem(answer, 401, "unauthorized")
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
    guard.assert_serves()


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
    assert_problem(answer, 421, "unknown_host")


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
    assert_problem(client.post("/runs", json=body, headers=headers), 403, "other_origin")


def test_form_of_another_page_is_no_request(client: httpx2.Client) -> None:
    text = json.dumps({"task": "notes", "items": notes(1)})
    answer = client.post("/runs", content=text, headers={"content-type": "text/plain"})
    assert_problem(answer, 415, "unsupported_media_type")


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
    assert_problem(client.post("/runs", json=body), 422, "invalid_request")
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


# -- secrets ------------------------------------------------------------------------------------


def test_key_of_the_server_is_in_no_answer_and_no_file(
    guard: Guarded, client: httpx2.Client
) -> None:
    name = f"r{uuid4().hex}"
    guard.end_run(name)
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
