"""How fast answers are judged, beside the bare loop that judges nothing.

    python benchmarks/validate.py [--answers N]

The bare loop is orjson.loads(line), orjson.loads(text), is_valid of a compiled schema: what a
program does that trusts every line. All three are timed in turns in one process, best of the
rounds, so that a busy machine slows them alike. Then many answers are judged in a row, and the
memory they leave behind is measured.
"""

from __future__ import annotations

import argparse
import gc
import json
import sys
import timeit
import tracemalloc
from collections.abc import Callable
from typing import Any

import jsonschema
import jsonschema_rs
import orjson

from validation import judge, load_profile, read_line

FIELDS = """
[fields.metadata]
names = ["metadata", "paper_metadata"]
[fields.findings]
names = ["quantitative_findings", "key_findings"]
[fields.methodology]
names = ["research_methodology", "methodology", "methods"]
[fields.title]
names = ["metadata.title", "metadata.paper_title"]
[fields.evidence]
names = ["quantitative_findings[].evidence", "quantitative_findings[].quote"]
[require]
all = ["metadata"]
any = [["findings", "methodology"]]
"""
TEXT: dict[str, Any] = {"type": ["string", "null"]}
SCHEMA: dict[str, Any] = {
    "$schema": "https://json-schema.org/draft/2020-12/schema",
    "type": "object",
    "required": ["metadata"],
    "properties": {
        "metadata": {
            "type": "object",
            "required": ["title", "authors", "year", "study_type"],
            "properties": {
                "title": {"type": "string", "minLength": 1},
                "authors": {"type": "array", "items": {"type": "string", "minLength": 1}},
                "year": {"type": ["integer", "null"], "minimum": 1800, "maximum": 2100},
                "journal": TEXT,
                "study_type": {"enum": ["field_experiment", "pot_experiment", "review", "other"]},
            },
        },
        "research_methodology": {
            "type": "object",
            "properties": {
                "experimental_design": TEXT,
                "replicates": {"type": ["integer", "null"], "minimum": 1},
                "sites": {"type": "array", "items": {"$ref": "#/$defs/site"}},
                "extraction_methods": {"type": "array", "items": {"type": "string"}},
            },
        },
        "quantitative_findings": {"type": "array", "items": {"$ref": "#/$defs/finding"}},
        "limitations": {"type": "array", "items": {"type": "string", "minLength": 1}},
    },
    "$defs": {
        "site": {
            "type": "object",
            "required": ["name"],
            "properties": {"name": {"type": "string"}, "soil": TEXT, "country": TEXT},
        },
        "finding": {
            "type": "object",
            "required": ["parameter", "value", "evidence"],
            "properties": {
                "parameter": {"type": "string", "minLength": 1},
                "value": {"type": ["number", "null"]},
                "unit": TEXT,
                "treatment": TEXT,
                "evidence": {"type": "string", "minLength": 1},
            },
        },
    },
}
FINDINGS = [
    ("exchangeable potassium", 182.4, "mg/kg", "120 kg K per hectare",
     "After nine years the plots that received 120 kg K per hectare held 182.4 mg/kg in the top 20 cm."),
    ("grain yield", 7.31, "t/ha", "120 kg K per hectare",
     "Mean grain yield rose from 6.85 to 7.31 t/ha, but only where rainfall stayed below 480 mm."),
    ("non-exchangeable potassium", 1240, "mg/kg", "no fertiliser",
     "Boiling nitric acid released 1240 mg/kg from the \"unfertilised\" plots, less than in 1998."),
    ("clay content", 24, "%", None,
     "Clay made up 24 % of the plough layer, most of it illite with some smectite and kaolinite."),
    ("fixation", 38.5, "%", None,
     "The illitic clay fixed 38.5 % of what was added within one day of wetting and drying."),
]  # fmt: skip


def answer() -> dict[str, Any]:
    """Return an answer of about 2 KB: metadata, methods, four findings with their evidence."""
    return {
        "metadata": {
            "title": "Potassium release from loess-derived soils under long-term cereal rotation",
            "authors": ["A. Lindqvist", "M. Okafor", "J. Hradecký"],
            "year": 2019,
            "journal": "Journal of Field Soil Studies",
            "study_type": "field_experiment",
        },
        "research_methodology": {
            "experimental_design": "Randomised complete blocks with four treatments since 1998",
            "replicates": 4,
            "sites": [
                {"name": "Lower terrace", "soil": "Haplic Luvisol", "country": "Germany"},
                {"name": "Upper terrace", "soil": "Calcic Chernozem", "country": "Germany"},
            ],
            "extraction_methods": ["ammonium acetate, pH 7", "boiling 1 M nitric acid"],
        },
        "quantitative_findings": [
            dict(zip(("parameter", "value", "unit", "treatment", "evidence"), one, strict=True))
            for one in FINDINGS
        ],
        "limitations": [
            "Two sites on one river terrace do not stand for the whole loess belt.",
            "Weather of single years was left out of the model, so the effect of drought is not told.",
            "Subsoil below 60 cm was not sampled, although roots reach 1.2 m.",
        ],
    }


