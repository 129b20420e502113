"""Ends that are not success: each has its exit code and its words, and what was answered is judged."""

from __future__ import annotations

import json
import urllib.request
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.crash.measured import keep
from tests.refusals.trial import ITEMS, RUN, Trial, trial


@dataclass(frozen=True, slots=True, kw_only=True)
class Ending:
    """How a job ends, and what is expected of the run.

    Attributes:
        outcomes: of the three items, in input order.
        rule: the finding's rule of those that failed, empty for none.
        says: what the report's reason holds.
    """

    faults: str
    exit_code: int
    outcomes: tuple[str, str, str]
    rule: str = ""
    says: str = ""


_NONE = ("failed",) * 3
_ALL = ("accepted",) * 3
_ENDINGS = {
    "FAILED": Ending(
        faults="job_failed=13", exit_code=5, outcomes=_NONE, rule="job.failed", says="code 13"
    ),
    "FAILED for quota": Ending(
        faults="job_failed=8", exit_code=5, outcomes=_NONE, rule="job.failed", says="code 8"
    ),
    "EXPIRED": Ending(
        faults="job_expired", exit_code=5, outcomes=_NONE, rule="job.expired", says="EXPIRED"
    ),
    "CANCELLED before start": Ending(
        faults="job_cancelled", exit_code=5, outcomes=_NONE, rule="job.cancelled", says="code 13"
    ),
    "SUCCEEDED, every row failed": Ending(
        faults="all_rows_failed", exit_code=1, outcomes=_NONE, rule="envelope.error_line"
    ),
    "PARTIALLY_SUCCEEDED": Ending(
        faults="job_partial",
        exit_code=1,
        outcomes=("accepted", "accepted", "failed"),
        rule="envelope.error_line",
    ),
    "vanished": Ending(
        faults="vanished", exit_code=5, outcomes=_NONE, rule="job.failed", says="does not know"
    ),
    "answers named in response only": Ending(faults="response_only", exit_code=0, outcomes=_ALL),
    "answers inside the operation": Ending(
        faults="inline_output_for_file", exit_code=0, outcomes=_ALL
    ),
    "a state nobody knows": Ending(
        faults="odd_state=BATCH_STATE_DREAMING,slow=0.3", exit_code=0, outcomes=_ALL
    ),
    "no counts": Ending(faults="no_stats", exit_code=0, outcomes=_ALL),
}


@pytest.mark.parametrize("name", _ENDINGS)
def test_a_job_that_ends_this_way_is_reported_so(name: str, tmp_path: Path) -> None:
    ending = _ENDINGS[name]
    with trial(tmp_path / "trial", ending.faults) as tried:
        end = tried.run()
        assert end.exit_code == ending.exit_code, end
        assert sorted(tried.outcomes()) == sorted(ending.outcomes)
        assert ending.says in end.message
        assert tried.jobs() == 1
        if ending.rule:
            assert ending.rule in _rules(tried)
        assert tried.resume().exit_code == ending.exit_code
        assert tried.jobs() == 1
        counts = (end.report or {})["counts"]
        keep(
            f"ends-{list(_ENDINGS).index(name):02}",
            [{"end": name, "exit_code": end.exit_code, "counts": counts, "jobs": tried.jobs()}],
        )


def _rules(tried: Trial) -> set[str]:
    path = tried.outputs / "runs" / RUN / "items.jsonl"
    lines = path.read_text(encoding="utf-8").splitlines()
    return {finding["rule"] for line in lines for finding in json.loads(line)["findings"]}


def _ask(tried: Trial, method: str, path: str, body: bytes | None = None) -> None:
    """Somebody else, with the same key, does something to the job."""
    request = urllib.request.Request(
        f"{tried.sandbox.url}/v1beta/{path}",
        data=body,
        method=method,
        headers={"x-goog-api-key": tried.key, "Content-Type": "application/json"},
    )
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    with opener.open(request, timeout=10) as answer:
        assert answer.status == 200


