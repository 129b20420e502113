"""Killed at any moment, in the middle of calls, it loses nothing that it said it had."""

import http.client
import random
import time
from threading import Thread

import pytest

from sandbox.process import Sandbox
from tests.forked import running
from tests.sandbox.client import answers, call, create, ended, request_line, result_lines

LINES = [request_line(f"k{n}", f"Plot {n} gave 4.{n} t/ha in 2004.") for n in range(200)]
CUT = (ConnectionError, http.client.HTTPException, TimeoutError)


def _kill_soon(sandbox: Sandbox, seconds: float) -> Thread:
    def kill() -> None:
        time.sleep(seconds)
        sandbox.kill()
        sandbox.start()

    thread = Thread(target=kill)
    thread.start()
    return thread


def _all_jobs(sandbox: Sandbox) -> list[str]:
    names: list[str] = []
    token = ""
    while True:
        page = call(sandbox, "GET", f"/v1beta/batches?pageSize=7&pageToken={token}").json
        names += [one["name"] for one in page.get("operations", [])]
        token = page.get("nextPageToken", "")
        if not token:
            return names


@pytest.mark.parametrize(
    ("kills", "seed"), [(4, 0), pytest.param(60, 1, marks=pytest.mark.soak)], ids=["few", "many"]
)
def test_every_job_that_was_made_is_answered_as_if_nothing_had_been(kills: int, seed: int) -> None:
    chance = random.Random(seed)
    made: list[str] = []
    with running(job_seconds=0.1) as sandbox:
        uncut = answers(sandbox, LINES)
        for _ in range(kills):
            killer = _kill_soon(sandbox, chance.random() * 0.1)
            try:
                reply = create(sandbox, LINES)
            except CUT:
                continue
            else:
                made.append(reply.json["name"])
            finally:
                killer.join()
        jobs = _all_jobs(sandbox)
        assert set(made) <= set(jobs)
        assert len(jobs) == len(set(jobs)) <= kills + 1
        for job in jobs:
            assert result_lines(sandbox, ended(sandbox, job)) == uncut
