"""What the benchmarks work on: a task, items of a given size, and answers to them."""

from __future__ import annotations

import json
import random
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import orjson

from benchmarks.validate import FIELDS, FINDINGS, SCHEMA, answer, result_line

TASK = "paper"
TITLE = "Potassium release from loess-derived soils"
_SEED = 8
_POOL_CHARACTERS = 4_000_000
_VOCABULARY = """
    the of and in to a was were with for by on from as at potassium soil clay loess plots yield grain
    treatments control depth samples mean between years exchangeable extraction illite release rates season
    rainfall irrigation nitrogen fertiliser “unfertilised” higher lower significantly after before during
    each site terrace wheat maize barley roots layer horizon pH 7.2 mg/kg cmol(+)/kg kg/ha 120 0.42 38.5
    1998 t/ha während Böden São µm ± °C Table: Fig.
"""
_WORDS = _VOCABULARY.split()
_TOML = """\
name = "paper"
description = "Reads one paper."
model = "gemini-3.6-flash"
[input]
id = "id"
[generation_config]
max_output_tokens = 32768
response_mime_type = "application/json"
"""
_PROMPT = """\
# Task

Read the paper at the end of this message. Extract its metadata, methods and quantitative findings as one
JSON object. Copy evidence character for character. No text before or after the object.

# Paper

<title>{{ title }}</title>

{{ contents }}
"""


def write_task(folder: Path) -> Path:
    """A task folder with templates, a schema and field rules."""
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "task.toml").write_text(_TOML, encoding="utf-8")
    (folder / "prompt.md").write_text(_PROMPT, encoding="utf-8")
    (folder / "system.md").write_text("You read papers on soil science.\n", encoding="utf-8")
    (folder / "fields.toml").write_text(FIELDS, encoding="utf-8")
    (folder / "schema.json").write_bytes(orjson.dumps(SCHEMA, option=orjson.OPT_INDENT_2))
    return folder


class Texts:
    """Texts by chance, each another piece of one long text: made as fast as they are written."""

    def __init__(self, seed: int = _SEED) -> None:
        self._chance = random.Random(seed)
        words: list[str] = []
        length = 0
        while length < _POOL_CHARACTERS:
            sentence = self._chance.choices(_WORDS, k=self._chance.randint(8, 24))
            end = ".\n\n" if self._chance.random() < 0.15 else ". "
            words.append(" ".join(sentence).capitalize() + end)
            length += len(words[-1])
        self._pool = "".join(words)

    def piece(self, characters: int) -> str:
        """Some stretch of the text."""
        begin = self._chance.randrange(len(self._pool) - characters)
        return self._pool[begin : begin + characters]


def item_id(number: int) -> str:
    """The id of an item, counted from 0."""
    return f"p{number:07d}"


def items(count: int, size: int) -> Iterator[bytes]:
    """Items of about ``size`` bytes each, as JSON."""
    texts = Texts()
    characters = max(1, int((size - 110) / 1.03))  # some are of two bytes or three, or escaped
    for number in range(count):
        value = {"id": item_id(number), "title": TITLE, "contents": texts.piece(characters)}
        yield json.dumps(value, ensure_ascii=False).encode()  # as most programs write it


def write_lines(path: Path, count: int, size: int) -> Path:
    """A JSONL file of items."""
    with path.open("wb") as file:
        for item in items(count, size):
            file.write(item + b"\n")
    return path


def write_folder(folder: Path, count: int, size: int) -> Path:
    """A folder with a file for each item."""
    folder.mkdir(parents=True)
    for number, item in enumerate(items(count, size)):
        (folder / f"{item_id(number)}.json").write_bytes(item)
    return folder


def answer_of(texts: Texts, size: int) -> dict[str, Any]:
    """An answer that a result line of about ``size`` bytes holds; every rule accepts it."""
    value = answer()
    room = size - 2_900
    if room < 0:  # a short answer: what is required, and one finding
        del value["limitations"], value["research_methodology"]
        value["quantitative_findings"] = []
        room = size - 560
    names = ("parameter", "value", "unit", "treatment", "evidence")
    while room > 0:
        one = dict(zip(names, FINDINGS[room % len(FINDINGS)], strict=True))
        one["evidence"] = texts.piece(min(400, max(40, room - 130)))
        value["quantitative_findings"].append(one)
        room -= len(one["evidence"]) + 160
    return value


def write_answers(path: Path, count: int, size: int) -> Path:
    """A result file that answers every item, in order."""
    texts = Texts(_SEED + 1)
    with path.open("wb") as file:
        for number in range(count):
            text = orjson.dumps(answer_of(texts, size)).decode()
            file.write(result_line(text, f"{item_id(number)}_{TASK}") + b"\n")
    return path