def test_a_job_deleted_by_somebody_is_exit_5(tmp_path: Path) -> None:
    with trial(tmp_path / "trial", job_seconds=30.0) as tried:
        name = tried.submit()
        _ask(tried, "DELETE", name)
        end = tried.resume()
        assert end.exit_code == 5
        assert "does not know" in end.message
        assert tried.outcomes() == ["failed"] * len(ITEMS)


def test_answers_refused_until_they_may_have_expired_are_given_up_then(tmp_path: Path) -> None:
    with trial(tmp_path / "trial", "403@files.download*all") as tried:
        assert tried.run().exit_code == 4
        tried.clock.wait(47 * 3600)
        assert tried.resume().exit_code == 4
        tried.clock.wait(2 * 3600)
        end = tried.resume()
        assert end.exit_code == 5
        assert "its answers are gone" in end.message
        assert tried.outcomes() == ["failed"] * len(ITEMS)


def test_a_job_cancelled_before_it_starts_is_exit_5(tmp_path: Path) -> None:
    with trial(tmp_path / "trial", job_seconds=30.0) as tried:
        name = tried.submit()
        _ask(tried, "POST", f"{name}:cancel", b"")
        end = tried.resume()
        assert end.exit_code == 5
        assert "CANCELLED" in end.message
        assert "job.cancelled" in _rules(tried)


def test_a_job_cancelled_while_it_runs_keeps_what_was_answered(tmp_path: Path) -> None:
    # The first of three rows is served after half of a job's time.
    with trial(tmp_path / "trial", job_seconds=3.0) as tried:
        name = tried.submit()
        while not tried.row()["answered"]:
            assert tried.resume(max_wait=300).exit_code == 4
        _ask(tried, "POST", f"{name}:cancel", b"")
        end = tried.resume()
        assert end.exit_code == 1
        outcomes = tried.outcomes()
        assert "accepted" in outcomes
        assert "failed" in outcomes


def test_another_projects_key_gives_nothing_up(tmp_path: Path) -> None:
    keys = ["ours=one", "theirs=two"]
    with trial(tmp_path / "trial", accept_keys=keys) as tried:
        tried.key = "ours"
        tried.submit()
        tried.key = "theirs"
        end = tried.resume()
        assert end.exit_code == 8
        assert "another project" in end.message
        tried.key = "ours"
        assert tried.resume().exit_code == 0
        assert tried.outcomes() == ["accepted"] * len(ITEMS)


def test_another_projects_key_makes_no_second_job(tmp_path: Path) -> None:
    keys = ["ours=one", "theirs=two"]
    faults = "lost@batches.create,503@batches.list*4"
    with trial(tmp_path / "trial", faults, accept_keys=keys) as tried:
        tried.key = "ours"
        assert tried.run().exit_code == 8
        tried.key = "theirs"
        end = tried.resume()
        assert end.exit_code == 8
        assert "not in this key's project" in end.message
        tried.key = "ours"
        assert tried.resume().exit_code == 0
        assert tried.jobs() == 1


def test_two_jobs_of_one_display_name_are_both_named_and_nothing_is_sent(tmp_path: Path) -> None:
    faults = "lost@batches.create,503@batches.list*4"
    with trial(tmp_path / "trial", faults) as tried:
        assert tried.run().exit_code == 8
        row = tried.row()
        batch = {
            "displayName": row["display_name"],
            "inputConfig": {"fileName": row["upload_name"]},
        }
        body = json.dumps({"batch": batch}).encode()
        _ask(tried, "POST", "models/gemini-3.6-flash:batchGenerateContent", body)
        end = tried.resume()
        assert end.exit_code == 8
        log = tried.sandbox.log()
        names = {r["job"] for r in log if r["endpoint"] == "batches.create" and "job" in r}
        assert len(names) == 2
        assert all(name in end.message for name in names)
        assert tried.calls("batches.create") == 2
