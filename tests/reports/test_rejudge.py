"""Judging a run again: no request, outputs that follow, the newest run's data, and no cut that matters."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from processor import Processor
from processor.errors import DiskFailed, NotFinished, WrongUsage
from tests.bench import INTERVAL, NOTES, Bench, note, notes, read_lines
from tests.reports.checked import checked, report_in
from tests.reports.cutting import Countdown, Cut, cut_workplace
from tests.reports.rules import rules, until

LAX = '[answer]\nlax = ["number_as_string"]'


def outputs(bench: Bench) -> dict[str, Any]:
    """Every output by its file's name."""
    folder = bench.outputs / "notes"
    return {path.name: json.loads(path.read_text("utf-8")) for path in sorted(folder.iterdir())}


def outcomes(bench: Bench, run: str = "r") -> str:
    """The first letters of all outcomes, in order."""
    return "".join(envelope["outcome"][0] for envelope in bench.envelopes(run))


def test_withdraws_what_no_longer_passes(bench: Bench, tmp_path: Path) -> None:
    bench.run(5)
    made = bench.processor().rejudge("r", task=until(tmp_path / "rules", 1953))
    assert outcomes(bench) == "aaarr"
    assert list(outputs(bench)) == ["n1.json", "n2.json", "n3.json"]
    assert made == report_in(bench.folder())
    assert made["rejudged"]["changes"] == {"accepted": {"rejected": 2}}
    assert [one["item_id"] for one in made["rejudged"]["items"]] == ["n4", "n5"]
    assert made["rejudged"]["outputs"] == {
        "promoted": 0, "withdrawn": 2, "rewritten": 0, "kept": 0,
    }  # fmt: skip
    assert made["counts"]["rejected"] == 2


def test_promotes_what_passes_now(bench_with: Callable[..., Bench], tmp_path: Path) -> None:
    bench = bench_with(faults="wrong_type*6")
    bench.run(6)
    assert outcomes(bench) == "rrrrrr"
    task = rules(tmp_path / "rules")
    (tmp_path / "rules" / "fields.toml").write_text(LAX, encoding="utf-8")
    made = checked(bench.processor().rejudge("r", task=task))
    assert outcomes(bench) == "arrraa"
    assert outputs(bench)["n1.json"]["year"] == 1951
    assert made["rejudged"]["changes"] == {"rejected": {"accepted": 3}}
    assert made["rejudged"]["outputs"]["promoted"] == 3


def test_sends_nothing(bench: Bench, tmp_path: Path) -> None:
    bench.run(3)
    before = bench.calls()
    bench.processor().rejudge("r", task=until(tmp_path / "rules", 1951))
    assert bench.calls() == before


def test_back_and_forth_is_as_before(bench: Bench, tmp_path: Path) -> None:
    bench.run(4)
    files, lines = outputs(bench), bench.envelopes()
    processor = bench.processor()
    processor.rejudge("r", task=until(tmp_path / "rules", 1951))
    assert len(outputs(bench)) == 1
    processor.rejudge("r")
    assert outputs(bench) == files
    again = bench.envelopes()
    assert [{**one, "saved_at": None} for one in again] == [
        {**one, "saved_at": None} for one in lines
    ]


def test_same_rules_change_no_byte(bench: Bench) -> None:
    bench.run(4)
    before = (bench.folder() / "items.jsonl").read_bytes()
    made = bench.processor().rejudge("r")
    assert (bench.folder() / "items.jsonl").read_bytes() == before
    assert made["rejudged"]["changes"] == {}
    assert made["rejudged"]["same_outcome"] == 0
    assert not any(made["rejudged"]["outputs"].values())


def test_keeps_the_tasks_copy_and_the_new_rules_beside_it(bench: Bench, tmp_path: Path) -> None:
    bench.run(2)
    copy = {path.name: path.read_bytes() for path in (bench.folder() / "task").iterdir()}
    task = Path(until(tmp_path / "rules", 1951))
    made = bench.processor().rejudge("r", task=str(task))
    assert {path.name: path.read_bytes() for path in (bench.folder() / "task").iterdir()} == copy
    kept = bench.folder() / made["rules"]["folder"]
    assert (kept / "schema.json").read_bytes() == (task / "schema.json").read_bytes()
    assert made["rules"]["sha256"].startswith(kept.name)
    shutil.rmtree(task)
    assert bench.processor().report("r") == made


