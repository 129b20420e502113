"""The routes under /runs: all that the command line can do with a run."""

from __future__ import annotations

import json
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any
from uuid import uuid4

import httpx2
import pytest

from tests.bench import notes
from tests.service.service import RestService

ND = {"content-type": "application/x-ndjson"}


def _submit(client: httpx2.Client, name: str, count: int = 3, **more: Any) -> httpx2.Response:
    """A run of its own: what other tests had accepted is asked again."""
    options = {"fresh": True, **more.pop("options", {})}
    body = {"task": "notes", "items": notes(count), "run": name, "options": options, **more}
    return client.post("/runs", json=body)


def test_run_is_taken_over_and_driven_to_its_end(
    service: RestService, client: httpx2.Client, name: str
) -> None:
    taken = _submit(client, name)
    assert taken.status_code == 202, taken.text
    assert taken.headers["location"] == f"/runs/{name}"
    assert taken.json()["state"] == "BUILDING"
    assert taken.json()["items"] == 3
    ended = service.wait_for(name)
    assert ended["state"] == "DONE"
    assert ended["counts"]["accepted"] == 3

    folder = Path(service.outputs) / "runs" / name
    lines = (folder / "items.jsonl").read_bytes()
    assert client.get(f"/runs/{name}/results.ndjson").content == lines
    assert client.get(f"/runs/{name}/report").json() == json.loads(
        (folder / "report.json").read_bytes()
    )
    only = client.get(f"/runs/{name}/results.ndjson", params={"outcome": "failed"})
    assert only.content == b""


def test_results_are_leafed_through_page_by_page(
    service: RestService, client: httpx2.Client, name: str
) -> None:
    _submit(client, name, count=5)
    service.wait_for(name)
    seen, cursor = [], None
    for size in (2, 2, 1):
        page = client.get(
            f"/runs/{name}/results", params={"limit": 2, **({"cursor": cursor} if cursor else {})}
        ).json()
        assert len(page["results"]) == size
        seen += [one["item_id"] for one in page["results"]]
        cursor = page["next_cursor"]
    assert seen == ["n1", "n2", "n3", "n4", "n5"]
    assert cursor is None
    none = client.get(f"/runs/{name}/results", params={"outcome": "rejected"}).json()
    assert none["results"] == []
    for nowhere in ("7", "999999", "3000000000002000"):
        refused = client.get(f"/runs/{name}/results", params={"cursor": nowhere})
        assert refused.status_code == 422


def test_results_before_the_end_are_a_conflict_in_the_words_of_the_program(
    client: httpx2.Client, name: str
) -> None:
    _submit(client, name)
    early = client.get(f"/runs/{name}/results")
    if early.status_code == 200:
        pytest.skip("the machine was quicker than this test")
    assert early.status_code == 409
    assert early.headers["content-type"] == "application/problem+json"
    problem = early.json()
    assert problem["kind"] == "not_finished"
    assert problem["exit_code"] == 4
    assert problem["run"] == name
    assert name in problem["detail"]


@pytest.mark.parametrize(
    ("kind", "content"),
    [
        ("application/x-ndjson", "".join(json.dumps(note) + "\n" for note in notes(3))),
        ("application/json", json.dumps(notes(3))),
        ("text/csv", "note_id,title,text\nn1,One,Oak\nn2,Two,Elm\nn3,Three,Ash\n"),
    ],
)
def test_file_of_items_is_uploaded(
    service: RestService, client: httpx2.Client, name: str, kind: str, content: str
) -> None:
    taken = client.post(
        "/runs/upload",
        params={"task": "notes", "run": name, "expect": 3},
        content=content.encode(),
        headers={"content-type": kind},
    )
    assert taken.status_code == 202, taken.text
    counts = service.wait_for(name)["counts"]
    assert counts["accepted"] + counts["reused"] == 3


def test_upload_that_is_no_json_fails_with_its_line_and_no_path(
    service: RestService, client: httpx2.Client, name: str
) -> None:
    content = json.dumps(notes(1)[0]).encode() + b"\n{broken\n"
    client.post("/runs/upload", params={"task": "notes", "run": name}, content=content, headers=ND)
    ended = service.wait_for(name)
    assert ended["state"] == "FAILED"
    assert "line 2" in ended["reason"]
    assert service.outputs not in ended["reason"]


