"""The table of rules is complete, and nothing says what is not in it."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

import validation
from validation import RULES, Effect, Outcome
from validation.finding import finding
from validation.rules import outcome_of

SOURCES = sorted(Path(validation.__file__).parent.glob("*.py"))


def _strings(source: Path) -> Iterator[str]:
    for node in ast.walk(ast.parse(source.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Constant) and isinstance(node.value, str):
            yield node.value


def test_every_rule_that_the_code_names_is_in_the_table() -> None:
    groups = "account|job|envelope|decode|fields|schema|lax|relation"
    pattern = re.compile(rf"(?:{groups})\.[a-z_]+[a-z]")
    named = {
        text
        for source in SOURCES
        for text in _strings(source)
        if pattern.fullmatch(text) and text not in ("fields.toml", "schema.json")
    }
    assert len(named) > 50
    assert named <= set(RULES)


@pytest.mark.parametrize("rule", RULES.values(), ids=lambda rule: rule.id)
def test_rule_says_what_it_means_and_what_to_do(rule: validation.Rule) -> None:
    assert RULES[rule.id] is rule
    assert re.fullmatch(r"[a-z]+\.[A-Za-z_0-9]+", rule.id)
    assert rule.meaning.endswith(".")
    assert rule.advice.endswith(".")
    assert rule.example
    assert rule.effect in Effect


def test_rules_of_accounting_are_in_the_table_for_the_processor() -> None:
    effects = {
        rule: RULES[rule].effect.value for rule in RULES if rule.startswith(("account.", "job."))
    }
    assert effects == {
        "account.missing": "fail",
        "account.duplicate_identical": "note",
        "account.duplicate_different": "fail",
        "account.unknown_key": "note",
        "account.unparseable_line": "note",
        "account.no_key": "note",
        "job.failed": "fail",
        "job.expired": "fail",
        "job.cancelled": "fail",
        "job.held_back": "fail",
        "job.never_sent": "fail",
    }


def test_worst_effect_decides_the_outcome() -> None:
    note = finding("fields.extra", "$", "")
    reject = finding("schema.type", "$", "")
    fail = finding("envelope.no_text", "$", "")
    assert outcome_of(()) is Outcome.ACCEPTED
    assert outcome_of((note,)) is Outcome.ACCEPTED
    assert outcome_of((note, reject)) is Outcome.REJECTED
    assert outcome_of((reject, fail, note)) is Outcome.FAILED


def test_finding_can_always_be_written_and_stays_short() -> None:
    one = finding("schema.type", "$.\ud83d", "x" * 1_000_000 + "\ud83d")
    assert len(f"{one.path}{one.message}".encode()) < 2_000


@pytest.mark.parametrize("source", SOURCES, ids=lambda path: path.name)
def test_nothing_of_the_world_is_imported(source: Path) -> None:
    forbidden = {"os", "time", "random", "pathlib", "socket", "subprocess", "io", "sys", "datetime",
                 "sqlite3", "processor", "sandbox", "google", "loguru", "asyncio", "threading"}  # fmt: skip
    tree = ast.parse(source.read_text(encoding="utf-8"))
    imported = {
        name.split(".")[0]
        for node in ast.walk(tree)
        for name in (
            [alias.name for alias in node.names]
            if isinstance(node, ast.Import)
            else [node.module or ""]
            if isinstance(node, ast.ImportFrom)
            else []
        )
    }
    assert imported.isdisjoint(forbidden)
    calls = {node.func.id for node in ast.walk(tree)
             if isinstance(node, ast.Call) and isinstance(node.func, ast.Name)}  # fmt: skip
    assert calls.isdisjoint({"open", "print", "input", "exec", "eval"})


def test_first_example_of_the_package_runs(capsys: pytest.CaptureFixture[str]) -> None:
    example = [
        line[4:] for line in (validation.__doc__ or "").splitlines() if line.startswith("    ")
    ]
    assert len(example) == 4
    exec(compile("\n".join(example), "example", "exec"), {})
    assert capsys.readouterr().out == "accepted {'title': 'Potassium in loess'}\n"