def test_journal_follows(bench: Bench, tmp_path: Path) -> None:
    """What the journal knows of outcomes is what `reuse` and `retry` go by."""
    bench.run(3)
    bench.processor().rejudge("r", task=until(tmp_path / "rules", 1952))
    (status,) = bench.processor().list()
    assert status.counts is not None
    assert (status.counts["accepted"], status.counts["rejected"]) == (2, 1)
    second = bench.run(3, run="second")
    assert (second["counts"]["reused"], second["counts"]["accepted"]) == (2, 1)


def test_newer_run_keeps_its_output(bench: Bench, tmp_path: Path) -> None:
    bench.run(3)
    bench.run(3, run="newer", fresh=True)
    before = outputs(bench)
    made = bench.processor().rejudge("r", task=until(tmp_path / "rules", 1951))
    assert outcomes(bench) == "arr"
    assert outputs(bench) == before
    assert made["rejudged"]["outputs"] == {
        "promoted": 0, "withdrawn": 0, "rewritten": 0, "kept": 2,
    }  # fmt: skip


def test_older_run_takes_over_what_the_newer_lost(bench: Bench, tmp_path: Path) -> None:
    bench.run(2)
    bench.run(2, run="newer", fresh=True)
    processor = bench.processor()
    processor.rejudge("newer", task=until(tmp_path / "rules", 1950))
    assert outputs(bench) == {}
    processor.rejudge("r")
    assert len(outputs(bench)) == 2


def test_leaves_alone_what_somebody_changed(bench: Bench, tmp_path: Path) -> None:
    bench.run(2)
    edited = bench.outputs / "notes" / "n2.json"
    edited.write_text('{"subject": "my own"}', encoding="utf-8")
    made = bench.processor().rejudge("r", task=until(tmp_path / "rules", 1950))
    assert outputs(bench) == {"n2.json": {"subject": "my own"}}
    assert made["rejudged"]["outputs"]["kept"] == 1


def test_judges_reused_items_too(bench: Bench, tmp_path: Path) -> None:
    bench.run(2)
    bench.run(3, run="second")
    assert outcomes(bench, "second") == "rra"
    made = bench.processor().rejudge("second", task=until(tmp_path / "rules", 1951))
    assert made["counts"] == {"accepted": 0, "rejected": 2, "failed": 0, "reused": 1, "pending": 0}
    assert list(outputs(bench)) == ["n1.json"]


def test_items_without_a_usable_answer_stay_as_they_are(
    bench_with: Callable[..., Bench], tmp_path: Path
) -> None:
    bench = bench_with(
        faults="shuffled,missing_key@n1_,duplicate_key_different@n2_,duplicate_key@n3_,"
        "truncated@n4_,error_line@n5_"
    )
    bench.run(6)
    before = bench.envelopes()
    made = bench.processor().rejudge("r", task=until(tmp_path / "rules", 1960))
    assert bench.envelopes() == before
    assert made["rejudged"]["changes"] == {}
    made = bench.processor().rejudge("r", task=until(tmp_path / "others", 1950))
    assert made["rejudged"]["changes"] == {"accepted": {"rejected": 2}}
    third = bench.envelopes()[2]
    rules_found = [finding["rule"] for finding in third["findings"]]
    assert rules_found == ["schema.maximum", "account.duplicate_identical"]


def test_rules_with_relations_need_the_items(bench: Bench, tmp_path: Path) -> None:
    relation = '[[relation]]\npath = "subject"\nquoted_in = "item"'
    task = rules(tmp_path / "rules", fields=relation)
    bench.run(2)
    before = (bench.folder() / "items.jsonl").read_bytes()
    with pytest.raises(WrongUsage, match="kept none"):
        bench.processor().rejudge("r", task=task)
    assert (bench.folder() / "items.jsonl").read_bytes() == before
    assert checked(bench.processor().report("r"))["rejudged"] is None
    bench.processor().run(task, items=notes(2), run="kept", poll_interval=INTERVAL, fresh=True)
    bench.processor().rejudge("kept", task=task)
    assert outcomes(bench, "kept") == "aa"