def test_same_request_twice_makes_one_run(service: RestService, client: httpx2.Client) -> None:
    key = {"Idempotency-Key": uuid4().hex}
    body = {"task": "notes", "items": notes(2)}
    first = client.post("/runs", json=body, headers=key)
    again = client.post("/runs", json=body, headers=key)
    assert first.status_code == again.status_code == 202
    assert first.json()["run"] == again.json()["run"]
    assert "idempotent-replayed" not in first.headers
    assert again.headers["idempotent-replayed"] == "true"
    other = client.post("/runs", json={"task": "notes", "items": notes(3)}, headers=key)
    assert other.status_code == 422
    assert other.json()["kind"] == "idempotency_key_reused"
    service.wait_for(first.json()["run"])


def test_twins_at_the_same_moment_make_one_run(service: RestService) -> None:
    key = {"Idempotency-Key": uuid4().hex}
    body = {"task": "notes", "items": notes(2)}

    def ask(_: int) -> httpx2.Response:
        with service.client() as client:
            return client.post("/runs", json=body, headers=key)

    with ThreadPoolExecutor(8) as pool:
        answers = list(pool.map(ask, range(8)))
    assert {one.status_code for one in answers} == {202}
    runs = {one.json()["run"] for one in answers}
    assert len(runs) == 1
    assert sum("idempotent-replayed" not in one.headers for one in answers) == 1
    service.wait_for(runs.pop())


def test_name_that_is_taken_is_a_conflict_and_changes_nothing(
    service: RestService, client: httpx2.Client, name: str
) -> None:
    _submit(client, name, count=2)
    assert service.wait_for(name)["items"] == 2
    again = _submit(client, name, count=3)
    assert again.status_code == 409
    assert again.json()["kind"] == "run_exists"
    assert client.get(f"/runs/{name}").json()["items"] == 2


def test_key_of_a_refused_request_is_free_again(client: httpx2.Client, name: str) -> None:
    key = {"Idempotency-Key": uuid4().hex}
    wrong = {"task": "nothing_of_this_name", "items": notes(1)}
    refused = client.post("/runs", json=wrong, headers=key)
    assert refused.status_code == 422
    assert "There is no task" in refused.json()["detail"]
    body = {"task": "notes", "items": notes(1), "run": name}
    assert client.post("/runs", json=body, headers=key).status_code == 202


def test_rejected_items_are_retried_in_a_new_run(
    service: RestService, client: httpx2.Client, name: str
) -> None:
    _submit(client, name, task="wanting")
    assert service.wait_for(name)["counts"]["rejected"] == 3
    retried = client.post(f"/runs/{name}/retry", json={"run": f"{name}-2"})
    assert retried.status_code == 202, retried.text
    assert service.wait_for(f"{name}-2")["counts"]["rejected"] == 3
    report = client.get(f"/runs/{name}-2/report").json()
    assert report["retry_of"] == name


def test_nothing_to_retry_is_said_at_once(
    service: RestService, client: httpx2.Client, name: str
) -> None:
    _submit(client, name, count=1)
    service.wait_for(name)
    refused = client.post(f"/runs/{name}/retry", json={})
    assert refused.status_code == 409
    assert refused.json()["kind"] == "held_back"
    assert refused.json()["exit_code"] == 9


def test_run_of_another_s_results_takes_them_as_items(
    service: RestService, client: httpx2.Client, name: str
) -> None:
    _submit(client, name, count=2)
    service.wait_for(name)
    body = {"task": "plain", "from_run": name, "run": f"{name}-b"}
    assert client.post("/runs", json=body).status_code == 202
    assert service.wait_for(f"{name}-b")["items"] == 2


def test_limit_of_the_client_s_own_holds_the_run_back(
    service: RestService, client: httpx2.Client, name: str
) -> None:
    _submit(client, name, options={"max_cost": 0})
    ended = service.wait_for(name)
    assert ended["state"] == "FAILED"
    assert client.get(f"/runs/{name}/report").json()["refused"]["exit_code"] == 9


