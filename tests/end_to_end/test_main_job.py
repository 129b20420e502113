"""The main job: 22 papers, one true batch, judged outputs."""

from __future__ import annotations

import itertools
import json
from collections import Counter
from pathlib import Path

import pytest

from processor.core.file_name import output_name
from tests.bench import PROJECT, read_lines
from tests.end_to_end.conftest import INTERVAL, SampleRun, digests
from tests.program import truebatch

PAPERS = PROJECT.parent / "shared" / "papers"
IDS = [
    json.loads(path.read_text(encoding="utf-8"))["paper_id"]
    for path in sorted((PROJECT / "inputs").glob("*.json"))
    if path.name != "complete_dataset.json"
]
ENVELOPE = {
    "item_id", "key", "run", "task", "model", "model_version", "outcome", "data", "findings",
    "repairs", "variants", "usage", "cost_usd", "finish_reason", "raw_text", "input_sha256",
    "request_sha256", "saved_at", "reused_from",
}  # fmt: skip
REPORT = {
    "run", "task", "model", "state", "counts", "jobs", "tokens", "cost", "findings", "variants",
    "suggestions", "items", "items_left_out", "excluded", "started_at", "ended_at", "base_url",
    "version",
}  # fmt: skip


def test_one_run_is_one_upload_one_create_one_download(sample_run: SampleRun) -> None:
    calls = Counter(call["endpoint"] for call in sample_run.log)
    polls = calls.pop("batches.get")
    assert calls == {
        "upload.start": 1,
        "upload.finalize": 1,
        "batches.create": 1,
        "files.download": 1,
    }
    assert polls >= 2
    assert all(call["status"] == 200 for call in sample_run.log)


