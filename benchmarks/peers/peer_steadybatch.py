"""steadybatch: its runner, from the requests to the checked results, with a client that answers at once."""

from __future__ import annotations

import json
import time
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import paper
from steadybatch.models import Request
from steadybatch.providers.gemini_batch import GeminiBatch
from steadybatch.runner import Runner


class Client:
    """Stands where google-genai's client does; notes when the upload began and the download ended."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self.uploaded_at = self.downloaded_at = 0.0
        self.files = SimpleNamespace(upload=self._upload, download=self._download)
        self.batches = SimpleNamespace(create=self._create, get=self._get)

    def _upload(self, file: Any, config: Any) -> Any:
        self.uploaded_at = time.perf_counter()
        keys = [json.loads(line)["key"] for line in file.getvalue().splitlines()]
        self._answers = paper.renamed_answers(self._folder, keys)
        return SimpleNamespace(name="files/in")

    def _create(self, **_: Any) -> Any:
        return SimpleNamespace(name="batches/b")

    def _get(self, name: str) -> Any:
        return SimpleNamespace(
            state=SimpleNamespace(name="JOB_STATE_SUCCEEDED"),
            completion_stats=None,
            dest=SimpleNamespace(file_name="files/out"),
        )

    def _download(self, file: str) -> bytes:
        self.downloaded_at = time.perf_counter()
        return self._answers


def _run(folder: Path) -> tuple[Any, float, float]:
    client = Client(folder)
    runner = Runner(
        GeminiBatch(client), paper.MODEL, response_schema=paper.schema(folder),
        checkpoint=folder / "steadybatch.sqlite3", sleep=lambda _: None,
    )  # fmt: skip
    begun = time.perf_counter()
    report = runner.run(
        Request(
            key=paper.key(item),
            messages=[{"role": "user", "content": paper.prompt(item)}],
            system=paper.SYSTEM,
            max_tokens=paper.MAX_OUTPUT_TOKENS,
        )
        for item in paper.items(folder)
    )
    ended = time.perf_counter()
    (folder / "steadybatch.sqlite3").unlink()
    return report, client.uploaded_at - begun, ended - client.downloaded_at


def build(folder: Path) -> paper.Done:
    report, seconds, _ = _run(folder)
    return paper.Done(len(report.results), seconds)


def parse(folder: Path) -> paper.Done:
    report, _, seconds = _run(folder)
    return paper.Done(report.ok, seconds)


if __name__ == "__main__":
    paper.main(build, parse)
