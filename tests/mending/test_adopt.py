"""adopt: a run rebuilt from its job and its items, when the journal is lost."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from google import genai
from google.genai import types

from processor.errors import BadInput, ServiceRefused, WrongUsage
from tests.bench import INTERVAL, NOTES, Bench, note, notes, write_notes


def _submitted(bench: Bench, folder: Path) -> str:
    processor = bench.processor()
    status = processor.submit(str(NOTES), inputs=str(folder), run="lost", poll_interval=INTERVAL)
    name = status.jobs[0].name
    assert name is not None
    return name


def _elsewhere(bench: Bench, tmp_path: Path) -> Any:
    return bench.processor(outputs=tmp_path / "elsewhere")


def test_job_is_adopted_and_comes_to_its_end(bench: Bench, tmp_path: Path) -> None:
    folder = write_notes(tmp_path / "in", notes(4))
    job = _submitted(bench, folder)
    other = _elsewhere(bench, tmp_path)
    status = other.adopt(job, str(NOTES), inputs=str(folder))
    assert (status.run, status.jobs[0].name) == ("lost", job)
    report = other.resume("lost", poll_interval=INTERVAL)
    assert report["counts"]["accepted"] == 4
    assert len(bench.calls("batches.create")) == 1
    assert len(bench.calls("upload.start")) == 1


def test_other_items_are_refused_and_nothing_is_kept(bench: Bench, tmp_path: Path) -> None:
    job = _submitted(bench, write_notes(tmp_path / "in", notes(3)))
    others = write_notes(tmp_path / "others", [note(7), note(8)])
    other = _elsewhere(bench, tmp_path)
    with pytest.raises(BadInput, match="another request file"):
        other.adopt(job, str(NOTES), inputs=str(others))
    assert list(other.list()) == []


def test_job_of_the_journal_is_resumed_not_adopted(bench: Bench, tmp_path: Path) -> None:
    folder = write_notes(tmp_path / "in", notes(2))
    job = _submitted(bench, folder)
    with pytest.raises(WrongUsage, match="truebatch resume lost"):
        bench.processor().adopt(job, str(NOTES), inputs=str(folder))


def test_job_of_others_is_not_ours_to_adopt(bench: Bench, tmp_path: Path) -> None:
    client = genai.Client(
        api_key=bench.key,
        http_options={"base_url": bench.sandbox.url, "client_args": {"trust_env": False}},
    )
    made = client.batches.create(
        model="gemini-3.6-flash",
        src=[types.InlinedRequest(contents="hello")],
        config={"display_name": "somebody's"},
    )
    assert made.name is not None
    with pytest.raises(WrongUsage, match="not made by truebatch"):
        bench.processor().adopt(made.name, str(NOTES), inputs=str(tmp_path))


def test_unknown_job_is_the_services_word(bench: Bench, tmp_path: Path) -> None:
    with pytest.raises(ServiceRefused, match="404"):
        bench.processor().adopt("batches/nowhere", str(NOTES), inputs=str(tmp_path))