def test_polls_come_at_the_set_interval(sample_run: SampleRun) -> None:
    times = [
        call["at"]
        for call in sample_run.log
        if call["endpoint"] in ("batches.create", "batches.get")
    ]
    gaps = [later - earlier for earlier, later in itertools.pairwise(times)]
    assert min(gaps) >= INTERVAL * 0.98
    assert sorted(gaps)[len(gaps) // 2] < INTERVAL + 1.0  # the machine may be busy now and then


def test_no_interactive_call_is_made(sample_run: SampleRun) -> None:
    assert all(call["endpoint"] != "interactive" for call in sample_run.log)
    assert all(":generate" not in call["path"] for call in sample_run.log)


def test_every_item_has_one_envelope_in_input_order(sample_run: SampleRun) -> None:
    assert [envelope["item_id"] for envelope in sample_run.envelopes] == IDS
    assert len(IDS) == 22


def test_envelope_has_the_shape_of_the_design(sample_run: SampleRun) -> None:
    for envelope in sample_run.envelopes:
        assert set(envelope) == ENVELOPE
        assert envelope["key"] == f"{envelope['item_id']}_stage_1a"
        assert (envelope["data"] is None) == (envelope["outcome"] != "accepted")
        for finding in envelope["findings"]:
            assert set(finding) == {"rule", "path", "message"}
        assert set(envelope["usage"] or {}) <= {"prompt", "cached", "output", "thoughts"}


def test_outputs_are_the_accepted_data_and_nothing_else(sample_run: SampleRun) -> None:
    accepted = {e["item_id"]: e["data"] for e in sample_run.envelopes if e["outcome"] == "accepted"}
    folder = sample_run.outputs / "stage_1a"
    assert {path.name for path in folder.iterdir()} == set(map(output_name, accepted))
    for item_id, data in accepted.items():
        content = (folder / output_name(item_id)).read_text(encoding="utf-8")
        assert json.loads(content) == data
    assert 0 < len(accepted) < 22  # the demo plays faults on purpose


def test_outputs_use_the_canonical_names(sample_run: SampleRun) -> None:
    renamed = [e for e in sample_run.envelopes if e["variants"] and e["outcome"] == "accepted"]
    assert renamed
    for envelope in renamed:
        for canonical, used in envelope["variants"].items():
            assert used in envelope["raw_text"]
            assert canonical.split(".")[0].removesuffix("[]") in envelope["data"]


def test_inputs_are_byte_for_byte_unchanged(sample_run: SampleRun) -> None:
    assert digests(PROJECT / "inputs") == sample_run.before


def test_request_file_is_jsonl_with_unique_keys(sample_run: SampleRun) -> None:
    path = sample_run.folder / "requests.json"
    lines = read_lines(path)
    assert [line["key"] for line in lines] == [f"{item_id}_stage_1a" for item_id in IDS]
    for line in lines:
        assert set(line) == {"key", "request"}
        assert set(line["request"]) == {"contents", "systemInstruction", "generationConfig"}
        (content,) = line["request"]["contents"]
        assert content["role"] == "user"
        (part,) = content["parts"]
        assert set(part) == {"text"}
    assert path.stat().st_mode & 0o222 == 0


def test_answers_are_kept_byte_for_byte(sample_run: SampleRun) -> None:
    (theirs,) = (sample_run.outputs / "sandbox-state" / "jobs").glob("*.results")
    assert (sample_run.folder / "answers.jsonl").read_bytes() == theirs.read_bytes()


def test_report_has_the_shape_of_the_design(sample_run: SampleRun) -> None:
    report = sample_run.report
    assert set(report) >= REPORT  # later parts add to it
    assert set(report["counts"]) == {"accepted", "rejected", "failed", "reused", "pending"}
    assert set(report["cost"]) >= {"estimated_usd", "actual_usd", "interactive_usd", "saved_usd"}
    assert json.loads((sample_run.folder / "report.json").read_bytes()) == report
    assert (report["run"], report["task"], report["state"]) == ("sample", "stage_1a", "DONE")
    assert report["excluded"] == ["complete_dataset.json"]
    assert report["base_url"] == "sandbox"


def test_report_adds_up(sample_run: SampleRun) -> None:
    report, envelopes = sample_run.report, sample_run.envelopes
    counts = Counter(envelope["outcome"] for envelope in envelopes)
    assert {name: n for name, n in report["counts"].items() if n} == counts
    assert sum(report["counts"].values()) == 22
    findings = Counter(f["rule"] for envelope in envelopes for f in envelope["findings"])
    assert report["findings"] == findings
    paid = sum(envelope["cost_usd"] or 0 for envelope in envelopes)
    assert report["cost"]["actual_usd"] == pytest.approx(paid, abs=1e-6)
    for kind, count in report["tokens"].items():
        assert count == sum((envelope["usage"] or {}).get(kind, 0) for envelope in envelopes)
    bad = [e["item_id"] for e in envelopes if e["outcome"] != "accepted"]
    assert [item["item_id"] for item in report["items"]] == bad


def test_demo_shows_what_can_go_wrong(sample_run: SampleRun) -> None:
    report = sample_run.report
    assert sample_run.ended.code == 1
    assert report["findings"]["envelope.truncated"] == 1
    assert report["findings"]["envelope.blocked_prompt"] == 1
    assert report["repairs"]
    assert report["variants"]


def test_nothing_is_left_lying_about(sample_run: SampleRun) -> None:
    names = {path.name for path in sample_run.outputs.rglob("*")}
    assert not [name for name in names if name.endswith((".tmp", ".spool"))]
    wanted = {
        "task", "requests.json", "answers.jsonl", "items.jsonl", "report.json", "report.md", "run.log",
    }  # fmt: skip
    assert wanted <= {path.name for path in sample_run.folder.iterdir()}


def test_task_is_kept_as_it_was(sample_run: SampleRun) -> None:
    built_in = PROJECT / "processor" / "tasks" / "stage_1a"
    kept = digests(sample_run.folder / "task")
    assert kept == {name: digest for name, digest in digests(built_in).items() if name in kept}
    assert set(kept) == {"task.toml", "prompt.md", "system.md", "schema.json", "fields.toml"}


def test_log_holds_no_prompt_and_no_answer(sample_run: SampleRun) -> None:
    log = (sample_run.folder / "run.log").read_text(encoding="utf-8")
    assert "batches/" in log
    assert "22 items" in log
    for envelope in sample_run.envelopes:
        assert not envelope["raw_text"] or envelope["raw_text"][:40] not in log
    assert "Pampas" not in log


def test_report_for_people_names_what_was_not_accepted(sample_run: SampleRun) -> None:
    text = (sample_run.folder / "report.md").read_text(encoding="utf-8")
    for item in sample_run.report["items"]:
        assert item["item_id"] in text


@pytest.mark.skipif(not PAPERS.is_dir(), reason="the real papers are not here")
def test_real_papers_run_as_well(tmp_path: Path) -> None:
    before = digests(PAPERS)
    ended = truebatch(
        "run", "stage_1a", "--inputs", str(PAPERS), "--sandbox", "--json", "--run", "papers",
        "--outputs", str(tmp_path / "outputs"), "--poll-interval", str(INTERVAL),
    )  # fmt: skip
    assert ended.code in (0, 1), ended.stderr
    assert sum(ended.json["counts"].values()) == len(list(PAPERS.glob("*.json")))
    assert ended.json["counts"]["accepted"] >= 15
    assert digests(PAPERS) == before
