"""report: say what came of the run, for programs and for people."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from processor.core.envelope_line import outcome_in
from processor.core.html import Shown, html
from processor.core.json_bytes import decode, encode_for_people
from processor.core.markdown import markdown
from processor.errors import DiskFailed
from processor.ports import Files
from processor.steps.save import ENVELOPES

REPORT_JSON = "report.json"
REPORT_MARKDOWN = "report.md"
REPORT_HTML = "report.html"


def write_report(report: Mapping[str, Any], *, folder: Path, files: Files) -> None:
    """Write ``report.json``, ``report.md`` and ``report.html`` into the run's folder.

    The page takes its items from the folder's ``items.jsonl``, which is read once, in order.

    Raises:
        DiskFailed: one cannot be written, or the envelopes cannot be read.
    """
    files.write(folder / REPORT_JSON, encode_for_people(report))
    files.write(folder / REPORT_MARKDOWN, markdown(report).encode())
    with files.writing(folder / REPORT_HTML, durable=False) as file:
        for piece in html(report, shown_envelopes(folder / ENVELOPES, report["counts"])):
            file.write(piece.encode())


def shown_envelopes(path: Path, counts: Mapping[str, int]) -> Iterator[dict[str, Any]]:
    """The envelopes that the page shows; of the others nothing but the outcome is read."""
    shown = Shown(counts)
    try:
        with path.open("rb") as file:
            for line in file:
                if shown.takes(outcome_in(line)):
                    yield decode(line)
    except OSError as error:
        raise DiskFailed(f"{path}: {error.strerror or error}.") from None
