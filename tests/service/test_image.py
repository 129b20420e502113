"""The Dockerfile, as far as it can be held without an engine: what it copies, runs, and asks."""

from __future__ import annotations

import json
import re
import subprocess
import sys

from tests.bench import PROJECT
from tests.program import truebatch
from tests.service.service import RestService

_LINES = (PROJECT / "Dockerfile").read_text(encoding="utf-8").replace("\\\n", "").splitlines()


def _last(instruction: str) -> str:
    return [line for line in _LINES if line.startswith(f"{instruction} ")][-1].partition(" ")[2]


def test_health_check_asks_the_service(service: RestService) -> None:
    command = json.loads(_last("HEALTHCHECK").partition("CMD ")[2])
    address = "http://127.0.0.1:8001"
    assert address in command[2]
    for url, code in ((service.url, 0), ("http://127.0.0.1:9", 1)):
        words = [sys.executable, "-c", command[2].replace(address, url)]
        assert subprocess.run(words, capture_output=True, check=False).returncode == code


def test_image_serves_as_somebody_without_rights() -> None:
    assert _last("USER").isdecimal()
    assert int(_last("USER")) > 0
    assert json.loads(_last("ENTRYPOINT")) == ["truebatch"]
    words = json.loads(_last("CMD"))
    assert truebatch(*words, "--help").code == 0
    assert "--host" in words  # and so nobody comes in without a token


def test_image_takes_nothing_but_the_packages() -> None:
    copied = {
        name for line in _LINES if line.startswith("COPY ") and "--from" not in line
        for name in line.split()[1:-1]
    }  # fmt: skip
    ignore = (PROJECT / ".dockerignore").read_text(encoding="utf-8").splitlines()
    assert copied == {line[1:] for line in ignore if line.startswith("!")}
    assert "*" in ignore
    for name in copied:
        assert (PROJECT / name).exists()
    packages = re.search(
        r"^packages = \[(.*)\]$", (PROJECT / "pyproject.toml").read_text(), re.MULTILINE
    )
    assert packages is not None
    assert set(json.loads(f"[{packages[1]}]")) <= copied
    extras = re.search(r"'\.\[(.*)\]'", _last("RUN") + "\n".join(_LINES))
    assert extras is not None
    assert "service" in extras[1].split(",")
