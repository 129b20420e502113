"""clean: what goes, what stays, and that nothing of others is touched."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from processor.api.cleaning import Cleaning
from processor.core.fault import FaultKind, GatewayFault
from processor.effects.gemini import GeminiGateway
from processor.effects.lock import driving
from processor.errors import HeldBack, ServiceRefused, WrongUsage
from tests.bench import INTERVAL, NOTES, Bench, notes
from tests.program import Ended

Program = Callable[..., Ended]


@pytest.fixture
def bench(bench_with: Callable[..., Bench]) -> Bench:
    """A bench on a sandbox of its own: what one key's project holds, the others would count."""
    return bench_with()


def _gateway(bench: Bench) -> GeminiGateway:
    return GeminiGateway(
        api_key=bench.key, base_url=bench.sandbox.url, timeout_seconds=10, trust_env=False
    )


def _remote(bench: Bench) -> set[str]:
    gateway = _gateway(bench)
    try:
        return {file.name for file in gateway.files()}
    finally:
        gateway.close()


def _upload(bench: Bench, path: Path, display_name: str) -> str:
    (name,) = _uploads(bench, [path], display_name)
    return name


def _uploads(bench: Bench, paths: Sequence[Path], display_name: str) -> list[str]:
    gateway = _gateway(bench)
    try:
        names = []
        for path in paths:
            path.write_text("{}", encoding="utf-8")
            ours = gateway.upload(path, display_name=display_name, progress=lambda _: None)
            names.append(ours.name)
        return names
    finally:
        gateway.close()


def _runs(cleaning: Cleaning) -> list[str]:
    return [run.run for run in cleaning.runs]


# -- runs ---------------------------------------------------------------------------------------


def test_old_run_goes_with_its_folder_and_rows_and_outputs_stay(bench: Bench) -> None:
    bench.run(2)
    outputs = sorted((bench.outputs / "notes").iterdir())
    processor = bench.processor()
    cleaned = processor.clean(older_than=0, runs=True)
    assert _runs(cleaned) == ["r"]
    assert cleaned.removed
    assert cleaned.runs[0].size_bytes > 0
    assert not bench.folder().exists()
    assert list(processor.list()) == []
    assert sorted((bench.outputs / "notes").iterdir()) == outputs
    assert len(outputs) == 2
    with pytest.raises(WrongUsage):
        processor.status("r")


def test_young_run_stays(bench: Bench) -> None:
    bench.run(1)
    assert _runs(bench.processor().clean(runs=True)) == []
    assert _runs(bench.processor().clean(runs=True, older_than=1)) == []
    assert bench.folder().is_dir()


def test_run_goes_when_it_ended_longer_ago_than_said(bench: Bench) -> None:
    bench.run(1)
    bench.clock.wait(29 * 86_400)
    assert _runs(bench.processor().clean(runs=True)) == []
    bench.clock.wait(2 * 86_400)
    assert _runs(bench.processor().clean(runs=True)) == ["r"]


def test_unfinished_run_stays_whatever_its_age(bench: Bench) -> None:
    bench.submit(1)
    bench.clock.wait(90 * 86_400)
    cleaned = bench.processor().clean(older_than=0, runs=True)
    assert _runs(cleaned) == []
    assert "resume r" in cleaned.kept[0]
    assert bench.folder().is_dir()


def test_run_that_an_unfinished_retry_asks_again_stays(bench: Bench) -> None:
    processor = bench.processor()
    inputs = bench.outputs.parent / "items.jsonl"
    inputs.write_text(json.dumps(notes(1)[0]), encoding="utf-8")
    folder = str(_strict_task(bench))
    processor.run(folder, inputs=str(inputs), run="r", poll_interval=INTERVAL)
    processor.retry("r", name="again", poll_interval=INTERVAL)
    cleaned = processor.clean(older_than=0, runs=True)
    assert _runs(cleaned) == []
    assert any("Run r stays: again asks again" in reason for reason in cleaned.kept)
    processor.resume("again")
    assert sorted(_runs(processor.clean(older_than=0, runs=True))) == ["again", "r"]


def _strict_task(bench: Bench) -> Path:
    """A task that rejects every answer of the sandbox."""
    folder = bench.outputs.parent / "strict"
    folder.mkdir()
    for file in NOTES.iterdir():
        (folder / file.name).write_bytes(file.read_bytes())
    (folder / "fields.toml").write_text(
        '[fields.never]\nnames = ["a_field_that_nobody_writes"]\n[require]\nall = ["never"]\n',
        encoding="utf-8",
    )
    return folder


