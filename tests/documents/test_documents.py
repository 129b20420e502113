"""The documents say what the program does."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import pytest

from processor.cli.program import _COMMANDS
from processor.errors import ExitCode
from tests.documents.tables import GUIDELINES, rules_table, section
from validation import load_profile, validate

ROOT = Path(__file__).parents[2]
README = (ROOT / "README.md").read_text(encoding="utf-8")
GUIDE = GUIDELINES.read_text(encoding="utf-8")
_OPTION = re.compile(r"--[a-z][a-z-]+")


def _help(command: str) -> str:
    done = subprocess.run(
        [sys.executable, "-m", "processor", command, "--help"],
        capture_output=True,
        check=True,
        encoding="utf-8",
    )
    return done.stdout


def test_guidelines_list_every_rule() -> None:
    assert section(GUIDE, "rules") == rules_table()


def test_guidelines_list_every_exit_code() -> None:
    for code in ExitCode:
        assert re.search(rf"^\| (\d+, )?{int(code)}\b|, {int(code)} \|", GUIDE, re.MULTILINE), code


def test_guidelines_name_every_step_and_its_file() -> None:
    steps = ("load", "build", "submit", "poll", "fetch", "validate", "save", "report")
    for step in steps:
        assert f"`processor/steps/{step}.py`" in GUIDE
        assert (ROOT / "processor" / "steps" / f"{step}.py").is_file()


@pytest.mark.parametrize("document", ["README.md", "BATCH_PROCESSING_GUIDELINES.md"])
def test_commands_in_documents_exist_with_their_options(document: str) -> None:
    text = (ROOT / document).read_text(encoding="utf-8")
    used: dict[str, set[str]] = {}
    for line in re.findall(r"truebatch ((?:\w+)\b[^`\n#]*)", text):
        command, *rest = line.split()
        if command in _COMMANDS:
            used.setdefault(command, set()).update(_OPTION.findall(" ".join(rest)))
    assert used, document
    for command, options in used.items():
        known = set(_OPTION.findall(_help(command)))
        assert options <= known, (command, options - known)


def test_validation_example_of_the_readme_runs() -> None:
    profile = load_profile(schema={"type": "object", "required": ["title"]})
    verdict = validate('```json\n{"title": "Potassium in loess",}\n```', profile)
    assert 'validate(\'```json\\n{"title": "Potassium in loess",}\\n```\', profile)' in README
    assert verdict.accepted
    assert verdict.data == {"title": "Potassium in loess"}


def test_python_example_of_the_readme_runs(tmp_path: Path) -> None:
    example = README.split("## From Python")[1].split("```python\n")[1].split("```")[0]
    (tmp_path / "inputs").symlink_to(ROOT / "inputs")
    done = subprocess.run(
        [sys.executable, "-c", example], cwd=tmp_path, capture_output=True, encoding="utf-8"
    )
    assert done.returncode == 0, done.stderr
    assert len(done.stdout.splitlines()) == 20


def test_changelog_has_an_unreleased_part() -> None:
    assert "## [Unreleased]" in (ROOT / "CHANGELOG.md").read_text(encoding="utf-8")
