"""Following a run: the user's command after it, run again until it has done well once."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from processor.api.workplace import Workplace
from processor.core.after import After, facts, parse_after
from processor.core.json_bytes import decode, encode_for_people
from processor.core.report import exit_code
from processor.effects.command import run_command
from processor.ports import RunRow

RECORD = "after.json"
"""In the run's folder: the command, its exit code, and when it ended."""


def follow(place: Workplace, report: Mapping[str, Any]) -> int | None:
    """Run the command of the run that ``report`` tells of, if it has one and wants it now.

    The record is written after the command: cut before, or failed, it is run again by the next
    ``resume RUN``; so a command should be one that may be run twice.

    Returns:
        Its exit code; None when nothing was run.
    """
    row = place.row(report["run"])
    after = _after(place, row)
    code = exit_code(report)
    record = place.layout.run(row.id) / RECORD
    if after is None or not after.wants(code) or _did_well(record, after):
        return None
    place.observer.step("after", f"runs {after.command[0]}")
    ended, reason = run_command(after.command, facts(report, place.layout, code))
    kept = {**after.as_json(), "exit_code": ended, "ended_at": place.clock.now().isoformat()}
    place.files.write(record, encode_for_people(kept))
    if ended:
        place.observer.warn(
            f"The command after run {row.id} failed ({reason or f'exit code {ended}'}). The run itself is "
            f"whole; `truebatch resume {row.id}` runs only the command again."
        )
    else:
        place.observer.step("after", f"{after.command[0]} ended well")
    return ended


def _after(place: Workplace, row: RunRow) -> After | None:
    given = row.options.get("then")
    return parse_after(given, "--then") if given else place.copied_task(row).after


def _did_well(record: Path, after: After) -> bool:
    if not record.is_file():
        return False
    kept = decode(record.read_bytes())
    return bool(kept["exit_code"] == 0 and kept["command"] == list(after.command))
