"""The main job, run once for each worker: ``truebatch run --sandbox`` on the sample items."""

from __future__ import annotations

from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from typing import Any

import pytest

from sandbox.log import read_log
from tests.bench import PROJECT, read_lines
from tests.program import Ended, truebatch

INTERVAL = 0.8


def digests(folder: Path) -> dict[str, str]:
    """SHA-256 of every file in ``folder``."""
    return {
        str(path.relative_to(folder)): sha256(path.read_bytes()).hexdigest()
        for path in sorted(folder.rglob("*"))
        if path.is_file()
    }


@dataclass(frozen=True)
class SampleRun:
    """What the main job left behind.

    Attributes:
        before: digests of the inputs before the run.
    """

    ended: Ended
    outputs: Path
    before: dict[str, str]

    @property
    def folder(self) -> Path:
        return self.outputs / "runs" / "sample"

    @property
    def report(self) -> dict[str, Any]:
        return dict(self.ended.json)

    @property
    def envelopes(self) -> list[dict[str, Any]]:
        return read_lines(self.folder / "items.jsonl")

    @property
    def log(self) -> list[dict[str, Any]]:
        return read_log(self.outputs / "sandbox-state")


@pytest.fixture(scope="session")
def sample_run(tmp_path_factory: pytest.TempPathFactory) -> SampleRun:
    """The main job on the 22 sample papers, with the faults of the demo."""
    outputs = tmp_path_factory.mktemp("sample") / "outputs"
    before = digests(PROJECT / "inputs")
    ended = truebatch(
        "run", "--sandbox", "--json", "--run", "sample", "--expect", "22",
        "--outputs", str(outputs), "--poll-interval", str(INTERVAL),
    )  # fmt: skip
    assert ended.code in (0, 1), ended.stderr
    return SampleRun(ended, outputs, before)
