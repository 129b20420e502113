"""The README's clients of a service run as they stand there."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tests.documents.readme import section
from tests.service.service import RestService

_TEXT = section("A service")
_ADDRESS = "http://127.0.0.1:8001"


def _blocks(language: str) -> list[str]:
    return re.findall(rf"^```{language}\n(.*?)^```$", _TEXT, re.DOTALL | re.MULTILINE)


def test_python_client_of_the_readme_runs(service: RestService) -> None:
    (example,) = _blocks("python")
    assert _ADDRESS in example
    done = subprocess.run(
        [sys.executable, "-c", example.replace(_ADDRESS, service.url)],
        capture_output=True,
        encoding="utf-8",
        timeout=120,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    assert done.stdout.startswith("1 ")


@pytest.mark.skipif(shutil.which("curl") is None, reason="curl is not installed")
def test_curl_clients_of_the_readme_run(service: RestService, tmp_path: Path) -> None:
    article = {"id": "1", "title": "Rates hold", "contents": "The bank held rates."}
    (tmp_path / "articles.jsonl").write_text(json.dumps(article) + "\n", encoding="utf-8")
    block = next(block for block in _blocks("console") if "curl" in block)
    commands = block.replace("\\\n", " ").splitlines()
    assert len(commands) == 3
    for command in commands:
        line = command.removeprefix("$ ").replace(_ADDRESS, service.url)
        done = subprocess.run(
            ["sh", "-c", line], cwd=tmp_path, capture_output=True, encoding="utf-8", check=True
        )
        answer = json.loads(done.stdout)
        assert "detail" not in answer, answer
    service.wait_for("monday")
    service.wait_for(answer["run"])