def test_reuse_finds_nothing_of_a_run_that_went(bench: Bench) -> None:
    bench.run(2)
    bench.processor().clean(older_than=0, runs=True)
    report = bench.run(2, run="second")
    assert report["counts"]["reused"] == 0
    assert report["counts"]["accepted"] == 2


def test_reused_answers_outlive_the_run_they_came_from(bench: Bench) -> None:
    bench.run(2)
    bench.clock.wait(60)
    bench.run(2, run="second")
    bench.processor().clean(older_than=0.0003, runs=True)  # 26 s: only the first is that old
    assert not bench.folder().exists()
    assert bench.run(2, run="third")["counts"]["reused"] == 2


def test_cut_after_the_folder_is_healed_by_the_next_clean(bench: Bench) -> None:
    bench.run(1)
    processor = bench.processor()
    processor._place.files.remove(bench.folder())
    assert _runs(processor.clean(older_than=0, runs=True)) == ["r"]
    assert list(processor.list()) == []
    assert not bench.folder().exists()


def test_run_that_another_process_holds_stays(bench: Bench) -> None:
    bench.run(1)
    with driving(bench.folder() / "lock", "r"):
        cleaned = bench.processor().clean(older_than=0, runs=True)
    assert _runs(cleaned) == []
    assert "another process" in cleaned.kept[0]
    assert bench.folder().is_dir()


def test_dry_run_removes_nothing_and_says_what_would_go(bench: Bench) -> None:
    bench.run(1)
    before = _remote(bench)
    found = bench.processor().clean(older_than=0, dry_run=True)
    assert _runs(found) == ["r"]
    assert len(found.uploads) == 1
    assert not found.removed
    assert bench.folder().is_dir()
    assert _remote(bench) == before


def test_no_removes_nothing(bench: Bench) -> None:
    bench.run(1)
    before = _remote(bench)
    with pytest.raises(HeldBack):
        bench.processor().clean(older_than=0, confirm=lambda _: False)
    assert bench.folder().is_dir()
    assert _remote(bench) == before


def test_cleaning_runs_asks_nothing_of_the_service(bench: Bench) -> None:
    bench.run(1)
    calls = len(bench.calls())
    bench.processor().clean(older_than=0, runs=True)
    assert len(bench.calls()) == calls


# -- uploads ------------------------------------------------------------------------------------


def test_upload_goes_when_its_answers_are_here(bench: Bench) -> None:
    bench.run(1)
    assert len(_remote(bench)) == 1
    cleaned = bench.processor().clean(remote=True)
    assert [upload.run for upload in cleaned.uploads] == ["r"]
    assert _remote(bench) == set()
    assert bench.folder().is_dir()
    assert _runs(cleaned) == []
    assert bench.processor().clean(remote=True).uploads == ()


def test_upload_stays_while_its_job_runs(bench: Bench) -> None:
    bench.submit(1)
    before = _remote(bench)
    cleaned = bench.processor().clean(remote=True)
    assert cleaned.uploads == ()
    assert "SUBMITTED" in cleaned.kept[0]
    assert _remote(bench) == before
    assert len(before) == 1


def test_upload_stays_when_its_answers_are_lost_here(bench: Bench) -> None:
    bench.run(1)
    (bench.folder() / "answers.jsonl").unlink()
    cleaned = bench.processor().clean(remote=True)
    assert cleaned.uploads == ()
    assert "answers.jsonl" in cleaned.kept[0]
    assert len(_remote(bench)) == 1


@pytest.mark.parametrize(
    "display_name", ["theirs", "truebatch/other/1/abcdef01/" + "0" * 32, "truebatch/r/1/x/y"]
)
def test_file_of_others_is_never_touched(bench: Bench, tmp_path: Path, display_name: str) -> None:
    bench.run(1)
    theirs = _upload(bench, tmp_path / "theirs.json", display_name)
    cleaned = bench.processor().clean(older_than=0)
    assert theirs not in {upload.name for upload in cleaned.uploads}
    assert cleaned.not_ours == 1
    assert _remote(bench) == {theirs}


def test_upload_whose_answer_was_lost_goes_too(bench: Bench, tmp_path: Path) -> None:
    bench.run(1)
    processor = bench.processor()
    (job,) = processor._place.journal.jobs(processor._place.row("r").id)
    orphan = _upload(bench, tmp_path / "again.json", job.display_name)
    gone = {upload.name for upload in processor.clean(remote=True).uploads}
    assert gone == {orphan, job.upload_name}
    assert _remote(bench) == set()


