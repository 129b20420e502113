"""Portions and the standard input: a pilot takes the same items however often it is made again."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from processor import Processor
from processor.api.source import source_again
from processor.errors import WrongUsage
from tests.bench import INTERVAL, NOTES, Bench, note, notes
from tests.program import truebatch

BenchWith = Callable[..., Bench]


def _lines(path: Path, count: int, more: str = "") -> str:
    text = "".join(json.dumps(value) + "\n" for value in notes(count)) + more
    path.write_text(text, encoding="utf-8")
    return str(path)


def _ids(bench: Bench, run: str = "r") -> list[str]:
    return [envelope["item_id"] for envelope in bench.envelopes(run)]


def _built_again(processor: Processor, run: str) -> list[str]:
    """The ids that `resume` would read for a run that was cut while it was built."""
    place = processor._place
    row = place.row(run)
    return [item.id for item in source_again(place, row, place.copied_task(row)).read()]


def test_limit_takes_the_first_items_and_reads_no_further(bench: Bench, tmp_path: Path) -> None:
    inputs = _lines(tmp_path / "notes.jsonl", 3, "no JSON at all\n")
    bench.run(items=None, inputs=inputs, limit=3)
    assert _ids(bench) == ["n1", "n2", "n3"]
    assert ("load", "1 file, the first 3 items at most") in bench.observer.steps


def test_sample_is_the_same_for_files_and_for_a_program(bench: Bench, tmp_path: Path) -> None:
    inputs = _lines(tmp_path / "notes.jsonl", 12)
    bench.run(items=None, inputs=inputs, sample=4, seed=7)
    bench.run(items=(note(number) for number in range(1, 13)), sample=4, seed=7, run="program")
    assert len(_ids(bench)) == 4
    assert _ids(bench) == _ids(bench, "program")
    assert ("load", "1 file, a sample of 4 (seed 7)") in bench.observer.steps


def test_larger_sample_asks_only_for_what_is_new(bench: Bench, tmp_path: Path) -> None:
    inputs = _lines(tmp_path / "notes.jsonl", 12)
    bench.run(items=None, inputs=inputs, sample=3)
    report = bench.run(items=None, inputs=inputs, sample=5, run="more")
    assert report["counts"]["reused"] == 3
    assert report["counts"]["accepted"] == 2


def test_plan_counts_the_portion(bench: Bench, tmp_path: Path) -> None:
    inputs = _lines(tmp_path / "notes.jsonl", 9)
    plan = bench.processor().plan(str(NOTES), inputs=inputs, sample=4, expect=4)
    assert plan.estimate.items == 4


@pytest.mark.parametrize(
    "options", [{"limit": 4}, {"sample": 4, "seed": 3}, {"limit": 6, "sample": 2}]
)
def test_run_built_again_takes_the_same_items(
    bench: Bench, tmp_path: Path, options: dict[str, Any]
) -> None:
    inputs = _lines(tmp_path / "notes.jsonl", 12)
    processor = bench.processor()
    processor.submit(str(NOTES), inputs=inputs, run="r", poll_interval=INTERVAL, **options)
    built = [item[1] for item in processor._place.journal.items(processor._place.row("r").id)]
    assert len(built) == (options.get("sample") or options["limit"])
    assert _built_again(processor, "r") == built


def test_retry_of_a_portion_asks_for_its_items_wherever_they_stand(
    bench_with: BenchWith, tmp_path: Path
) -> None:
    bench = bench_with(faults="truncated@n2_")
    inputs = _lines(tmp_path / "notes.jsonl", 3, "no JSON at all\n")
    bench.run(items=None, inputs=inputs, limit=2)
    # The item that is asked again has moved beyond the limit.
    (tmp_path / "notes.jsonl").write_text(
        "".join(json.dumps(note(number)) + "\n" for number in (5, 1, 2)) + "no JSON at all\n",
        encoding="utf-8",
    )
    processor = bench.processor()
    processor.retry("r", name="again", poll_interval=INTERVAL)
    processor.resume("again")
    assert _ids(bench, "again") == ["n2"]


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({"limit": 0}, "--limit 0"),
        ({"sample": -1}, "--sample -1"),
        ({"sample": True}, "--sample True"),
        ({"sample": 2, "seed": 0.5}, "--seed 0.5"),
        ({"seed": 1}, "--seed goes with --sample"),
    ],
)
def test_rejects_portion_that_is_none(bench: Bench, options: Any, words: str) -> None:
    with pytest.raises(WrongUsage, match=words):
        bench.processor().submit(str(NOTES), items=notes(3), **options)
    assert bench.calls() == []


# -- the standard input -------------------------------------------------------------------------


def _program(bench: Bench, *arguments: str, stdin: str) -> Any:
    return truebatch(
        *arguments, "--base-url", bench.sandbox.url, "--outputs", str(bench.outputs), "--json",
        env={"GEMINI_API_KEY": bench.key}, stdin=stdin,
    )  # fmt: skip


def _submit(bench: Bench, *more: str, stdin: str) -> Any:
    return _program(bench, "submit", str(NOTES), "--inputs", "-", *more, stdin=stdin)


def test_standard_input_is_kept_for_what_comes_later(bench_with: BenchWith) -> None:
    bench = bench_with(faults="truncated@n2_")
    text = json.dumps(notes(4), indent=1)
    ended = _submit(bench, "--run", "r", "--limit", "3", stdin=text)
    assert ended.code == 0, ended.stderr
    assert ended.json["items"] == 3
    assert (bench.folder() / "inputs.stdin").read_text(encoding="utf-8") == text
    processor = bench.processor()
    assert _built_again(processor, "r") == ["n1", "n2", "n3"]
    processor.resume("r", poll_interval=INTERVAL)
    processor.retry("r", name="again", poll_interval=INTERVAL)
    processor.resume("again")
    assert _ids(bench, "again") == ["n2"]
    processor.retry("again", name="third", poll_interval=INTERVAL)
    assert _built_again(processor, "third") == ["n2"]


def test_plan_of_the_standard_input_keeps_nothing(bench: Bench) -> None:
    lines = "".join(json.dumps(value) + "\n" for value in notes(5))
    ended = _program(bench, "plan", str(NOTES), "--inputs", "-", "--sample", "2", stdin=lines)
    assert ended.code == 0, ended.stderr
    assert ended.json["items"] == 2
    assert not bench.outputs.exists() or not any(bench.outputs.rglob("*.stdin"))


@pytest.mark.parametrize(
    ("stdin", "words"),
    [
        ("", "standard input is empty"),
        ('{"note_id": "n1", "title": "x", "text": "y"}\nx\n', "standard input, line 2: not JSON"),
        ('[{"note_id": "n1"}, 3]', "standard input, element"),
    ],
)
def test_rejects_bad_standard_input_and_forgets_the_run(
    bench: Bench, stdin: str, words: str
) -> None:
    ended = _submit(bench, "--run", "r", stdin=stdin)
    assert ended.code == 3
    assert words in ended.json["error"]["message"]
    assert not bench.folder().exists()
    assert bench.calls() == []


def test_rejects_standard_input_given_twice(bench: Bench) -> None:
    ended = _submit(bench, "--inputs", "-", "--run", "r", stdin="{}")
    assert ended.code == 2
    assert "more than once" in ended.json["error"]["message"]
    assert not bench.folder().exists()
