"""The canary: a few items first, the rest only if they do well, nothing sent twice."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

from processor.core.report import exit_code
from processor.errors import ExitCode
from tests.bench import NOTES, Bench, notes, write_notes
from tests.plan.service import creates, keys_asked
from tests.program import Ended


def _asked_once(bench: Bench, count: int) -> None:
    assert sorted(keys_asked(bench.sandbox.state)) == sorted(
        f"n{n}_notes" for n in range(1, count + 1)
    )


def test_rest_follows_a_canary_that_does_well(bench_with: Callable[..., Bench]) -> None:
    bench = bench_with()
    report = bench.run(5, canary=2)
    assert [job["requests"] for job in report["jobs"]] == [2, 3]
    assert report["counts"]["accepted"] == 5
    ended = [call["endpoint"] for call in bench.calls()]
    assert ended.index("files.download") < len(ended) - ended[::-1].index("batches.create") - 1
    _asked_once(bench, 5)


def test_canary_larger_than_the_run_is_the_run(bench_with: Callable[..., Bench]) -> None:
    bench = bench_with()
    report = bench.run(3, canary=9)
    assert [job["requests"] for job in report["jobs"]] == [3]
    assert report["counts"]["accepted"] == 3


def test_rest_is_split_behind_a_canary(bench_with: Callable[..., Bench]) -> None:
    bench = bench_with()
    report = bench.run(7, canary=1, max_requests=4)
    assert [job["requests"] for job in report["jobs"]] == [1, 4, 2]
    assert report["counts"]["accepted"] == 7
    _asked_once(bench, 7)


def test_nothing_follows_a_canary_that_does_badly_and_retry_sends_the_rest(
    bench_with: Callable[..., Bench], tmp_path: Path
) -> None:
    bench = bench_with(faults="truncated*2")
    inputs = str(write_notes(tmp_path / "inputs", notes(6)))
    report = bench.run(items=None, inputs=inputs, canary=3, max_requests=2)
    # Two items, not three: a limit below the canary holds for it too.
    assert exit_code(report) is ExitCode.HELD_BACK
    assert len(creates(bench.calls())) == 1
    held = [item for item in report["items"] if item["findings"][0]["rule"] == "job.held_back"]
    assert len(held) == 4
    assert report["counts"] == {
        "accepted": 0, "rejected": 2, "failed": 4, "reused": 0, "pending": 0
    }  # fmt: skip
    told = [warning for warning in bench.observer.warnings if "The rest is not sent" in warning]
    assert len(told) == 1
    bench.sandbox.restart("--faults", "none")
    again = bench.processor().retry("r", name="again")
    report = bench.processor().resume(again.run)
    assert report["counts"]["accepted"] == 6
    assert sum(call["status"] == 200 for call in creates(bench.calls())) == 1 + len(report["jobs"])


def test_lost_canary_holds_the_rest_back(bench_with: Callable[..., Bench]) -> None:
    bench = bench_with(faults="job_expired")
    report = bench.run(4, canary=1)
    assert exit_code(report) is ExitCode.HELD_BACK
    assert len(creates(bench.calls())) == 1
    assert report["state"] == "FAILED"


def test_failed_canary_is_exit_nine_and_its_answers_count(
    program: Callable[..., Ended], bench_with: Callable[..., Bench], tmp_path: Path
) -> None:
    bench = bench_with(faults="truncated*2")
    (tmp_path / "notes.json").write_text(json.dumps(notes(5)), encoding="utf-8")
    (tmp_path / "key").write_text(bench.key, encoding="utf-8")
    ended = program(
        "run", str(NOTES), "--inputs", str(tmp_path / "notes.json"), "--canary", "3", "--json",
        "--base-url", bench.sandbox.url, "--api-key-file", str(tmp_path / "key"),
        "--outputs", str(bench.outputs), "--poll-interval", "0.1",
    )  # fmt: skip
    assert ended.code == 9
    assert ended.json["counts"]["accepted"] + ended.json["counts"]["rejected"] == 3
    assert ended.json["counts"]["failed"] == 2
    assert len(creates(bench.calls())) == 1
