"""litellm: an OpenAI batch file turned into Vertex AI's, and Vertex AI's predictions turned back."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import paper
from litellm.llms.vertex_ai.files.transformation import VertexAIFilesConfig


def build(folder: Path) -> paper.Done:
    config = VertexAIFilesConfig()

    def loop() -> int:
        count = 0
        source = folder / "litellm.jsonl"  # what its user writes first
        with source.open("w", encoding="utf-8") as file:
            for item in paper.items(folder):
                body = {
                    "model": paper.MODEL,
                    "messages": [
                        {"role": "system", "content": paper.SYSTEM},
                        {"role": "user", "content": paper.prompt(item)},
                    ],
                    "max_tokens": paper.MAX_OUTPUT_TOKENS,
                    "response_format": {"type": "json_object"},
                }
                line = {"custom_id": paper.key(item), "method": "POST",
                        "url": "/v1/chat/completions", "body": body}  # fmt: skip
                file.write(json.dumps(line) + "\n")
                count += 1
        made: Any = config.transform_create_file_request(
            model=paper.MODEL,
            create_file_data={
                "file": ("b.jsonl", source.read_bytes(), "application/jsonl"),
                "purpose": "batch",
            },
            optional_params={},
            litellm_params={},
        )
        stream = made["streaming_media_upload"]
        body_stream = stream["body_stream"] if isinstance(stream, dict) else stream.body_stream
        with (folder / "litellm-vertex.jsonl").open("wb") as file:
            for chunk in body_stream.iter_bytes():
                file.write(chunk)
        return count

    return paper.timed(loop)


def parse(folder: Path) -> paper.Done:
    config = VertexAIFilesConfig()
    rows = []
    for line in paper.answers(folder).splitlines():
        body = json.loads(line)
        request = {"contents": [], "labels": {"litellm_custom_id": body["key"].lower()}}
        row = {"request": request, "status": "", "response": body["response"],
               "processed_time": "2026-11-22T00:00:00+00:00"}  # fmt: skip
        rows.append(json.dumps(row))
    content = "\n".join(rows).encode()
    paper_type = paper.model()

    def loop() -> int:
        kept = []
        out = config._try_transform_vertex_batch_output_to_openai(content=content)
        assert out != content
        for line in out.splitlines():
            row = json.loads(line)
            text = row["response"]["body"]["choices"][0]["message"]["content"]
            kept.append((row["custom_id"], paper_type.model_validate_json(text)))
        return len(kept)

    return paper.timed(loop)


if __name__ == "__main__":
    paper.main(build, parse)
