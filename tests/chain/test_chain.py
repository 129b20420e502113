"""A chain: each stage one run on what the one before accepted, wherever it was cut."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from processor.core.chain import Chain
from processor.errors import BadInput, HeldBack, NotFinished, WrongUsage
from tests.bench import INTERVAL, NOTES, Bench, notes, write_notes
from tests.chain.stages import CHAIN, FIRST, SECOND, jobs_made, run_chain, stages, write_remarks

BenchWith = Callable[..., Bench]


def _ids(bench: Bench, run: str) -> list[str]:
    return [envelope["item_id"] for envelope in bench.envelopes(run)]


def test_each_stage_is_one_job_on_what_the_one_before_accepted(
    bench: Bench, tmp_path: Path
) -> None:
    summary = run_chain(bench, tmp_path)
    assert jobs_made(bench) == [FIRST, SECOND]
    assert _ids(bench, SECOND) == _ids(bench, FIRST) == ["n1", "n2", "n3", "n4"]
    assert (summary["state"], summary["exit_code"], summary["not_begun"]) == ("DONE", 0, [])
    assert [stage["run"] for stage in summary["stages"]] == [FIRST, SECOND]
    assert [stage["counts"]["accepted"] for stage in summary["stages"]] == [4, 4]
    assert summary["cost_usd"] == pytest.approx(
        sum(stage["cost"]["actual_usd"] for stage in summary["stages"]), abs=1e-6
    )


def test_chain_asks_the_same_as_reading_the_outputs_folder(bench: Bench, tmp_path: Path) -> None:
    run_chain(bench, tmp_path)
    report = bench.processor().run(
        stages(tmp_path)[1],
        inputs=str(bench.outputs / "notes"),
        run="files",
        poll_interval=INTERVAL,
    )
    assert report["counts"]["reused"] == 4


def test_ids_are_the_envelopes_not_the_names_of_files(bench: Bench, tmp_path: Path) -> None:
    odd = ["../x", "N1", "n1", "ü / ?", "con"]
    items = [{**note, "note_id": name} for note, name in zip(notes(5), odd, strict=True)]
    run_chain(bench, tmp_path, inputs=None, items=items)
    assert _ids(bench, SECOND) == _ids(bench, FIRST) == odd


def test_only_what_was_accepted_or_reused_is_handed_over(
    bench_with: BenchWith, tmp_path: Path
) -> None:
    bench = bench_with(faults="truncated@n2_notes,error_line=13@n4_notes")
    processor = bench.processor()
    processor.run(str(NOTES), items=notes(1), run="before", poll_interval=INTERVAL)
    summary = run_chain(bench, tmp_path)
    assert summary["stages"][0]["counts"]["reused"] == 1
    assert _ids(bench, SECOND) == ["n1", "n3"]
    assert (summary["exit_code"], summary["state"]) == (1, "DONE")


def test_nothing_accepted_stops_the_chain(bench_with: BenchWith, tmp_path: Path) -> None:
    bench = bench_with(faults="truncated@n1_notes,truncated@n2_notes")
    summary = run_chain(bench, tmp_path, count=2)
    assert (summary["exit_code"], summary["state"]) == (1, "STOPPED")
    assert summary["not_begun"] == ["remarks"]
    assert "accepted nothing" in summary["reason"]
    assert jobs_made(bench) == [FIRST]


def test_failed_job_stops_the_chain_and_a_retry_takes_it_on(
    bench_with: BenchWith, tmp_path: Path
) -> None:
    bench = bench_with(faults="job_failed*1")
    summary = run_chain(bench, tmp_path)
    assert (summary["exit_code"], summary["not_begun"]) == (5, ["remarks"])
    processor = bench.processor()
    assert processor.pipeline_of(None) is None  # it has stopped: there is nothing to resume
    retried = processor.retry(FIRST, name="again", poll_interval=INTERVAL)
    processor.resume(retried.run)
    assert processor.pipeline_of("again") is None
    summary = run_chain(bench, tmp_path, inputs=None, start="remarks")
    assert (summary["exit_code"], [s["run"] for s in summary["stages"]]) == (0, [SECOND])
    assert _ids(bench, SECOND) == ["n1", "n2", "n3", "n4"]


def test_what_a_retry_accepted_stands_at_its_item_s_place(
    bench_with: BenchWith, tmp_path: Path
) -> None:
    bench = bench_with(faults="truncated@n2_notes*1")
    processor = bench.processor()
    bench.run(run="a", items=None, inputs=str(write_notes(tmp_path / "in", notes(3))))
    bench.sandbox.restart("--faults", "none")
    processor.resume(processor.retry("a", name="b", poll_interval=INTERVAL).run)
    report = processor.run(
        write_remarks(tmp_path / "remarks"), from_run="a", run="c", poll_interval=INTERVAL
    )
    assert report["counts"]["accepted"] == 3
    assert _ids(bench, "c") == ["n1", "n2", "n3"]


def test_from_begins_on_the_newest_finished_run_of_the_stage_before(
    bench: Bench, tmp_path: Path
) -> None:
    bench.run(2, run="old")
    bench.run(3, run="new")
    summary = run_chain(bench, tmp_path, inputs=None, start="remarks")
    assert _ids(bench, SECOND) == ["n1", "n2", "n3"]
    assert [stage["number"] for stage in summary["stages"]] == [2]


def test_from_run_names_the_run(bench: Bench, tmp_path: Path) -> None:
    bench.run(2, run="old")
    bench.run(3, run="new")
    run_chain(bench, tmp_path, inputs=None, start="remarks", from_run="old")
    assert _ids(bench, SECOND) == ["n1", "n2"]


@pytest.mark.parametrize(
    ("options", "says"),
    [
        ({"start": "nothing"}, "stages are notes, remarks"),
        ({"start": "remarks", "inputs": None}, "no run of notes"),
        ({"run": "x" * 60}, "1 to 64"),
        ({"run": "a b"}, "1 to 64"),
        ({"from_run": "a"}, "from one of them"),
        ({"then_when": "always"}, "--then"),
        ({"then": "unclosed '"}, "No closing quotation"),
        ({"run": "taken"}, "a run has that name"),
    ],
)
def test_refuses_what_makes_no_chain(
    bench: Bench, tmp_path: Path, options: dict[str, Any], says: str
) -> None:
    if options.get("run") == "taken":
        bench.run(1, run="taken")
    before = bench.endpoints()
    with pytest.raises(WrongUsage, match=says):
        run_chain(bench, tmp_path, **options)
    assert bench.endpoints() == before


def test_wrong_later_stage_is_told_before_anything_is_sent(bench: Bench, tmp_path: Path) -> None:
    with pytest.raises(WrongUsage, match="no task"):
        bench.processor().pipeline([str(NOTES), "no_such_task"], items=notes(1), run=CHAIN)
    assert bench.endpoints() == []


def test_run_that_has_not_ended_hands_nothing_over(bench_with: BenchWith, tmp_path: Path) -> None:
    bench = bench_with(faults="slow=3600")
    bench.submit(1, run="a")
    with pytest.raises(NotFinished, match="nothing to hand over yet"):
        bench.processor().run(write_remarks(tmp_path / "remarks"), from_run="a", run="b")
    with pytest.raises(WrongUsage, match="no run"):
        bench.processor().run(write_remarks(tmp_path / "remarks"), from_run="none", run="b")


def test_run_that_accepted_nothing_is_bad_input(bench_with: BenchWith, tmp_path: Path) -> None:
    bench = bench_with(faults="truncated@n1_notes")
    bench.run(1, run="a")
    with pytest.raises(BadInput, match="accepted nothing"):
        bench.processor().run(write_remarks(tmp_path / "remarks"), from_run="a", run="b")


def test_most_cost_holds_for_all_stages_together(bench: Bench, tmp_path: Path) -> None:
    with pytest.raises(HeldBack):
        run_chain(bench, tmp_path, max_cost=1e-9)
    assert "batches.create" not in bench.endpoints()
    chain = Chain(
        name="c",
        stages=("a", "b"),
        tasks=("a", "b"),
        first=1,
        options={"max_cost": 2.0, "limit": 3, "then": "x", "fresh": True},
    )
    assert chain.options_of(1, before=None, spent_usd=0.0) == {
        "max_cost": 2.0,
        "limit": 3,
        "fresh": True,
    }
    assert chain.options_of(2, before="c-1-a", spent_usd=0.5) == {
        "max_cost": 1.5,
        "then": "x",
        "fresh": True,
        "from_run": "c-1-a",
    }
    assert chain.options_of(2, before="c-1-a", spent_usd=9.0)["max_cost"] == 0.0


def test_same_call_again_asks_for_nothing_again(bench: Bench, tmp_path: Path) -> None:
    first = run_chain(bench, tmp_path)
    before = bench.endpoints()
    assert run_chain(bench, tmp_path) == first
    assert bench.endpoints() == before


def test_name_of_another_chain_is_refused(bench: Bench, tmp_path: Path) -> None:
    run_chain(bench, tmp_path)
    other = write_remarks(tmp_path / "third")
    with pytest.raises(WrongUsage, match=f"{FIRST} is there already"):
        bench.processor().pipeline([str(NOTES), other, other], items=notes(1), run=CHAIN)


def test_stopped_waiting_goes_on_in_the_right_stage(bench_with: BenchWith, tmp_path: Path) -> None:
    bench = bench_with(job_seconds=3.0)
    with pytest.raises(NotFinished, match=FIRST):
        run_chain(bench, tmp_path, max_wait=0.0)
    processor = bench.processor()
    assert processor.pipeline_of(None) == processor.pipeline_of(FIRST) == CHAIN
    assert processor.pipeline_of(CHAIN) == CHAIN
    summary = processor.resume_pipeline(CHAIN, poll_interval=INTERVAL, max_wait=1e9)
    assert summary["exit_code"] == 0
    assert jobs_made(bench) == [FIRST, SECOND]
    assert processor.pipeline_of(None) is None


def test_cut_between_two_stages_goes_on_with_the_next(bench: Bench, tmp_path: Path) -> None:
    class Cut(Exception):
        pass

    def cut(_: dict[str, Any]) -> None:
        raise Cut

    with pytest.raises(Cut):
        run_chain(bench, tmp_path, ended=cut)
    processor = bench.processor()
    assert processor.pipeline_of(None) == CHAIN
    summary = processor.resume_pipeline(CHAIN)
    assert [stage["run"] for stage in summary["stages"]] == [FIRST, SECOND]
    assert jobs_made(bench) == [FIRST, SECOND]


def test_retry_of_a_later_stage_reads_the_run_before_again(
    bench_with: BenchWith, tmp_path: Path
) -> None:
    bench = bench_with(faults="truncated@n2_remarks*1")
    assert run_chain(bench, tmp_path)["exit_code"] == 1
    bench.sandbox.restart("--faults", "none")
    processor = bench.processor()
    report = processor.resume(processor.retry(SECOND, name="again", poll_interval=INTERVAL).run)
    assert report["counts"]["accepted"] == 1
    assert _ids(bench, "again") == ["n2"]


def test_unknown_pipeline_is_wrong_usage(bench: Bench) -> None:
    with pytest.raises(WrongUsage, match="no pipeline"):
        bench.processor().resume_pipeline("none")


def test_inputs_are_only_the_first_stage_s(bench: Bench, tmp_path: Path) -> None:
    write_notes(tmp_path / "in", notes(4))
    run_chain(bench, tmp_path, expect=4, exclude=["n4*"], count=5)
    assert _ids(bench, SECOND) == ["n1", "n2", "n3", "n5"]
