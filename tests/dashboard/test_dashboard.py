"""The dashboard of real runs: its numbers are the reports', and its links lead to them."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path
from time import monotonic
from urllib.parse import unquote

import pytest

from processor import Processor
from processor.core.ids import RunId
from processor.core.overview import Choice
from processor.effects.journal import SqliteJournal
from tests.bench import Bench, notes
from tests.dashboard.made import NOON, dashboard_of, figures, going, journal_of
from tests.program import Ended

Program = Callable[..., Ended]


def test_numbers_are_those_of_the_reports(bench_with: Callable[..., Bench]) -> None:
    bench = bench_with(faults="truncated@n3_*all,truncated@n5_*all")
    reports = [bench.run(8, run=f"r{number}", items=notes(8), fresh=True) for number in (1, 2)]
    waiting = bench.submit(3, run="r3", items=notes(3), fresh=True)
    made = bench.processor().overview()
    good = sum(report["counts"]["accepted"] for report in reports)
    assert good == 12
    assert (made.total.runs, made.total.running) == (3, 1)
    assert (made.total.good, made.total.judged) == (good, 16)
    assert made.total.actual_usd == pytest.approx(sum(r["cost"]["actual_usd"] for r in reports))
    truncated = [report["findings"]["envelope.truncated"] for report in reports]
    found = {one.rule: one for one in made.findings}
    assert found["envelope.truncated"].times == sum(truncated)
    assert [line.figures.run for line in made.lines] == [waiting, "r2", "r1"]
    assert [line.state for line in made.lines] == ["SUBMITTED", "DONE", "DONE"]
    assert made.lines[0].figures.items == 3


def test_page_leads_to_reports_from_wherever_it_is(bench: Bench, tmp_path: Path) -> None:
    bench.run(1)
    for out in (tmp_path / "elsewhere" / "far" / "d.html", bench.outputs / "dashboard.html"):
        out.parent.mkdir(parents=True, exist_ok=True)
        bench.processor().dashboard(out)
        (link,) = re.findall(r'<a href="([^"]*report\.html)"', out.read_text(encoding="utf-8"))
        assert (out.parent / unquote(link)).resolve() == (bench.folder() / "report.html").resolve()


def test_command_writes_the_page(program: Program, tmp_path: Path) -> None:
    journal_of(tmp_path / "mine", [figures(1), going(2)])
    ended = program("dashboard", "--outputs", "mine", "--out", "x.html", "--json")
    assert ended.code == 0
    told = ended.json
    assert (told["page"], told["runs"], told["running"]) == ("x.html", 2, 1)
    assert (told["accepted"], told["judged"], told["cost_usd"]) == (8, 10, 0.25)
    page = (tmp_path / "x.html").read_text(encoding="utf-8")
    assert "r2" in page
    assert program("dashboard", "--outputs", "mine").stdout == (
        f"{Path('mine', 'dashboard.html')}: 2 runs\n"
    )


def test_page_of_an_empty_folder_says_what_to_do(tmp_path: Path) -> None:
    page = dashboard_of(journal_of(tmp_path / "outputs", ())).read_text(encoding="utf-8")
    assert "No runs yet" in page


def test_suggestions_are_those_of_the_newest_run_of_a_task(tmp_path: Path) -> None:
    one = {"table": "[fields.a]", "line": 'names = ["a", "b"]', "items": 2, "reason": "because"}
    outputs = journal_of(
        tmp_path / "outputs", [figures(1), figures(2), going(3)], suggestions=[one]
    )
    with Processor(outputs=outputs) as processor:
        found = processor.overview().suggestions
    assert [(each.run, each.number, each.suggestion["line"]) for each in found] == [
        ("r2", 1, 'names = ["a", "b"]')
    ]


def test_list_is_paged_and_chosen(tmp_path: Path) -> None:
    runs = [figures(number, task="even" if number % 2 == 0 else "odd") for number in range(1, 26)]
    outputs = journal_of(tmp_path / "outputs", runs)
    with Processor(outputs=outputs) as processor:
        seen = [
            line.figures.number
            for page in (1, 2, 3)
            for line in processor.overview(Choice(page=page), size=10).lines
        ]
        beyond = processor.overview(Choice(page=99), size=10)
        even = processor.overview(Choice(task="even"), size=10)
    assert seen == list(range(25, 0, -1))
    assert (beyond.choice.page, beyond.pages, len(beyond.lines)) == (3, 3, 5)
    assert (even.found, even.pages, even.total.runs) == (12, 2, 25)


def test_what_others_write_is_seen_at_once(tmp_path: Path) -> None:
    outputs = journal_of(tmp_path / "outputs", [figures(1)])
    with Processor(outputs=outputs) as processor:
        assert processor.overview().total.runs == 1
        journal = SqliteJournal(outputs / "journal.sqlite3")
        journal.forget_run(RunId("r1"))
        journal.close()
        assert processor.overview().total.runs == 0
        own = processor._place.journal
        begun = {"task": "t", "model": "m", "created_at": NOON.isoformat(), "options": {}}
        own.begin_run(RunId("mine"), **begun)  # type: ignore[arg-type]
        assert processor.overview().total.runs == 1


def test_ten_thousand_runs_are_a_quick_page(tmp_path: Path) -> None:
    runs = (figures(number) for number in range(1, 10_001))
    outputs = journal_of(tmp_path / "outputs", runs, coverage={"f": ["x" * 50] * 40})
    with Processor(outputs=outputs) as processor:
        begin = monotonic()
        made, path = processor.dashboard(tmp_path / "d.html")
        seconds = monotonic() - begin
    assert made.total.runs == 10_000
    assert len(made.lines) == 1_000
    assert path.stat().st_size < 2_000_000
    assert seconds < 10  # 0.5 s on an idle machine; machines that test are slow
