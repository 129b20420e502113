"""Judging files without a batch: every kind of file, exit codes, suggestions tried, nothing changed."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from processor.api.judging import validate
from processor.cli.program import run_program
from processor.core.printable import one_line
from processor.errors import BadInput, WrongUsage
from tests.bench import NOTES, Bench, notes
from tests.reports.rules import rules, until

TASK = str(NOTES)
GOOD = '{"subject": "oak", "year": 1951}'
OTHER_NAME = '{"topic": "oak"}'
BAD = '{"subject": "oak", "year": "1951"}'


def judged(*paths: Path | str, **options: Any) -> dict[str, Any]:
    """The result for ``paths`` by the rules of the notes."""
    return validate([str(path) for path in paths], **{"task": TASK, **options})


def program(capsys: pytest.CaptureFixture[str], *words: Path | str) -> tuple[int, str, str]:
    """Exit code, stdout and stderr of one command."""
    capsys.readouterr()
    code = run_program(["validate", *map(str, words)])
    captured = capsys.readouterr()
    return code, captured.out, captured.err


def write(path: Path, *lines: str) -> Path:
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")
    return path


def answer(key: str, text: str, **candidate: Any) -> str:
    """A line of a result file."""
    first = {"content": {"parts": [{"text": text}]}, "finishReason": "STOP", **candidate}
    response = {"candidates": [first], "modelVersion": "gemini-3.6-flash"}
    return json.dumps({"key": key, "response": response})


def test_judges_a_text(tmp_path: Path) -> None:
    result = judged(write(tmp_path / "a.json", GOOD), write(tmp_path / "b.txt", f"```\n{BAD}\n```"))
    assert result["counts"] == {"accepted": 1, "rejected": 1, "failed": 0}
    assert result["findings"] == {"schema.type": 1}
    assert result["repairs"] == {"code_fence": 1}
    assert result["items"][0]["item_id"] == str(tmp_path / "b.txt")


def test_judges_a_folder(tmp_path: Path) -> None:
    write(tmp_path / "b.json", OTHER_NAME)
    write(tmp_path / "a.md", GOOD)
    write(tmp_path / "lines.jsonl", GOOD, "", BAD)
    write(tmp_path / ".hidden.json", BAD)
    write(tmp_path / "picture.png", BAD)
    result = judged(tmp_path)
    assert result["files"] == 3
    assert result["counts"] == {"accepted": 3, "rejected": 1, "failed": 0}
    assert result["variants"] == {"subject": {"topic": 1}}
    assert result["items"][0]["item_id"] == f"{tmp_path / 'lines.jsonl'}, line 3"


def test_judges_a_result_file(tmp_path: Path) -> None:
    path = write(
        tmp_path / "results.jsonl",
        answer("n1_notes", GOOD),
        answer("n2_notes", GOOD[:-5], finishReason="MAX_TOKENS"),
        '{"key": "n3_notes", "error": {"code": 13, "message": "internal"}}',
        "no json",
    )
    result = judged(path)
    assert result["counts"] == {"accepted": 1, "rejected": 1, "failed": 2}
    assert set(result["findings"]) == {
        "envelope.truncated", "envelope.error_line", "account.unparseable_line",
    }  # fmt: skip


def test_judges_a_runs_own_files_by_its_own_rules(bench_with: Callable[..., Bench]) -> None:
    bench = bench_with(faults="truncated@n2_,wrong_type@n1_,error_line@n4_,no_model_version@n3_")
    report = bench.run(5)
    wanted = {name: report["counts"][name] for name in ("accepted", "rejected", "failed")}
    assert wanted == {"accepted": 2, "rejected": 2, "failed": 1}
    for path in (bench.folder(), bench.folder() / "answers.jsonl", bench.folder() / "items.jsonl"):
        result = judged(path, task=None)
        assert result["task"] == "notes"
        assert result["counts"] == wanted, path
        assert result["findings"] == report["findings"], path
        assert result["coverage"] == report["coverage"], path


def test_checks_relations_where_the_items_are(bench: Bench, tmp_path: Path) -> None:
    task = rules(tmp_path / "rules", fields='[[relation]]\npath = "places"\nquoted_in = "item"')
    bench.processor().run(task, items=notes(2), run="r", poll_interval=1.0)
    assert all(judged(path, task=None)["relations_checked"] for path in (
        bench.folder(), bench.folder() / "items.jsonl"
    ))  # fmt: skip
    text = write(tmp_path / "n1.json", '{"subject": "oak", "places": ["Atlantis"]}')
    unchecked = judged(text, task=task)
    assert not unchecked["relations_checked"]
    assert unchecked["counts"]["accepted"] == 1
    items = write(tmp_path / "items.jsonl", *map(json.dumps, notes(1)))
    checked = judged(text, task=task, inputs=[str(items)])
    assert checked["relations_checked"]
    assert checked["findings"] == {"relation.quoted_in": 1}
    with pytest.raises(BadInput, match="no item"):
        judged(write(tmp_path / "n9.json", GOOD), task=task, inputs=[str(items)])


@pytest.mark.parametrize(
    ("kind", "content", "counts"),
    [
        ("text", [GOOD], {"accepted": 1, "rejected": 0, "failed": 0}),
        ("text", [GOOD, GOOD], {"accepted": 0, "rejected": 1, "failed": 0}),
        ("lines", [GOOD, GOOD], {"accepted": 2, "rejected": 0, "failed": 0}),
        ("answers", [GOOD], {"accepted": 0, "rejected": 0, "failed": 1}),
    ],
)
def test_kind_may_be_told(
    tmp_path: Path, kind: str, content: Sequence[str], counts: dict[str, int]
) -> None:
    assert judged(write(tmp_path / "a.jsonl", *content), kind=kind)["counts"] == counts


def test_exit_codes(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    good, bad = write(tmp_path / "good.json", GOOD), write(tmp_path / "bad.json", BAD)
    assert program(capsys, good, "--task", TASK)[0] == 0
    code, out, err = program(capsys, good, bad, "--task", TASK)
    assert (code, err) == (1, "")
    assert out.startswith(f"rejected {bad}\n         schema.type $.year '1951' is not")
    assert "1 accepted, 1 rejected of 2 answers, by the rules of notes" in out
    code, out, err = program(capsys, tmp_path / "none.json", "--task", TASK)
    assert (code, out) == (3, "")
    assert "no such file" in err
    assert program(capsys, write(tmp_path / "e.jsonl", ""), "--task", TASK)[0] == 3
    assert program(capsys, good, "--task", "no_such_task")[0] == 2
    assert program(capsys)[0] == 2


def test_json_is_one_object(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    bad = write(tmp_path / "bad.json", BAD)
    code, out, _ = program(capsys, bad, "--task", TASK, "--json")
    assert code == 1
    assert json.loads(out) == judged(bad)
    code, out, _ = program(capsys, tmp_path / "none", "--json")
    assert (code, json.loads(out)["error"]["kind"]) == (3, "bad_input")


def test_suggestion_is_tried_and_nothing_is_changed(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    task = Path(rules(tmp_path / "rules"))
    files = {path.name: path.read_bytes() for path in task.iterdir()}
    lines = write(tmp_path / "a.jsonl", BAD, GOOD, BAD, '{"year": 1}')
    result = judged(lines, task=str(task), apply_suggestion=1)
    (suggestion,) = result["suggestions"]
    applied = result["applied"]
    assert suggestion["items"] == 2
    assert applied["suggestion"] == suggestion
    assert applied["paste"] == '[answer]\nlax = ["number_as_string"]'
    assert result["counts"] == {"accepted": 1, "rejected": 3, "failed": 0}
    assert applied["counts"] == {"accepted": 3, "rejected": 1, "failed": 0}
    assert applied["changes"] == {"rejected": {"accepted": 2}}
    assert {path.name: path.read_bytes() for path in task.iterdir()} == files
    code, out, _ = program(capsys, lines, "--task", str(task), "--apply-suggestion")
    assert code == 1
    assert "With suggestion 1: 3 accepted, 1 rejected" in out
    assert "2 rejected → accepted" in out
    assert '    lax = ["number_as_string"]' in out


def test_pasted_suggestion_does_what_it_promised(tmp_path: Path) -> None:
    lines = write(tmp_path / "a.jsonl", BAD, GOOD, BAD)
    applied = judged(lines, apply_suggestion=1)["applied"]
    task = rules(tmp_path / "rules", fields=applied["paste"])
    assert judged(lines, task=task)["counts"] == applied["counts"]


@pytest.mark.parametrize("number", [1, 2])
def test_refuses_a_suggestion_that_is_not_there(tmp_path: Path, number: int) -> None:
    with pytest.raises(WrongUsage, match="no suggestions"):
        judged(write(tmp_path / "a.json", GOOD), apply_suggestion=number)


def test_python_way_in_is_the_same(bench: Bench, tmp_path: Path) -> None:
    path = write(tmp_path / "a.json", GOOD)
    assert bench.processor().validate(str(path), task=TASK) == judged(path)


def test_report_command_judges_again(
    bench: Bench, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    bench.run(3)
    bench.close()
    task = until(tmp_path / "rules", 1952)
    given = ["--outputs", str(bench.outputs), "--json"]
    assert run_program(["report", "r", "--rejudge", "--task", task, *given]) == 0
    again = json.loads(capsys.readouterr().out)["rejudged"]
    assert again["changes"] == {"accepted": {"rejected": 1}}
    assert run_program(["report", "r", "--task", task, *given]) == 2
    assert run_program(["report", "r", "--rejudge", "--task", "nothing", *given]) == 2


@given(st.text())
def test_no_terminal_obeys_what_is_printed(text: str) -> None:
    shown = one_line(text)
    assert len(shown.splitlines()) <= 1
    assert all(ord(c) >= 0x20 and not 0x7F <= ord(c) <= 0x9F for c in shown)


def test_printable_words_stay() -> None:
    assert one_line("  Grüße,\n 12 µg\t– „ja“ ") == "Grüße, 12 µg – „ja“"
    assert one_line("\x1b[2J\x9b31m\u202e") == "\\x1b[2J\\x9b31m\\u202e"


def test_report_on_the_terminal_tells_what_changed_and_obeys_no_answer(
    bench_with: Callable[..., Bench], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    bench = bench_with(faults="wrong_type*6")
    bench.run(6)
    bench.close()
    task = rules(tmp_path / "rules")
    (tmp_path / "rules" / "fields.toml").write_text(
        '[answer]\nlax = ["number_as_string"]', encoding="utf-8"
    )
    given = ["--outputs", str(bench.outputs)]
    assert run_program(["report", "r", *given]) == 0
    out = capsys.readouterr().out
    assert "A change of the rules would accept 3 more:\n  [answer]\n" in out
    assert str(bench.folder() / "report.html") in out
    assert run_program(["report", "r", "--rejudge", "--task", task, *given]) == 0
    out = capsys.readouterr().out
    assert ": 3 rejected → accepted" in out
    assert "Outputs: 3 promoted" in out
    hostile = notes(1)[0] | {"note_id": "\x1b]0;owned\x07\x9b2J"}
    bench.processor().run(TASK, items=[hostile], run="h", poll_interval=1.0)
    bench.processor().rejudge("h", task=until(tmp_path / "never", 1900))
    bench.close()
    assert run_program(["report", "h", *given]) == 0
    out = capsys.readouterr().out
    assert "\\x1b]0;owned" in out
    assert not {"\x1b", "\x07", "\x9b"} & set(out)
