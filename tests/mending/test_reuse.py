"""reuse: what was accepted for the very same request is not asked again."""

from __future__ import annotations

import json
from pathlib import Path
from shutil import copytree
from typing import Any

from tests.bench import INTERVAL, NOTES, Bench, note, notes, read_lines, write_notes


def _run(bench: Bench, run: str, count: int, **options: Any) -> dict[str, Any]:
    return bench.run(count, run=run, **options)


def test_only_the_unknown_are_sent(bench: Bench) -> None:
    _run(bench, "first", 5)
    report = _run(bench, "second", 8)
    assert report["counts"]["reused"] == 5
    assert report["counts"]["accepted"] == 3
    lines = read_lines(bench.folder("second") / "requests.json")
    assert [line["key"] for line in lines] == ["n6_notes", "n7_notes", "n8_notes"]
    ids = [envelope["item_id"] for envelope in bench.envelopes("second")]
    assert ids == [value["note_id"] for value in notes(8)]


def test_reused_envelope_tells_where_it_is_from_and_costs_nothing(bench: Bench) -> None:
    _run(bench, "first", 2)
    _run(bench, "second", 2)
    _run(bench, "third", 2)
    before, after = bench.envelopes("first"), bench.envelopes("third")
    for old, new in zip(before, after, strict=True):
        assert new["outcome"] == "reused"
        assert new["reused_from"] == "first"
        assert new["cost_usd"] == 0.0
        assert (new["data"], new["raw_text"]) == (old["data"], old["raw_text"])


def test_nothing_left_to_ask_makes_no_job(bench: Bench) -> None:
    _run(bench, "first", 3)
    report = _run(bench, "second", 3)
    assert report["state"] == "DONE"
    assert report["jobs"] == []
    assert len(bench.calls("batches.create")) == 1
    assert not list(bench.folder("second").glob("requests*.json"))


def test_fresh_asks_all_the_same(bench: Bench) -> None:
    _run(bench, "first", 3)
    assert _run(bench, "second", 3, fresh=True)["counts"]["accepted"] == 3
    assert len(bench.calls("batches.create")) == 2


def test_another_text_model_or_prompt_is_another_request(bench: Bench, tmp_path: Path) -> None:
    bench.run(run="first", items=[note(1)])
    changed = {**note(1), "text": "Something else was built there in 1960."}
    assert bench.run(run="text", items=[changed])["counts"]["reused"] == 0
    other = bench.run(run="model", items=[note(1)], model="gemini-3.5-flash-lite")
    assert other["counts"]["reused"] == 0
    task = copytree(NOTES, tmp_path / "notes")
    prompt = task / "prompt.md"
    prompt.write_text(prompt.read_text(encoding="utf-8") + "\nBe brief.\n", encoding="utf-8")
    report = bench.processor().run(str(task), items=[note(1)], run="prompt", poll_interval=INTERVAL)
    assert report["counts"]["reused"] == 0


def test_same_request_under_another_id_is_known(bench: Bench, tmp_path: Path) -> None:
    task = copytree(NOTES, tmp_path / "notes")
    (task / "prompt.md").write_text("{{ schema }}\n{{ title }}: {{ text }}\n", encoding="utf-8")
    processor = bench.processor()
    processor.run(str(task), items=[note(1)], run="first", poll_interval=INTERVAL)
    other = {**note(1), "note_id": "other"}
    report = processor.run(str(task), items=[other], run="second", poll_interval=INTERVAL)
    assert report["counts"]["reused"] == 1
    assert (bench.outputs / "notes" / "other.json").is_file()


def test_answer_that_breaks_todays_rules_is_asked_again(bench: Bench, tmp_path: Path) -> None:
    bench.run(run="first", items=[note(1)])
    task = copytree(NOTES, tmp_path / "notes")
    rules = task / "fields.toml"
    rules.write_text('[fields.proof]\nnames = ["proof"]\n[require]\nall = ["proof"]\n', "utf-8")
    report = bench.processor().run(str(task), items=[note(1)], run="strict", poll_interval=INTERVAL)
    assert report["counts"]["reused"] == 0
    assert len(bench.calls("batches.create")) == 2


def test_rejected_answers_are_not_known(bench: Bench, tmp_path: Path) -> None:
    folder = write_notes(tmp_path / "in", notes(2))
    envelopes = bench.outputs / "runs" / "r" / "items.jsonl"
    bench.processor().run(str(NOTES), inputs=str(folder), run="r", poll_interval=INTERVAL)
    # The stored envelope is what counts: one that somebody damaged is not taken for an answer.
    lines = read_lines(envelopes)
    lines[0]["outcome"] = "rejected"
    envelopes.write_text("".join(json.dumps(line) + "\n" for line in lines), encoding="utf-8")
    report = bench.run(2, run="second")
    assert report["counts"]["accepted"] >= 1
