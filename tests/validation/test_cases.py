"""Every folder under tests/cases: a raw text or line, a profile, and the verdict expected."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.validation.strategies import exactly
from validation import RULES, Judgement, Verdict, judge, load_profile, read_line, validate

CASES = Path(__file__).parent.parent / "cases"
FOLDERS = sorted(path.parent for path in CASES.glob("*/*/*/expected.json"))


def _load(path: Path) -> dict[str, object]:
    loaded = json.loads(path.read_text(encoding="utf-8"))
    assert isinstance(loaded, dict)
    return loaded


def _verdict(folder: Path) -> Verdict:
    profile = load_profile(**_load(folder / "profile.json"))  # type: ignore[arg-type]
    item = _load(folder / "item.json") if (folder / "item.json").exists() else None
    line = folder / "line.json"
    if line.exists():
        judgement: Judgement = judge(read_line(line.read_bytes()), profile, item=item)
        return judgement.verdict
    return validate((folder / "answer.txt").read_bytes(), profile, item=item)


@pytest.mark.parametrize("folder", FOLDERS, ids=lambda path: "/".join(path.parts[-3:]))
def test_case_gets_the_verdict_expected(folder: Path) -> None:
    expected = _load(folder / "expected.json")
    verdict = _verdict(folder)
    findings = [[one.rule, one.path] for one in verdict.findings]
    assert (verdict.outcome, findings) == (expected["outcome"], expected["findings"])
    assert list(verdict.repairs) == expected["repairs"]
    assert dict(verdict.variants) == expected["variants"]
    if folder.parts[-3] == "accept":
        assert exactly(verdict.data) == exactly(expected["data"])
    else:
        assert verdict.data is None


@pytest.mark.parametrize("folder", FOLDERS, ids=lambda path: "/".join(path.parts[-3:]))
def test_case_stands_under_its_outcome_and_a_rule(folder: Path) -> None:
    expected = _load(folder / "expected.json")
    accepted = folder.parts[-3] == "accept"
    assert (expected["outcome"] == "accepted") is accepted
    assert folder.parts[-2] in RULES


def test_there_are_at_least_120_cases() -> None:
    assert len(FOLDERS) >= 120


def test_every_rule_that_an_answer_can_break_has_a_case() -> None:
    shown = {
        rule
        for folder in FOLDERS
        for rule, _ in _load(folder / "expected.json")["findings"]  # type: ignore[attr-defined]
    }
    groups = ("decode.", "envelope.", "fields.", "relation.", "lax.")
    wanted = {rule for rule in RULES if rule.startswith(groups)}
    assert wanted <= shown
