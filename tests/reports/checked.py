"""A report held against its own JSON Schema, and its numbers against each other."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from jsonschema import Draft202012Validator

_SCHEMA = json.loads((Path(__file__).parent / "report.schema.json").read_text(encoding="utf-8"))
_VALIDATOR = Draft202012Validator(_SCHEMA, format_checker=Draft202012Validator.FORMAT_CHECKER)


def checked(report: Mapping[str, Any]) -> Mapping[str, Any]:
    """``report``, when it is as the schema says and its numbers agree."""
    faults = [f"{error.json_path}: {error.message}" for error in _VALIDATOR.iter_errors(report)]
    assert faults == []
    counts = report["counts"]
    not_accepted = counts["rejected"] + counts["failed"] + counts["pending"]
    assert not_accepted == len(report["items"]) + report["items_left_out"]
    for one in (report["coverage"] or {}).values():
        assert one["present"] <= one["answers"]
    return report


def report_in(folder: Path) -> Mapping[str, Any]:
    """The checked ``report.json`` of a run's folder."""
    return checked(json.loads((folder / "report.json").read_text(encoding="utf-8")))
