"""Reports and envelopes made by hand, for the page and its parts."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from processor.core.html import html
from processor.core.json_bytes import encode
from processor.effects.files import LocalFiles
from processor.steps.report import write_report


def envelope(number: int = 1, **changes: Any) -> dict[str, Any]:
    """One accepted envelope, or whatever ``changes`` make of it."""
    return {
        "item_id": f"item-{number:05}",
        "key": f"item-{number:05}_notes",
        "run": "r",
        "task": "notes",
        "model": "m",
        "model_version": "m-001",
        "outcome": "accepted",
        "data": {"subject": "oak"},
        "findings": [],
        "repairs": [],
        "variants": {},
        "usage": {"prompt": 10, "cached": 0, "output": 5, "thoughts": 2},
        "cost_usd": 0.00001,
        "finish_reason": "STOP",
        "raw_text": '{"subject":"oak"}',
        "input_sha256": "0" * 64,
        "request_sha256": "0" * 64,
        "saved_at": "2026-11-22T03:00:00+00:00",
        "reused_from": None,
        **changes,
    }


def rejected(number: int = 1, **changes: Any) -> dict[str, Any]:
    """One rejected envelope: its year is a string."""
    finding = {"rule": "schema.type", "path": "$.year", "message": "'x' is not of type 'integer'"}
    given = {
        "outcome": "rejected",
        "data": None,
        "findings": [finding],
        "raw_text": '{"subject":"oak","year":"x"}',
    }
    return envelope(number, **{**given, **changes})


def report(**changes: Any) -> dict[str, Any]:
    """A report with something in every part of it."""
    return {
        "run": "r",
        "task": "notes",
        "model": "m",
        "state": "DONE",
        "reason": None, "retry_of": None, "retries": [], "row_errors": {},
        "counts": {"accepted": 1, "rejected": 1, "failed": 0, "reused": 0, "pending": 0},
        "jobs": [
            {
                "number": 1,
                "name": "batches/b",
                "display_name": "truebatch/r/1/x/y",
                "state": "FETCHED",
                "service_state": "SUCCEEDED",
                "items": 2,
                "requests": 2,
                "request_file": "requests.json",
                "request_bytes": 900,
                "submitted_at": "2026-11-22T02:30:00+00:00",
                "error": None,
            }
        ],
        "tokens": {"prompt": 1_000, "cached": 200, "output": 50, "thoughts": 20},
        "cost": {
            "estimated_usd": 1.4, "actual_usd": 1.5, "interactive_usd": 3.0, "saved_usd": 1.5,
        },
        "estimate": {
            "requests": 2, "answers": 2, "input_estimated": 990, "input_actual": 1_000,
            "input_off": 0.0101, "input_error": 0.05, "output_low": 60, "output_high": 90,
            "output_actual": 70, "output_within": True, "estimated_usd": 1.4, "actual_usd": 1.5,
            "line": "Estimated against actual: 990 tokens in were estimated, 1,000 came.",
        },
        "findings": {"schema.type": 1},
        "repairs": {"code_fence": 1},
        "variants": {"subject": {"topic": 1}},
        "summary": {
            "subject": {"items": 1, "values": {"oak": 1}, "other": 0, "absent": 0, "exact": True}
        },
        "coverage": {"subject": {"answers": 2, "present": 2, "names": {"subject": 1, "topic": 1}}},
        "suggestions": [
            {
                "kind": "lax", "table": "[answer]", "line": 'lax = ["number_as_string"]',
                "seen": 3, "items": 2, "example": "item-00002: x", "reason": "numbers are strings",
            }
        ],
        "rules": {"sha256": "ab" * 32, "folder": "task"},
        "refused": None,
        "rejudged": {
            "at": "2026-11-22T04:00:00+00:00",
            "rules": {"sha256": "cd" * 32, "folder": "rules/cd"},
            "changes": {"rejected": {"accepted": 1}},
            "same_outcome": 0,
            "items": [{"item_id": "item-00001", "from": "rejected", "to": "accepted"}],
            "items_left_out": 0,
            "outputs": {"promoted": 1, "withdrawn": 0, "rewritten": 0, "kept": 0},
        },
        "items": [],
        "items_left_out": 0,
        "excluded": ["all.json"],
        "started_at": "2026-11-22T02:00:00+00:00",
        "ended_at": "2026-11-22T03:00:00+00:00",
        "base_url": "sandbox",
        "version": "0.1.0",
        **changes,
    }  # fmt: skip


def counts(**given: int) -> dict[str, int]:
    """Every outcome's number."""
    return {"accepted": 0, "rejected": 0, "failed": 0, "reused": 0, "pending": 0, **given}


def page(envelopes: list[dict[str, Any]], **changes: Any) -> str:
    """The page that shows all of ``envelopes``."""
    good = sum(one["outcome"] == "accepted" for one in envelopes)
    told = counts(accepted=good, rejected=len(envelopes) - good)
    return "".join(html(report(**{"counts": told, **changes}), envelopes))


def write_page(folder: Path, envelopes: Iterator[dict[str, Any]], **changes: Any) -> Path:
    """A run's folder with its envelopes and reports; the path of the page."""
    folder.mkdir(parents=True, exist_ok=True)
    told: Mapping[str, int] = changes["counts"]
    with (folder / "items.jsonl").open("wb") as file:
        for one in envelopes:
            file.write(encode(one) + b"\n")
    made = report(**{**changes, "counts": told})
    write_report(made, folder=folder, files=LocalFiles())
    return folder / "report.html"
