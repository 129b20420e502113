"""batchor: its durable runner, from the items to the typed results, with a service that answers at once."""

from __future__ import annotations

import json
import sys
import time
from pathlib import Path
from tempfile import TemporaryDirectory
from types import SimpleNamespace
from typing import Any

import paper

sys.modules["tiktoken"] = None  # type: ignore[assignment] - it would ask the network for its vocabulary

# ruff: noqa: E402
import batchor
from batchor.providers.gemini import GeminiBatchProvider


class Client:
    """Stands where google-genai's client does: every job ends once the last item is asked for.

    Attributes:
        spent: seconds in here, which are nobody's.
        last_created_at: when the last job was made.
    """

    def __init__(self, folder: Path, count: int) -> None:
        self._lines = [json.loads(line) for line in paper.answers(folder).splitlines()]
        self._by_key = {line["key"]: line["response"] for line in self._lines}
        self._count = count
        self._asked = 0
        self._files: dict[str, bytes] = {}
        self.spent = self.last_created_at = 0.0
        self.files = SimpleNamespace(
            upload=self._upload, download=self._download, delete=lambda **_: None
        )
        self.batches = SimpleNamespace(create=self._create, get=self._get)

    def _upload(self, file: str, config: Any) -> Any:
        begun = time.perf_counter()
        made = []
        for line in Path(file).read_bytes().splitlines():
            key = json.loads(line)["key"]
            body = {"key": key, "response": self._by_key[key.rsplit(":", 1)[0]]}
            made.append(json.dumps(body, ensure_ascii=False).encode())
        self._asked += len(made)
        name = f"files/{len(self._files)}"
        self._files[name] = b"\n".join(made)
        self.spent += time.perf_counter() - begun
        return SimpleNamespace(name=name)

    def _create(self, model: str, src: str, config: Any) -> Any:
        self.last_created_at = time.perf_counter()
        return self._job(src.replace("files/", "batches/"))

    def _get(self, name: str) -> Any:
        return self._job(name)

    def _job(self, name: str) -> Any:
        ended = self._asked >= self._count
        state = "JOB_STATE_SUCCEEDED" if ended else "JOB_STATE_RUNNING"
        dest = {"file_name": name.replace("batches/", "files/")} if ended else None
        return {"name": name, "state": state, "dest": dest}

    def _download(self, file: str) -> bytes:
        return self._files[file]


def _run(folder: Path) -> tuple[int, float, float]:
    count = paper.answers(folder).count(b"\n")
    client = Client(folder, count)
    with TemporaryDirectory(dir=folder) as place:
        storage = batchor.SQLiteStorage(path=Path(place) / "batchor.sqlite3")
        runner = batchor.BatchRunner(
            storage=storage,
            provider_factory=lambda config: GeminiBatchProvider(config, client=client),
            sleep=lambda _: None,
            temp_root=place,
        )
        config = batchor.GeminiProviderConfig(
            model=paper.MODEL,
            api_key="none",
            vertexai=False,
            input_mode=batchor.GeminiBatchInputMode.FILE,
            generation_config={"max_output_tokens": paper.MAX_OUTPUT_TOKENS},
        )
        begun = time.perf_counter()
        job = batchor.BatchJob(
            items=[
                batchor.BatchItem(item_id=paper.key(item), payload=paper.prompt(item))
                for item in paper.items(folder)
            ],
            build_prompt=lambda item: batchor.PromptParts(
                prompt=item.payload, system_prompt=paper.SYSTEM
            ),
            # No structured_output: its schemas may allow no null, and these answers hold some.
            provider_config=config,
        )
        run = runner.run_and_wait(job)
        paper_type = paper.model()
        results = [paper_type.model_validate_json(one.output_text) for one in run.results()]
        kept = len(results)
        ended = time.perf_counter()
    created = client.last_created_at
    return kept, created - begun - client.spent, ended - created


def build(folder: Path) -> paper.Done:
    count, seconds, _ = _run(folder)
    return paper.Done(count, seconds)


def parse(folder: Path) -> paper.Done:
    count, _, seconds = _run(folder)
    return paper.Done(count, seconds)


if __name__ == "__main__":
    paper.main(build, parse)