def test_more_files_than_a_page_are_all_looked_at(bench: Bench, tmp_path: Path) -> None:
    bench.run(1)
    _uploads(bench, [tmp_path / f"{number}.json" for number in range(101)], "theirs")
    cleaned = bench.processor().clean(remote=True)
    assert cleaned.not_ours == 101
    assert len(cleaned.uploads) == 1


def test_uploads_go_before_the_journal_forgets_whose_they_are(bench: Bench) -> None:
    bench.run(1)
    cleaned = bench.processor().clean(older_than=0)
    assert (len(cleaned.runs), len(cleaned.uploads)) == (1, 1)
    assert _remote(bench) == set()


def test_an_empty_journal_asks_nothing_of_the_service(bench: Bench) -> None:
    assert bench.processor().clean() == Cleaning(runs=(), uploads=(), kept=(), removed=True)
    assert bench.calls() == []


def test_refused_list_is_told(bench_with: Callable[..., Bench]) -> None:
    bench = bench_with(faults="503@files.list*9")
    bench.run(1)
    with pytest.raises(ServiceRefused, match="could not be listed"):
        bench.processor().clean(remote=True)


def test_refused_deletion_leaves_the_runs(bench_with: Callable[..., Bench]) -> None:
    bench = bench_with(faults="503@files.delete*9")
    bench.run(1)
    with pytest.raises(ServiceRefused, match="was not deleted"):
        bench.processor().clean(older_than=0)
    assert bench.folder().is_dir()


def test_gateway_deletes_files_only(bench: Bench) -> None:
    bench.run(1)
    gateway = _gateway(bench)
    (job,) = bench.processor()._place.journal.jobs(bench.processor()._place.row("r").id)
    assert job.name is not None
    try:
        with pytest.raises(GatewayFault, match="does not delete") as refused, gateway._asking():
            gateway._client.batches.delete(name=job.name)
        assert refused.value.kind is FaultKind.REFUSED
        assert gateway.delete_file("files/there-is-none") is False
        with pytest.raises(GatewayFault):
            gateway.delete_file(f"files/batch-{'x' * 36}")
    finally:
        gateway.close()


# -- the command --------------------------------------------------------------------------------


@pytest.fixture
def ended_run(bench: Bench) -> list[str]:
    """The options that find a run that ended; the program's clock is the real one."""
    bench.run(1)
    bench.close()
    key = bench.outputs.parent / "key"
    key.write_text(bench.key, encoding="utf-8")
    return [
        "--outputs", str(bench.outputs), "--older-than", "0",
        "--base-url", bench.sandbox.url, "--api-key-file", str(key),
    ]  # fmt: skip


@pytest.mark.parametrize("how", [[], ["--json"]])
def test_command_without_a_terminal_needs_yes(
    program: Program, bench: Bench, ended_run: list[str], how: list[str]
) -> None:
    assert _wait_until_ended(bench)
    ended = program("clean", *ended_run, *how)
    assert ended.code == 9
    assert "--yes" in ended.stdout + ended.stderr
    assert bench.folder().is_dir()


def test_command_removes_with_yes(program: Program, bench: Bench, ended_run: list[str]) -> None:
    assert _wait_until_ended(bench)
    ended = program("clean", *ended_run, "--yes", "--json")
    assert ended.code == 0, ended.stderr
    assert [run["run"] for run in ended.json["runs"]] == ["r"]
    assert len(ended.json["uploads"]) == 1
    assert ended.json["removed"] is True
    assert not bench.folder().exists()


def test_command_shows_what_would_go(program: Program, bench: Bench, ended_run: list[str]) -> None:
    assert _wait_until_ended(bench)
    ended = program("clean", *ended_run, "--dry-run")
    assert ended.code == 0
    assert "run r" in ended.stdout
    assert "1 runs here and 1 uploads on the service: would go." in ended.stdout
    assert bench.folder().is_dir()


def _wait_until_ended(bench: Bench) -> bool:
    """The bench's clock runs ahead of the real one by its waits: let the run have ended by now."""
    row = bench.processor()._place.row("r")
    assert row.ended_at is not None
    ahead = datetime.fromisoformat(row.ended_at) - datetime.now(UTC)
    if ahead > timedelta(0):
        place = bench.processor()._place
        journal = place.journal
        journal.finish_run(
            row.id,
            row.state,
            ended_at=(datetime.now(UTC) - timedelta(seconds=1)).isoformat(),
            reason=row.reason,
            result=row.result or {},
        )
    bench.close()
    return True
