"""adopt: a run rebuilt from its job and its items, when the journal is lost."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from google import genai
from google.genai import types

from processor import Processor
from processor.core.status import Status
from processor.errors import BadInput, HeldBack, JobUnknown, ServiceRefused, WrongUsage
from tests.bench import INTERVAL, NOTES, Bench, note, notes, write_notes
from tests.cut import Cut, CutAt


def _submitted(bench: Bench, folder: Path) -> str:
    processor = bench.processor()
    status = processor.submit(str(NOTES), inputs=str(folder), run="lost", poll_interval=INTERVAL)
    name = status.jobs[0].name
    assert name is not None
    return name


def _submitted_as(bench: Bench, folder: Path, **options: Any) -> Status:
    return bench.processor().submit(
        str(NOTES), inputs=str(folder), run="lost", poll_interval=INTERVAL, **options
    )


def _client(bench: Bench) -> genai.Client:
    return genai.Client(
        api_key=bench.key,
        http_options={"base_url": bench.sandbox.url, "client_args": {"trust_env": False}},
    )


def _names(status: Status) -> list[str]:
    return [job.name for job in status.jobs if job.name is not None]


def _elsewhere(bench: Bench, tmp_path: Path) -> Processor:
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
    client = _client(bench)
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


@pytest.mark.parametrize("options", [{"max_requests": 2}, {"canary": 1}, {"enqueued_tokens": 900}])
@pytest.mark.parametrize("named", [0, -1])
def test_all_jobs_of_a_run_are_adopted_by_any_of_them(
    bench: Bench, tmp_path: Path, options: dict[str, Any], named: int
) -> None:
    folder = write_notes(tmp_path / "in", notes(5))
    bench.processor().run(
        str(NOTES), inputs=str(folder), run="lost", poll_interval=INTERVAL, **options
    )
    made = _names(bench.processor().status("lost"))
    assert len(made) > 1
    other = _elsewhere(bench, tmp_path)
    status = other.adopt(made[named], str(NOTES), inputs=str(folder))
    assert _names(status) == made
    report = other.resume("lost", poll_interval=INTERVAL)
    assert report["counts"]["accepted"] == 5
    assert len(bench.calls("batches.create")) == len(made)
    outputs = [
        (root / "notes" / "n5.json").read_bytes()
        for root in (bench.outputs, tmp_path / "elsewhere")
    ]
    assert outputs[0] == outputs[1]


def test_items_whose_job_was_never_sent_fail_and_wait_for_a_retry(
    bench: Bench, tmp_path: Path
) -> None:
    folder = write_notes(tmp_path / "in", notes(5))
    waiting = _submitted_as(bench, folder, enqueued_tokens=600)
    sent = _names(waiting)
    assert 0 < len(sent) < len(waiting.jobs)
    other = _elsewhere(bench, tmp_path)
    other.adopt(sent[0], str(NOTES), inputs=str(folder))
    report = other.resume("lost", poll_interval=INTERVAL)
    assert report["state"] == "FAILED"
    assert {f["rule"] for item in report["items"] for f in item["findings"]} == {"job.never_sent"}
    assert len(bench.calls("batches.create")) == len(sent)
    accepted, failed = report["counts"]["accepted"], report["counts"]["failed"]
    assert (accepted + failed, failed > 0) == (5, True)
    again = other.retry("lost", poll_interval=INTERVAL)
    assert other.resume(again.run, poll_interval=INTERVAL)["counts"]["accepted"] == failed
    assert len(bench.calls("batches.create")) == len(sent) + 1


def test_retry_of_an_adopted_run_is_held_to_its_limits(bench: Bench, tmp_path: Path) -> None:
    folder = write_notes(tmp_path / "in", notes(5))
    sent = _names(_submitted_as(bench, folder, enqueued_tokens=600))
    asked: list[int] = []

    def no(plan: Any) -> bool:
        asked.append(plan.estimate.requests)
        return False

    other = bench.processor(outputs=tmp_path / "elsewhere", confirm=no)
    other.adopt(sent[0], str(NOTES), inputs=str(folder))
    other.resume("lost", poll_interval=INTERVAL)
    assert asked == []
    with pytest.raises(HeldBack, match="You said no"):
        other.retry("lost", poll_interval=INTERVAL)
    assert len(asked) == 1


def test_run_whose_earlier_job_is_gone_stays_unknown(bench: Bench, tmp_path: Path) -> None:
    folder = write_notes(tmp_path / "in", notes(5))
    first, second, _ = _names(_submitted_as(bench, folder, max_requests=2))
    client = _client(bench)
    client.batches.cancel(name=first)
    client.batches.delete(name=first)
    other = _elsewhere(bench, tmp_path)
    with pytest.raises(JobUnknown, match="Job 1 of run lost is not on the service"):
        other.adopt(second, str(NOTES), inputs=str(folder))
    assert list(other.list()) == []


def test_twins_are_not_adopted(bench: Bench, tmp_path: Path) -> None:
    folder = write_notes(tmp_path / "in", notes(2))
    name = _submitted(bench, folder)
    client = _client(bench)
    original = client.batches.get(name=name)
    upload = client.files.upload(file=bench.folder("lost") / "requests.json")
    assert upload.name is not None
    twin = client.batches.create(
        model="gemini-3.6-flash", src=upload.name, config={"display_name": original.display_name}
    )
    with pytest.raises(JobUnknown) as unknown:
        _elsewhere(bench, tmp_path).adopt(name, str(NOTES), inputs=str(folder))
    assert name in unknown.value.message
    assert str(twin.name) in unknown.value.message


def test_adoption_that_was_cut_sends_nothing_when_resumed(bench: Bench, tmp_path: Path) -> None:
    """Cut before the jobs are recorded: what is there then is a run that is being built."""
    folder = write_notes(tmp_path / "in", notes(5))
    made = _names(_submitted_as(bench, folder, max_requests=2))
    other = _elsewhere(bench, tmp_path)
    cut = bench.processor(outputs=tmp_path / "elsewhere", observer=CutAt("build"))
    with pytest.raises(Cut):
        cut.adopt(made[0], str(NOTES), inputs=str(folder))
    cut.close()
    assert other.status("lost").state == "BUILDING"
    report = other.resume("lost", poll_interval=INTERVAL)
    assert report["counts"]["accepted"] == 5
    assert len(bench.calls("batches.create")) == len(made)


def test_portion_of_the_items_is_adopted_as_a_portion(bench: Bench, tmp_path: Path) -> None:
    folder = write_notes(tmp_path / "in", notes(5))
    (made,) = _names(_submitted_as(bench, folder, sample=3, seed=4))
    other = _elsewhere(bench, tmp_path)
    with pytest.raises(BadInput, match="another request file"):
        other.adopt(made, str(NOTES), inputs=str(folder))
    other.adopt(made, str(NOTES), inputs=str(folder), sample=3, seed=4)
    assert other.resume("lost", poll_interval=INTERVAL)["counts"]["accepted"] == 3