def result_line(text: str, key: str = "paper-0001_stage_1a") -> bytes:
    """Return the line that the service would write around a text."""
    candidate = {
        "content": {"parts": [{"text": text}], "role": "model"},
        "finishReason": "STOP",
        "index": 0,
    }
    usage = {"promptTokenCount": 9120, "candidatesTokenCount": 610, "thoughtsTokenCount": 902,
             "totalTokenCount": 10632}  # fmt: skip
    response = {"candidates": [candidate], "usageMetadata": usage,
                "modelVersion": "gemini-3.6-flash", "responseId": "kJx2af"}  # fmt: skip
    line = {"response": response, "key": key}
    return json.dumps(line, ensure_ascii=False).encode("utf-8")


def loops(line: bytes) -> dict[str, Callable[[], object]]:
    """Return the loops to time, one answer each."""
    profile = load_profile(fields=FIELDS, schema=SCHEMA, model="gemini-3.6-flash")
    compiled = jsonschema_rs.Draft202012Validator(SCHEMA)
    plain = jsonschema.Draft202012Validator(SCHEMA)

    def bare() -> bool:
        body = orjson.loads(line)
        text = body["response"]["candidates"][0]["content"]["parts"][0]["text"]
        return compiled.is_valid(orjson.loads(text))

    def judged() -> bool:
        return judge(read_line(line), profile).verdict.accepted

    def with_plain_jsonschema() -> bool:
        body = json.loads(line)
        text = body["response"]["candidates"][0]["content"]["parts"][0]["text"]
        return plain.is_valid(json.loads(text))

    return {"bare": bare, "judged": judged, "jsonschema": with_plain_jsonschema}


def best_seconds(
    timed: dict[str, Callable[[], object]], *, rounds: int = 300, each: int = 100
) -> dict[str, float]:
    """Return the seconds that one call takes, the best of the rounds, taken in turns."""
    best = dict.fromkeys(timed, float("inf"))
    for _ in range(rounds):
        for name, call in timed.items():
            number = each if name != "jsonschema" else max(1, each // 25)
            best[name] = min(best[name], timeit.timeit(call, number=number) / number)
    return best


def left_bytes(judged: Callable[[], object], answers: int) -> int:
    """Return how many bytes judging that many answers leaves behind."""
    for _ in range(1_000):
        judged()
    gc.collect()
    tracemalloc.start()
    before, _ = tracemalloc.get_traced_memory()
    for _ in range(answers):
        judged()
    gc.collect()
    after, _ = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    return after - before


def main() -> int:
    """Print the figures; exit 1 where the ratio is under the one promised."""
    arguments = argparse.ArgumentParser(description=__doc__.split("\n")[0] if __doc__ else "")
    arguments.add_argument("--answers", type=int, default=1_000_000, help="judged in a row")
    arguments.add_argument("--least", type=float, default=0.4, help="least ratio to the bare loop")
    options = arguments.parse_args()
    text = json.dumps(answer(), ensure_ascii=False)
    timed = loops(result_line(text))
    if not all(call() for call in timed.values()):
        raise AssertionError("every loop must accept the answer")
    best = best_seconds(timed)
    ratio = best["bare"] / best["judged"]
    print(f"answer: {len(text.encode()):,} bytes")
    for name, seconds in best.items():
        print(f"{name:>11}: {seconds * 1e6:8.1f} µs an answer, {1 / seconds:10,.0f} a second")
    print(f"judged runs at {ratio:.2f} of the bare loop")
    print(f"judged runs at {best['jsonschema'] / best['judged']:.0f} times plain jsonschema")
    if options.answers:
        left = left_bytes(timed["judged"], options.answers)
        print(f"{options.answers:,} answers in a row leave {left:,} bytes behind")
    return 0 if ratio >= options.least else 1


if __name__ == "__main__":
    sys.exit(main())
