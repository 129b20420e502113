"""The floors: what a program does at least that reads, encodes, decodes and writes the same bytes.

They keep no account, judge no envelope, compute no digest, and lose everything when they are cut.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import jsonschema_rs
import orjson

from benchmarks.validate import SCHEMA

_SYSTEM = {"parts": [{"text": "You read papers on soil science.\n"}]}
_CONFIG = {"maxOutputTokens": 32768, "responseMimeType": "application/json"}
_PROMPT = """\
# Task

Read the paper at the end of this message. Extract its metadata, methods and quantitative findings as one
JSON object. Copy evidence character for character. No text before or after the object.

# Paper

<title>%s</title>

%s
"""


def build(source: Path, target: Path) -> int:
    """Read every item, encode the line that asks for it, write it; returns how many."""
    count = 0
    with target.open("wb", buffering=1024 * 1024) as file:
        for raw in _raw_items(source):
            item = orjson.loads(raw)
            text = _PROMPT % (item["title"], item["contents"])
            request = {
                "contents": [{"role": "user", "parts": [{"text": text}]}],
                "systemInstruction": _SYSTEM,
                "generationConfig": _CONFIG,
            }
            line = {"key": item["id"], "request": request}
            file.write(orjson.dumps(line, option=orjson.OPT_APPEND_NEWLINE))
            count += 1
    return count


def collect(answers: Path, envelopes: Path, outputs: Path) -> int:
    """Decode every answer twice, ask a compiled validator, write an output and an envelope."""
    is_valid = jsonschema_rs.Draft202012Validator(SCHEMA).is_valid
    outputs.mkdir()
    pretty = orjson.OPT_INDENT_2 | orjson.OPT_APPEND_NEWLINE
    count = 0
    with answers.open("rb") as lines, envelopes.open("wb", buffering=1024 * 1024) as file:
        for line in lines:
            body = orjson.loads(line)
            text = body["response"]["candidates"][0]["content"]["parts"][0]["text"]
            data = orjson.loads(text)
            if not is_valid(data):
                continue
            key = body["key"]
            with (outputs / f"{key}.json").open("wb", buffering=0) as output:
                output.write(orjson.dumps(data, option=pretty))
            envelope = {"key": key, "outcome": "accepted", "data": data, "raw_text": text}
            file.write(orjson.dumps(envelope, option=orjson.OPT_APPEND_NEWLINE))
            count += 1
    return count


def _raw_items(source: Path) -> Iterator[bytes]:
    if source.is_dir():
        for path in sorted(source.iterdir()):
            yield path.read_bytes()
        return
    with source.open("rb") as lines:
        yield from lines