def test_events_tell_of_the_whole_run(client: httpx2.Client, name: str) -> None:
    _submit(client, name)
    kinds, last = [], ""
    with client.stream("GET", f"/runs/{name}/events") as stream:
        assert stream.headers["content-type"].startswith("text/event-stream")
        for line in stream.iter_lines():
            if line.startswith("event: "):
                kinds.append(line.removeprefix("event: "))
            elif line.startswith("data: "):
                last = line.removeprefix("data: ")
    assert kinds[-1] == "end"
    assert json.loads(last)["state"] == "DONE"


def test_runs_are_listed_newest_first_in_pages(
    service: RestService, client: httpx2.Client, name: str
) -> None:
    names = [f"{name}-{number}" for number in range(3)]
    for one in names:
        _submit(client, one, count=1)
    for one in names:
        service.wait_for(one)
    found: list[str] = []
    cursor: str | None = None
    while True:
        given: dict[str, str | int] = {"limit": 2, **({"cursor": cursor} if cursor else {})}
        page = client.get("/runs", params=given).json()
        found += [run["run"] for run in page["runs"]]
        cursor = page["next_cursor"]
        if cursor is None:
            break
    assert len(found) == len(set(found))
    assert [run for run in found if run in names] == names[::-1]


@pytest.mark.parametrize(
    ("body", "says"),
    [
        ('{"task": "notes", "items": [{"note_id": "a", "note_id": "b"}]}', "note_id"),
        ('{"task": "notes", "items": [{"note_id": NaN}]}', "JSON"),
        ('{"task": "notes", "items": []}', "items"),
        ('{"task": "notes"}', "items"),
        ('{"task": "notes", "items": [{"note_id": "1"}], "inputs": "/etc"}', "inputs"),
        ('{"task": "notes", "items": [{"note_id": "1"}], "options": {"then": "rm"}}', "then"),
        ('{"task": "../notes", "items": [{"note_id": "1"}]}', "task"),
        ('{"task": "notes", "run": "..", "items": [{"note_id": "1"}]}', "run"),
        ("[]", "the body: It should be an object"),
        ("null", "the body: It should be an object"),
        ("", "JSON"),
        ("[" * 50_000 + "]" * 50_000, "JSON"),
        ('{"task": "notes", "items": [{"note_id": "\\ud800"}]}', "half a character"),
        ('{"task": "notes", "items": [{"n": "1"}], "options": {"max_cost": 1e999}}', "max_cost"),
        ('{"items": [{"n": "1"}], "options": {"poll_interval": 1e-9}}', "poll_interval"),
    ],
)
def test_body_that_is_not_as_described_is_refused(
    client: httpx2.Client, body: str, says: str
) -> None:
    refused = client.post("/runs", content=body, headers={"content-type": "application/json"})
    assert refused.status_code == 422, refused.text
    assert refused.headers["content-type"] == "application/problem+json"
    assert says in refused.json()["detail"]
    assert len(refused.content) < 2_000


def test_costs_and_tasks_are_the_program_s(
    service: RestService, client: httpx2.Client, name: str
) -> None:
    _submit(client, name, count=1)
    service.wait_for(name)
    rows = client.get("/costs", params={"by": "task"}).json()["rows"]
    assert "notes" in [row["name"] for row in rows]
    tasks = [task["name"] for task in client.get("/tasks").json()["tasks"]]
    assert {"notes", "news", "stage_1a"} <= set(tasks)
    described = client.get("/tasks/notes").json()
    assert "folder" not in described
    assert "{{ title }}" in described["files"]["prompt.md"]
    assert client.get("/tasks/nothing").status_code == 404


def test_cancelled_run_ends_long_before_its_next_look(
    service: RestService, client: httpx2.Client, name: str
) -> None:
    _submit(client, name, options={"poll_interval": 3600})
    service.wait_for(name, "SUBMITTED")
    assert client.post(f"/runs/{name}/cancel").status_code == 202
    ended = service.wait_for(name)
    assert ended["state"] in ("FAILED", "DONE")  # DONE: all was answered before the service heard
    assert client.post(f"/runs/{name}/cancel").json()["state"] == ended["state"]
