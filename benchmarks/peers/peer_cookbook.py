"""The plain loop of Google's batch cookbook: json.dumps a line, json.loads a line, json.loads its text."""

from __future__ import annotations

import json
from pathlib import Path

import paper


def build(folder: Path) -> paper.Done:
    def loop() -> int:
        count = 0
        with (folder / "cookbook.jsonl").open("w", encoding="utf-8") as file:
            for item in paper.items(folder):
                request = {
                    "contents": [{"role": "user", "parts": [{"text": paper.prompt(item)}]}],
                    "systemInstruction": {"parts": [{"text": paper.SYSTEM}]},
                    "generationConfig": {
                        "maxOutputTokens": paper.MAX_OUTPUT_TOKENS,
                        "responseMimeType": "application/json",
                    },
                }
                file.write(json.dumps({"key": paper.key(item), "request": request}) + "\n")
                count += 1
        return count

    return paper.timed(loop)


def parse(folder: Path) -> paper.Done:
    content = paper.answers(folder)  # the cookbook downloads it whole

    def loop() -> int:
        kept = []
        for line in content.decode("utf-8").splitlines():
            body = json.loads(line)
            if body.get("response"):
                parts = body["response"]["candidates"][0]["content"]["parts"]
                kept += [(body["key"], json.loads(part["text"])) for part in parts]
        return len(kept)

    return paper.timed(loop)


if __name__ == "__main__":
    paper.main(build, parse)
