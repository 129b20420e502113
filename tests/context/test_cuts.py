"""Cuts at every effect of a run that has attachments and a cache: one job, one cache, nothing different."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from sandbox.process import running
from tests.attachments.material import write_items
from tests.context.material import write_task
from tests.crash.cuts import parse_cut
from tests.crash.harness import Bench, Recovery, Scenario
from tests.crash.nursery import Nursery

_BOTH = "attachments and a cache"
_SCENARIOS = {_BOTH: Scenario(options={"context_mode": "explicit"})}
_MOST_TRIALS = 400
_LINES = """\
name = "plots"
model = "gemini-3.6-flash"
accept_models = ["sandbox/gemini-3.6-flash"]
[input]
attachments = "files"
[context]
file = "handbook.md"
[generation_config]
max_output_tokens = 4096
response_mime_type = "application/json"
"""
_CUTS = (
    "after gateway.create_cache #1",
    "after gateway.upload_attachment #2",
    "after gateway.delete_cache #1",
)


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Bench]:
    folder = tmp_path_factory.mktemp("cuts") / "bench"
    task = {"task.toml": _LINES, "prompt.md": "{{ title }} as JSON of\n{{ schema }}\n"}
    write_task(folder / "task", **task)
    write_items(folder / "inputs")
    # A project for each trial: what one has uploaded, the next would find there.
    keys = [f"key-{number}=project-{number}" for number in range(1, _MOST_TRIALS)]
    with Nursery() as nursery, running(job_seconds=0.12, accept_keys=keys) as sandbox:
        yield Bench(
            folder=folder, nursery=nursery, scenarios=_SCENARIOS, sandboxes={"none": sandbox}
        )


def _assert_whole(place: Bench, recovery: Recovery) -> None:
    assert recovery.whole, (
        f"{recovery.cut}: {recovery.as_json()} {recovery.differ}\n{recovery.words}"
    )
    assert recovery.exit_code == 0, f"{recovery.cut}\n{recovery.words}"
    assert recovery.uploads <= 4 + 2, f"{recovery.cut}: {recovery.uploads} uploads"
    assert _caches_left(place) == 0, f"{recovery.cut}: a cache is left, and costs by the hour"


def _caches_left(place: Bench) -> int:
    with closing(sqlite3.connect(place.sandboxes["none"].state / "sandbox.sqlite3")) as db:
        return int(db.execute("SELECT count(*) FROM caches").fetchone()[0])


def _caches_made(place: Bench) -> int:
    log = place.sandboxes["none"].log()
    return sum(call["endpoint"] == "caches.create" and call["status"] == 200 for call in log)


def test_cuts_fall_on_uploads_and_on_the_cache(place: Bench) -> None:
    effects = {cut.effect for cut in place.reference(_BOTH).cuts}
    assert {
        "gateway.upload_attachment", "gateway.create_cache", "gateway.delete_cache", "gateway.files",
        "journal.add_attachments", "journal.save_upload", "journal.save_cache",
    } <= effects  # fmt: skip


@pytest.mark.parametrize("cut", _CUTS)
def test_a_cut_run_ends_with_one_job_and_no_cache_left(place: Bench, cut: str) -> None:
    assert parse_cut(cut) in place.reference(_BOTH).cuts
    before = _caches_made(place)
    _assert_whole(place, place.cut(_BOTH, parse_cut(cut)))
    assert _caches_made(place) == before + 1


@pytest.mark.soak
def test_every_cut_ends_with_one_job_and_no_cache_left(place: Bench) -> None:
    """Each instant that an uncut run passes, 157 of them on 2026-11-22."""
    for cut in place.reference(_BOTH).cuts:
        before = _caches_made(place)
        _assert_whole(place, place.cut(_BOTH, cut))
        assert _caches_made(place) == before + 1, str(cut)


def test_the_folder_holds_no_bytes_of_the_attachments(place: Bench) -> None:
    files = place.reference(_BOTH).files
    assert not [name for name in files if Path(name).suffix in (".pdf", ".png")]
