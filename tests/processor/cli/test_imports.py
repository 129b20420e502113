"""What a command does not need is not imported: google-genai alone takes longer than all the rest."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

from tests.bench import NOTES, PROJECT, note

_ASKED = """
import json, sys
from processor.cli.program import run_program
try:
    code = run_program(sys.argv[1:])
except SystemExit as ended:
    code = ended.code
assert code in (None, 0), code
sys.stderr.write(json.dumps(sorted(sys.modules)))
"""


def _imported(*arguments: str, cwd: Path) -> set[str]:
    command = [sys.executable, "-c", _ASKED, *arguments]
    ended = subprocess.run(
        command, cwd=cwd, env={"PYTHONPATH": str(PROJECT)}, capture_output=True, check=True
    )
    return set(json.loads(ended.stderr.decode().splitlines()[-1]))


@pytest.mark.parametrize(
    "arguments",
    [["--version"], ["--help"], ["run", "--help"], ["tasks"], ["list"], ["plan", str(NOTES), "-q"]],
    ids=" ".join,
)
def test_commands_that_ask_nobody_do_not_import_the_sdk(
    tmp_path: Path, arguments: list[str]
) -> None:
    (tmp_path / "inputs").mkdir()
    (tmp_path / "inputs" / "a.json").write_text(json.dumps(note(1)), encoding="utf-8")
    found = _imported(*arguments, cwd=tmp_path)
    assert "processor.cli.program" in found
    assert not {name for name in found if name.startswith(("google.", "fastapi", "pyarrow"))}


def test_help_imports_neither_schemas_nor_templates_nor_journal(tmp_path: Path) -> None:
    found = _imported("--help", cwd=tmp_path)
    assert not found & {"jsonschema", "jsonschema_rs", "jinja2", "sqlite3", "pydantic", "httpx2"}
