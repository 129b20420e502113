"""batchlane: its runner, from the lines to the joined results, with a transport that answers at once."""

from __future__ import annotations

import json
import time
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import batchlane.adapters.gemini as gemini
import paper
from batchlane import runner
from batchlane.handle import BatchLine


class Transport:
    """Stands where batchlane's HTTP requests go out; notes when."""

    def __init__(self, folder: Path) -> None:
        self._answers = paper.answers(folder)
        self.created_at = self.downloaded_at = 0.0

    def __call__(self, method: str, url: str, **given: Any) -> Any:
        body: dict[str, Any] = {}
        if url.endswith(":batchGenerateContent"):
            self.created_at = time.perf_counter()
            body = {"name": "batches/b"}
        elif given.get("content") is not None:
            body = {"file": {"name": "files/in"}}
        elif "/batches/" in url:
            state = {"state": "JOB_STATE_SUCCEEDED"}
            body = {
                "name": "batches/b",
                "metadata": state,
                "response": {"responsesFile": "files/o"},
            }
        elif ":download" in url:
            self.downloaded_at = time.perf_counter()
            return SimpleNamespace(iter_lines=self._lines)
        return SimpleNamespace(json=lambda: body, headers={"x-goog-upload-url": "http://upload"})

    def _lines(self) -> Any:
        return iter(self._answers.decode().split("\n"))


def _run(folder: Path) -> tuple[int, float, float]:
    gemini.request = transport = Transport(folder)
    begun = time.perf_counter()
    lines = [
        BatchLine(
            custom_id=paper.key(item),
            model=f"gemini/{paper.MODEL}",
            messages=[
                {"role": "system", "content": paper.SYSTEM},
                {"role": "user", "content": paper.prompt(item)},
            ],
            params={
                "max_tokens": paper.MAX_OUTPUT_TOKENS,
                "response_format": {"type": "json_object"},
            },
        )
        for item in paper.items(folder)
    ]
    kept = []
    for line, result in runner.run(lines, api_key="none", checkpoint=folder / "batchlane.jsonl"):
        text = runner.answer_text(result)
        if text is not None:
            kept.append((line.custom_id, json.loads(text)))
    ended = time.perf_counter()
    (folder / "batchlane.jsonl").unlink()
    return len(kept), transport.created_at - begun, ended - transport.downloaded_at


def build(folder: Path) -> paper.Done:
    count, seconds, _ = _run(folder)
    return paper.Done(count, seconds)


def parse(folder: Path) -> paper.Done:
    count, _, seconds = _run(folder)
    return paper.Done(count, seconds)


if __name__ == "__main__":
    paper.main(build, parse)
