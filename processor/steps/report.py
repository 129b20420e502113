"""report: say what came of the run, for programs and for people."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from processor.core.json_bytes import encode_for_people
from processor.core.markdown import markdown
from processor.ports import Files

REPORT_JSON = "report.json"
REPORT_MARKDOWN = "report.md"


def write_report(report: Mapping[str, Any], *, folder: Path, files: Files) -> None:
    """Write ``report.json`` and ``report.md`` into the run's folder."""
    files.write(folder / REPORT_JSON, encode_for_people(report))
    files.write(folder / REPORT_MARKDOWN, markdown(report).encode())
