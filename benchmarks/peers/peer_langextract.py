"""langextract: the request lines and the result lines of its Gemini batch module (Vertex AI only)."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import paper
from langextract.providers import gemini_batch


def build(folder: Path) -> paper.Done:
    config = {"max_output_tokens": paper.MAX_OUTPUT_TOKENS}
    mime = {"response_mime_type": "application/json"}

    def loop() -> int:
        requests = [
            gemini_batch._build_request(paper.prompt(item), mime, config, paper.SYSTEM)
            for item in paper.items(folder)
        ]
        # What its _submit_file does before it talks to Cloud Storage.
        with (folder / "langextract.jsonl").open("w", encoding="utf-8") as file:
            for index, request in enumerate(requests):
                line = {"key": f"{gemini_batch._KEY_IDX}{index}", "request": request}
                text = json.dumps(line, ensure_ascii=False, default=gemini_batch._json_default)
                file.write(text + "\n")
        return len(requests)

    return paper.timed(loop)


def parse(folder: Path) -> paper.Done:
    count = paper.answers(folder).count(b"\n")
    keys = [f"{gemini_batch._KEY_IDX}{index}" for index in range(count)]
    renamed = folder / "langextract-answers.jsonl"
    renamed.write_bytes(paper.renamed_answers(folder, keys))
    config: Any = gemini_batch.BatchConfig(enabled=True, enable_caching=False, retention_days=None)

    def loop() -> int:
        outputs: dict[int, str] = {}
        with renamed.open(encoding="utf-8") as lines:
            for line in lines:
                if line.strip():
                    gemini_batch._parse_batch_line(line, outputs, config)
        return len([outputs.get(index, "") for index in range(count)])

    return paper.timed(loop)


if __name__ == "__main__":
    paper.main(build, parse)