@pytest.mark.parametrize("damage", ["short", "garbage", "gone"])
def test_damaged_envelopes_are_told_and_nothing_is_replaced(bench: Bench, damage: str) -> None:
    bench.run(3)
    path = bench.folder() / "items.jsonl"
    whole = path.read_bytes()
    before = outputs(bench)
    if damage == "gone":
        path.unlink()
    else:
        lines = whole.splitlines(keepends=True)
        path.write_bytes(b"".join(lines[:2] if damage == "short" else [*lines[:2], b"{\n"]))
    with pytest.raises(DiskFailed, match="Nothing was replaced"):
        bench.processor().rejudge("r")
    assert outputs(bench) == before
    path.write_bytes(whole)
    assert checked(bench.processor().report("r"))["counts"]["accepted"] == 3


def test_refuses_a_run_that_has_not_ended(bench_with: Callable[..., Bench]) -> None:
    bench = bench_with(faults="slow=30")
    bench.submit(2)
    with pytest.raises(NotFinished, match="truebatch resume r"):
        bench.processor().rejudge("r")


def test_refuses_rules_that_are_wrong_before_anything_is_written(
    bench: Bench, tmp_path: Path
) -> None:
    bench.run(1)
    bad = rules(tmp_path / "rules", fields="[[relation]]\nnonsense = 1")
    with pytest.raises(WrongUsage, match="nonsense"):
        bench.processor().rejudge("r", task=bad)
    assert not (bench.folder() / "rules").exists()


@pytest.mark.parametrize("step", [5, pytest.param(1, marks=pytest.mark.soak)])
def test_cut_anywhere_comes_to_the_same_end(
    bench_with: Callable[..., Bench], tmp_path: Path, step: int
) -> None:
    """Every effect (every fifth) is cut before and after; the next report takes it to its end."""
    bench = bench_with(faults="wrong_type@n1_,wrong_type@n2_,wrong_type@n3_,wrong_type@n4_")
    bench.processor().run(
        str(NOTES), items=[note(n) for n in (1, 2, 3, 4, 5, 6)], run="r", poll_interval=INTERVAL
    )
    assert outcomes(bench) == "rrrraa"
    bench.close()
    # Some go up, some go down.
    task = until(tmp_path / "rules", 1955)
    (tmp_path / "rules" / "fields.toml").write_text(LAX, encoding="utf-8")
    whole = Countdown()
    wanted = _tree(_rejudged(bench.outputs, tmp_path / "whole", task, whole))
    assert len(whole.seen) > 15
    for number in range(1, len(whole.seen) + 1, step):
        for after in (False, True):
            copy = tmp_path / f"cut-{number}-{after}"
            countdown = Countdown(left=number, after=after)
            with pytest.raises(Cut):
                _rejudged(bench.outputs, copy, task, countdown)
            with Processor(outputs=copy, api_key="none") as processor:
                _finish(processor, task, countdown)
            assert _tree(copy) == wanted, (countdown.seen[-1], after)
            shutil.rmtree(copy)


def _rejudged(source: Path, target: Path, task: str, countdown: Countdown) -> Path:
    shutil.copytree(source, target)
    with Processor.at(cut_workplace(target, countdown)) as processor:
        processor.rejudge("r", task=task)
    return target


def _finish(processor: Processor, task: str, countdown: Countdown) -> None:
    report = processor.report("r")
    if report["rejudged"] is None:
        # It was cut before the journal knew of it: nothing has happened, so it is asked for again.
        assert "journal.finish_run" not in countdown.seen[:-1]
        processor.rejudge("r", task=task)


def _tree(outputs: Path) -> dict[str, Any]:
    """All that a re-judging writes, times aside."""
    envelopes = read_lines(outputs / "runs" / "r" / "items.jsonl")
    report = json.loads((outputs / "runs" / "r" / "report.json").read_text(encoding="utf-8"))
    report["rejudged"]["at"] = None
    files = [path for path in outputs.rglob("*") if path.is_file() and path.name != "run.log"]
    with Processor(outputs=outputs, api_key="none") as processor:
        (status,) = processor.list()
    return {
        "outputs": {p.name: p.read_bytes() for p in (outputs / "notes").iterdir()},
        "envelopes": [{**envelope, "saved_at": None} for envelope in envelopes],
        "report": report,
        "files": sorted(
            str(p.relative_to(outputs)) for p in files if "journal.sqlite3-" not in p.name
        ),
        "counts": status.counts,
    }
