"""Accepting a suggestion: the run is judged again with it, nothing is sent, and the task stays as it is."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from processor.core.acceptance import accept
from processor.errors import WrongUsage
from tests.bench import INTERVAL, Bench, notes
from tests.dashboard.made import NOTED, narrow_task
from validation import Suggestions, apply_suggestion, load_profile, validate

NAMED = '# names\n[fields.subject]\nnames = ["subject"]\n[require]\nall = ["subject"]\n'
SCHEMA: dict[str, Any] = {
    "type": "object",
    "properties": {"subject": {"type": "string"}, "a/b": {"$ref": "#/$defs/year"}},
    "$defs": {"year": {"type": ["integer"]}},
    "required": ["subject"],
}


@pytest.fixture
def narrow(tmp_path: Path) -> str:
    return narrow_task(tmp_path / "narrow")


def test_accepted_suggestion_accepts_what_it_promised(
    bench_with: Callable[..., Bench], narrow: str
) -> None:
    bench = bench_with(faults="renamed_fields@n1_*all,renamed_fields@n2_*all")
    processor = bench.processor()
    before = processor.run(narrow, items=notes(3), run="r", poll_interval=INTERVAL)
    assert before["counts"]["rejected"] == 2
    (suggestion,) = processor.suggestions("r")
    asked = len(bench.calls())
    after = processor.accept_suggestion("r", 1, suggestion["line"])
    assert after["counts"]["rejected"] == 2 - suggestion["items"] == 0
    assert after["rejudged"]["changes"] == {"rejected": {"accepted": 2}}
    assert len(bench.calls()) == asked
    assert (bench.folder() / "task" / "fields.toml").read_text(encoding="utf-8") == NOTED
    assert processor.overview().total.good == 3
    assert not processor.suggestions("r")


def test_suggestion_that_is_not_there_changes_nothing(bench: Bench) -> None:
    bench.run(1)
    for number, line in ((0, ""), (1, 'names = ["x"]'), (-1, "")):
        with pytest.raises(WrongUsage, match="no such suggestion"):
            bench.processor().accept_suggestion("r", number, line)
    assert not (bench.folder() / "rules").exists()


@pytest.mark.parametrize(
    "answers",
    [
        ['{"theme": "oak"}', '{"theme": "ash"}'],
        ['{"subject": "oak", "a/b": "1"}', '{"subject": "ash", "a/b": "2"}'],
    ],
    ids=["name", "schema"],
)
def test_accepted_files_judge_as_the_suggestion_would(answers: list[str]) -> None:
    schema = SCHEMA
    profile = load_profile(fields=NAMED, schema=schema)
    found = Suggestions(profile)
    for answer in answers:
        found.add(validate(answer, profile))
    proposals = found.proposals()
    assert proposals
    files = {"fields.toml": NAMED.encode(), "schema.json": _text(schema), "prompt.md": b"x"}
    for one in proposals:
        changed = accept(files, {"table": one.table, "line": one.line})
        by_files = load_profile(
            fields=changed["fields.toml"], schema=json.loads(changed["schema.json"])
        )
        for answer in answers:
            wanted = validate(answer, apply_suggestion(profile, one))
            assert validate(answer, by_files).outcome is wanted.outcome
        assert changed["prompt.md"] == b"x"


def _text(value: Any) -> bytes:
    return json.dumps(value).encode()
