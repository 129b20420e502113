"""The routes that clients of such systems know, field for field."""

from __future__ import annotations

import httpx2

from tests.bench import notes
from tests.service.service import RestService
from tests.web import site as sites


def _contents(count: int) -> list[dict[str, str]]:
    return [
        {"id": note["note_id"], "title": note["title"], "contents": note["text"]}
        for note in notes(count)
    ]


def test_batch_is_submitted_watched_and_read(
    service: RestService, client: httpx2.Client, name: str
) -> None:
    body = {"contents": _contents(3), "batch_name": name, "wait_for_completion": False}
    submitted = client.post("/batch/submit-contents", json=body)
    assert submitted.status_code == 200, submitted.text
    assert submitted.json() == {
        "job_id": f"runs/{name}",
        "batch_name": name,
        "url_count": 3,
        "status": "SUBMITTED",
        "message": "Items taken over: 3.",
    }
    service.wait_for(name)

    status = client.get(f"/batch/status/runs/{name}").json()
    job_id = status.pop("job_id")
    assert job_id.startswith("batches/")
    assert status == {
        "state": "JOB_STATE_SUCCEEDED",
        "completed_count": 3,
        "total_count": 3,
        "progress_percent": 100.0,
    }
    assert client.get(f"/batch/status/{job_id}").json()["job_id"] == job_id

    listed = client.get("/batch/jobs").json()
    assert listed["total"] == len(listed["jobs"])
    mine = next(job for job in listed["jobs"] if job["job_id"] == job_id)
    assert set(mine) == {"job_id", "batch_file", "submitted_at", "status"}
    assert mine["status"] == "JOB_STATE_SUCCEEDED"
    assert mine["batch_file"] == f"runs/{name}/requests.json"

    results = client.get(f"/batch/results/{job_id}/{name}").json()
    assert results["job_id"] == job_id
    assert results["total_count"] == 3
    assert [one["item_id"] for one in results["results"]] == ["n1", "n2", "n3"]


def test_wait_for_completion_answers_at_the_end(client: httpx2.Client, name: str) -> None:
    body = {"contents": _contents(1), "batch_name": name, "wait_for_completion": True}
    ended = client.post("/batch/submit-contents", json=body).json()
    assert ended["status"] == "DONE"
    assert ended["job_id"].startswith("batches/")
    assert client.get(f"/batch/status/{ended['job_id']}").json()["progress_percent"] == 100.0


def test_results_of_a_run_that_failed_before_it_was_sent_say_why(
    client: httpx2.Client, name: str
) -> None:
    twice = [*_contents(1), *_contents(1)]
    body = {"contents": twice, "batch_name": name, "wait_for_completion": True}
    ended = client.post("/batch/submit-contents", json=body).json()
    assert ended["status"] == "FAILED"
    assert "n1" in ended["message"]
    assert "/" not in ended["message"].replace("https://", "")  # no path of the server's
    assert client.get(f"/batch/status/runs/{name}").json()["state"] == "JOB_STATE_FAILED"
    report = client.get(f"/runs/{name}/report").json()
    assert report["refused"]["kind"] == "bad_input"
    assert report["refused"]["exit_code"] == 3


def test_unknown_job_and_wrong_batch_are_not_found(
    service: RestService, client: httpx2.Client, name: str
) -> None:
    assert client.get("/batch/status/batches/nothing").status_code == 404
    assert client.get("/batch/results/batches/nothing/x").status_code == 404
    body = {"contents": _contents(1), "batch_name": name, "wait_for_completion": True}
    job_id = client.post("/batch/submit-contents", json=body).json()["job_id"]
    assert client.get(f"/batch/results/{job_id}/other").status_code == 404


def test_pages_are_fetched_from_hosts_of_the_operator_s_choice_alone(
    service: RestService, client: httpx2.Client, name: str
) -> None:
    with sites.serving() as site:
        missing = site.url("/nothing.html")
        allowed = [*site.stories(1, 2), missing]
        body = {"urls": allowed, "batch_name": name, "task": "plain", "skip_unreachable": True}
        submitted = client.post("/batch/submit", json=body).json()
        assert submitted["job_id"] == f"runs/{name}"
        assert submitted["url_count"] == 3
        assert submitted["status"] == "SUBMITTED"
        ended = service.wait_for(name)
        assert (ended["state"], ended["items"]) == ("DONE", 2)
        assert missing in str(client.get(f"/runs/{name}/report").json()["excluded"])

        before = site.counts().total()
        private = [site.url("/1.html", "127.0.0.1"), "http://169.254.169.254/latest/meta-data/"]
        body = {"urls": private, "batch_name": f"{name}-b", "wait_for_completion": True}
        refused = client.post("/batch/submit", json=body).json()
        assert refused["status"] == "FAILED"
        assert refused["message"].count("is not on the public internet") == 2
        assert site.counts().total() == before


def test_address_that_is_no_page_s_is_refused_at_once(client: httpx2.Client, name: str) -> None:
    for url in ("file:///etc/passwd", "ftp://example.com/x", "//example.com", "javascript:1"):
        refused = client.post("/batch/submit", json={"urls": [url], "batch_name": name})
        assert refused.status_code == 422, url
    assert client.get(f"/runs/{name}").status_code == 404
