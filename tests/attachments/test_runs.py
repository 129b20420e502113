"""Runs whose items come with files: uploaded once each, found again, and bound into the request file."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from processor.errors import BadInput, ServiceRefused
from tests.attachments.material import pdf, write_items, write_task
from tests.bench import INTERVAL, Bench, read_lines


@pytest.fixture
def place(tmp_path: Path) -> Path:
    write_task(tmp_path / "task")
    write_items(tmp_path / "inputs")
    return tmp_path


def _run(bench: Bench, place: Path, name: str = "r", **options: Any) -> dict[str, Any]:
    given: dict[str, Any] = {"inputs": str(place / "inputs"), "poll_interval": INTERVAL}
    return bench.processor().run(str(place / "task"), **{**given, "run": name, **options})


def _attached(bench: Bench, run: str = "r") -> dict[str, list[dict[str, str]]]:
    lines = read_lines(bench.folder(run) / "requests.json")
    return {
        line["key"].partition("_")[0]: [
            part["fileData"]
            for part in line["request"]["contents"][0]["parts"]
            if "fileData" in part
        ]
        for line in lines
    }


def _uploads(bench: Bench) -> int:
    return bench.endpoints().count("upload.start")


def test_each_file_is_uploaded_once_and_stands_before_the_prompt(bench: Bench, place: Path) -> None:
    report = _run(bench, place)
    assert report["counts"]["accepted"] == 3
    assert _uploads(bench) == 4  # three files and the request file
    attached = _attached(bench)
    assert [part["mimeType"] for part in attached["a"]] == ["application/pdf", "image/png"]
    assert attached["a"][0] == attached["c"][0]
    assert attached["a"][1] != attached["b"][0]
    parts = read_lines(bench.folder() / "requests.json")[0]["request"]["contents"][0]["parts"]
    assert [next(iter(part)) for part in parts] == ["fileData", "fileData", "text"]
    assert all(part["fileUri"].startswith(bench.sandbox.url) for part in attached["a"])


def test_a_plan_sends_nothing_and_counts_pages_and_pictures(bench: Bench, place: Path) -> None:
    plan = bench.processor().plan(str(place / "task"), inputs=str(place / "inputs"))
    assert bench.calls() == []
    bare = json.loads((place / "inputs/a.json").read_text(encoding="utf-8"))
    for name in "abc":
        item = {**bare, "id": name, "files": []}
        (place / "inputs" / f"{name}.json").write_text(json.dumps(item), encoding="utf-8")
    without = bench.processor().plan(str(place / "task"), inputs=str(place / "inputs"))
    # A page has 560 tokens and a picture 1,120: two items with three pages, two pictures.
    assert plan.estimate.input_tokens - without.estimate.input_tokens == 2 * 3 * 560 + 2 * 1120


def test_a_second_run_uses_the_uploads_that_are_there(bench: Bench, place: Path) -> None:
    _run(bench, place)
    before = _uploads(bench)
    _run(bench, place, "again", fresh=True)
    assert _uploads(bench) == before + 1  # its request file
    assert _attached(bench) == _attached(bench, "again")


def test_an_upload_that_may_expire_under_the_job_is_made_anew(bench: Bench, place: Path) -> None:
    _run(bench, place)
    before = _uploads(bench)
    bench.clock.wait(timedelta(hours=2).total_seconds())
    _run(bench, place, "later", fresh=True)
    assert _uploads(bench) == before + 4
    assert _attached(bench) != _attached(bench, "later")


def test_what_was_accepted_is_reused_wherever_its_files_lie_now(bench: Bench, place: Path) -> None:
    _run(bench, place)
    bench.clock.wait(timedelta(hours=2).total_seconds())
    calls = len(bench.calls())
    report = _run(bench, place, "later")
    assert report["counts"]["reused"] == 3
    assert len(bench.calls()) == calls


def test_other_content_under_the_same_name_is_asked_again(bench: Bench, place: Path) -> None:
    _run(bench, place)
    (place / "inputs/survey.pdf").write_bytes(pdf(4))
    report = _run(bench, place, "changed")
    assert (report["counts"]["reused"], report["counts"]["accepted"]) == (1, 2)


def test_an_upload_that_somebody_deleted_is_made_anew(
    bench_with: Callable[..., Bench], place: Path
) -> None:
    bench = bench_with()
    _run(bench, place)
    gateway = bench.processor()._place.gateway()
    for file in gateway.files():
        gateway.delete_file(file.name)
    assert _run(bench, place, "again", fresh=True)["counts"]["accepted"] == 3


def test_a_retry_binds_again(bench_with: Callable[..., Bench], place: Path) -> None:
    bench = bench_with(faults="missing_key")
    report = _run(bench, place)
    assert report["counts"]["failed"] == 1
    processor = bench.processor()
    bench.clock.wait(timedelta(hours=2).total_seconds())
    status = processor.retry("r", name="second")
    (attached,) = _attached(bench, "second").values()
    assert attached
    assert status.items == 1


def test_a_video_is_waited_for(bench: Bench, place: Path) -> None:
    (place / "inputs/walk.mp4").write_bytes(b"\0" * 4096)
    item = {"id": "a", "title": "a walk", "files": "walk.mp4"}
    (place / "inputs/a.json").write_text(json.dumps(item), encoding="utf-8")
    report = _run(bench, place)
    assert report["counts"]["accepted"] == 3
    assert any("is PROCESSING" in message for _, message in bench.observer.steps)


def test_a_lost_answer_to_an_upload_uploads_no_file_twice(
    bench_with: Callable[..., Bench], place: Path
) -> None:
    bench = bench_with(faults="lost@upload.finalize")
    report = _run(bench, place)
    assert report["counts"]["accepted"] == 3
    names = Counter(file.display_name for file in bench.processor()._place.gateway().files())
    assert sum(names.values()) <= 5  # the one of which nobody knew, once more at most
    assert max(names.values()) <= 2


def test_a_file_that_changes_after_the_build_is_not_sent(
    bench_with: Callable[..., Bench], place: Path
) -> None:
    bench = bench_with(faults="503@files.list*4")
    with pytest.raises(ServiceRefused):
        _run(bench, place)
    before = (place / "inputs/survey.pdf").read_bytes()
    (place / "inputs/survey.pdf").write_bytes(pdf(5))
    with pytest.raises(BadInput, match=r"survey\.pdf.*changed after"):
        bench.processor().resume("r")
    (place / "inputs/survey.pdf").write_bytes(before)
    assert bench.processor().resume("r")["counts"]["accepted"] == 3


def test_several_jobs_bind_what_each_refers_to(bench: Bench, place: Path) -> None:
    report = _run(bench, place, max_requests=1)
    assert report["counts"]["accepted"] == 3
    assert len(report["jobs"]) == 3
    assert _uploads(bench) == 6
    first = read_lines(bench.folder() / "requests-0001.json")
    assert bench.sandbox.url in json.dumps(first)
