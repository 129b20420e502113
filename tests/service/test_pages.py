"""The pages over HTTP: only our own forms act, errors are pages, and nothing of a client is markup."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from html import unescape
from pathlib import Path
from uuid import uuid4

import httpx2
import pytest

from processor.api.tokens import add_token
from tests.bench import notes
from tests.service.guarded import Guarded
from tests.service.service import RestService

LINES = "\n".join(json.dumps(one) for one in notes(2))
ATTACK = "</textarea></title><script>window.owned = 1</script>"


def _hidden(page: str, name: str) -> str:
    found = re.search(rf'name="{name}" value="([^"]*)"', page)
    assert found, page
    return unescape(found[1])


def _form(client: httpx2.Client, **fields: str) -> dict[str, str]:
    page = client.get("/new").text
    hidden = {name: _hidden(page, name) for name in ("form_token", "key")}
    return {**hidden, "task": "notes", "items": LINES, **fields}


def _sent(client: httpx2.Client, fields: dict[str, str]) -> httpx2.Response:
    return client.post("/new", data=fields)


@pytest.fixture
def done(service: RestService, client: httpx2.Client, name: str) -> str:
    """A run that has ended."""
    assert _sent(client, _form(client, run=name)).status_code == 303
    service.wait_for(name)
    return name


def test_form_makes_a_run(service: RestService, client: httpx2.Client, name: str) -> None:
    answer = _sent(client, _form(client, run=name))
    assert answer.headers["location"] == f"/runs/{name}/page?done=submitted"
    assert service.wait_for(name)["counts"]["accepted"] == 2


def test_same_form_twice_makes_one_run(client: httpx2.Client) -> None:
    fields = _form(client)
    places = {_sent(client, fields).headers["location"] for _ in range(2)}
    assert len(places) == 1


@pytest.mark.parametrize(
    ("file", "content"),
    [
        ("a.jsonl", LINES),
        ("../../A.JSON", json.dumps(notes(2))),
        ("a.csv", "note_id,title,text\nn1,One,Oak\nn2,Two,Ash\n"),
    ],
)
def test_file_of_a_form_is_the_items(
    service: RestService, client: httpx2.Client, name: str, file: str, content: str
) -> None:
    fields = _form(client, run=name)
    del fields["items"]
    answer = client.post("/new", data=fields, files={"file": (file, content.encode())})
    assert answer.status_code == 303, answer.text
    assert service.wait_for(name)["items"] == 2


@pytest.mark.parametrize(
    ("fields", "said"),
    [
        ({"items": ""}, "Items are typed in, or come in a file"),
        ({"task": "../notes"}, "task: "),
        ({"task": "nothing_here"}, "There is no task"),
        ({"run": "../x"}, "run: "),
        ({"run": ".."}, "run: "),
        ({"max_cost": "nan"}, "max_cost: "),
        ({"model": "<script>"}, "model: "),
    ],
)
def test_form_says_what_is_wrong(client: httpx2.Client, fields: dict[str, str], said: str) -> None:
    answer = _sent(client, _form(client, **fields))
    assert answer.status_code == 422
    assert said in unescape(answer.text)
    assert 'role="alert"' in answer.text


def test_what_was_typed_comes_back_as_text(client: httpx2.Client) -> None:
    answer = _sent(client, _form(client, items=ATTACK, run=ATTACK, model=ATTACK, task=ATTACK))
    assert answer.status_code == 422
    assert "<script>window" not in answer.text
    assert ATTACK in unescape(answer.text)


@pytest.mark.parametrize("place", ["/new", "page/retry", "page/cancel", "page/accept"])
@pytest.mark.parametrize("given", [None, "", "0" * 64, "é"])
def test_only_our_own_forms_act(
    client: httpx2.Client, done: str, place: str, given: str | None
) -> None:
    before = client.get("/runs").json()["runs"]
    address = place if place.startswith("/") else f"/runs/{done}/{place}"
    fields = {**_form(client), "number": "1", "line": "x"}
    del fields["form_token"]
    answer = client.post(address, data=fields if given is None else fields | {"form_token": given})
    assert answer.status_code == 403
    assert "load the page anew" in answer.text
    assert client.get("/runs").json()["runs"] == before


def test_form_of_another_origin_is_refused(client: httpx2.Client) -> None:
    fields = _form(client)
    for headers in ({"origin": "https://example.com"}, {"sec-fetch-site": "cross-site"}):
        assert client.post("/new", data=fields, headers=headers).status_code == 403


def test_form_token_is_of_one_caller(guard: Guarded) -> None:
    other = add_token(guard.outputs, f"other-{uuid4().hex[:8]}")
    with guard.client() as one, guard.client(other) as two:
        fields = _form(one)
        assert _sent(two, fields).status_code == 403
        assert _form(two)["form_token"] != fields["form_token"]


def test_page_of_an_ended_run_is_its_report_and_what_can_be_done(
    service: RestService, client: httpx2.Client, done: str
) -> None:
    answer = client.get(f"/runs/{done}/page")
    report = Path(service.outputs, "runs", done, "report.html").read_text(encoding="utf-8")
    assert answer.text.endswith(report[report.index("<main>") :])
    policy = answer.headers["content-security-policy"]
    stated = re.search(r'Content-Security-Policy" content="([^"]*)"', answer.text)
    assert stated
    assert policy == f"{stated[1]}; frame-ancestors 'none'"
    assert "unsafe" not in policy
    assert 'class="deeds"' in answer.text
    assert client.get(f"/runs/{done}/report.md").text.startswith("# ")
    for name, place in (("report.json", "report"), ("items.jsonl", "results.ndjson")):
        assert client.get(f"/runs/{done}/{name}").headers["location"] == f"/runs/{done}/{place}"


def test_nothing_left_to_retry_is_said_on_a_page(client: httpx2.Client, done: str) -> None:
    answer = client.post(f"/runs/{done}/page/retry", data=_form(client))
    assert answer.status_code == 409
    assert answer.headers["content-type"].startswith("text/html")


def test_suggestion_that_is_gone_is_refused(client: httpx2.Client, done: str) -> None:
    fields = _form(client)
    for number in ("1", "0", "x", "9" * 30, "²", ""):
        fields |= {"number": number, "line": "names = []"}
        assert client.post(f"/runs/{done}/page/accept", data=fields).status_code == 422


@pytest.mark.parametrize(
    ("path", "status"),
    [
        ("/runs/nothing-here/page", 404),
        ("/runs/..%2f..%2fx/page", 404),
        ("/runs/%3Cscript%3E/page", 422),
        ("/?page=0", 422),
        ("/?state=other", 422),
    ],
)
def test_errors_are_pages(client: httpx2.Client, path: str, status: int) -> None:
    answer = client.get(path)
    assert answer.status_code == status
    assert "<script>alert" not in answer.text
    assert "Traceback" not in answer.text


@pytest.mark.usefixtures("done")  # without a run there is nothing to choose from
def test_list_keeps_what_is_chosen_as_text(client: httpx2.Client) -> None:
    answer = client.get("/", params={"words": ATTACK, "task": ATTACK})
    assert answer.status_code == 200
    assert ATTACK in unescape(answer.text)
    assert "<script>window" not in answer.text


@pytest.fixture
def stranger(guard: Guarded) -> Iterator[httpx2.Client]:
    with guard.client("") as made:
        yield made


@pytest.mark.parametrize("path", ["/", "/new", "/runs/x/page"])
def test_strangers_are_asked_for_a_token_first(stranger: httpx2.Client, path: str) -> None:
    answer = stranger.get(path, headers={"accept": "text/html"})
    assert (answer.status_code, answer.headers["location"]) == (303, "/login")
    assert stranger.get(path).status_code == 401
