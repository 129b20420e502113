"""Judging a run again: changed rules for answers that are there already, without any request.

Intent, act, result: the journal first says that it begins and by which rules; then the new envelopes
are made beside the old; then the journal keeps what changed; then the new envelopes take the old ones'
place, and the report is made. A cut before the third word starts over, a cut after it goes on from there.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

from processor.api.workplace import Workplace
from processor.core.json_bytes import decode
from processor.core.lessons import Lessons, rules_digest
from processor.core.report import SHORT
from processor.core.state import FINAL
from processor.core.task import Task
from processor.core.task_parser import parse_task
from processor.effects.service import SANDBOX
from processor.effects.tasks import find_task, read_task_files
from processor.errors import NotFinished
from processor.ports import RunRow
from processor.steps.rejudge import REJUDGED, Rejudging, outcomes_of
from processor.steps.save import ENVELOPES

_OWN = "task"
_INTENT = "rejudging"  # in the journal's result of the run
_DIGITS = 16  # of a digest, for a folder's name


def rejudge(place: Workplace, row: RunRow, task: str | None) -> dict[str, Any]:
    """Judge the stored answers of ``row`` again; returns the new report.

    Args:
        task: whose rules; None: the run's own. Its files are copied into the run's ``rules/``.

    Raises:
        NotFinished: the run has not ended, so its answers are not all here.
        WrongUsage: there is no such task, or its rules need items that the run did not keep.
    """
    if row.state not in FINAL:
        raise NotFinished(
            f"Run {row.id} is {row.state}: there is nothing to judge again before "
            f"`truebatch resume {row.id}` has brought it to its end.",
            run=row.id,
        )
    with place.driving(row.id):
        finish_cut(place, place.row(row.id))
        folder = _OWN if task is None else _copy_rules(place, row, find_task(task))
        _begin(place, place.row(row.id), folder)
        return _take_over(place, place.row(row.id))


def finish_cut(place: Workplace, row: RunRow) -> dict[str, Any] | None:
    """Take a re-judging that was cut to its end; the report, or None when there was none."""
    intent = (row.result or {}).get(_INTENT)
    if intent is None:
        return None
    with place.driving(row.id):
        if "learnt" not in intent:
            _begin(place, row, intent["folder"])
        return _take_over(place, place.row(row.id))


def _copy_rules(place: Workplace, row: RunRow, source: Path) -> str:
    files = read_task_files(source)
    _parse(place, row, source)  # wrong rules are refused before anything is written
    digest = rules_digest(files)
    if digest == rules_digest(read_task_files(place.layout.task_copy(row.id))):
        return _OWN
    name = f"rules/{digest[:_DIGITS]}"
    for file, content in files.items():
        place.files.write(place.layout.run(row.id) / name / file, content)
    return name


def _begin(place: Workplace, row: RunRow, folder: str) -> None:
    """From the intent to the journal's word of what changed."""
    run_folder = place.layout.run(row.id)
    task = _parse(place, row, run_folder / folder)
    outputs = place.layout.task_outputs(row.task)
    lessons = Lessons(task.profile)
    now = place.clock.now()
    rejudging = Rejudging(
        files=place.files,
        journal=place.journal,
        observer=place.observer,
        run=row,
        jobs=place.journal.jobs(row.id),
        folder=run_folder,
        outputs=outputs,
        profile=task.profile,
        lessons=lessons,
        saved_at=now.isoformat(timespec="seconds"),
    )
    rejudging.check()
    result = {**(row.result or {}), _INTENT: {"folder": folder}}
    _note(place, row, result)
    place.files.make_folder(outputs)
    changes = rejudging.rejudge()
    rules = {"sha256": rules_digest(task.files), "folder": folder}
    again = {"at": now.isoformat(), "rules": rules, **changes.as_json()}
    learnt = {**lessons.as_json(), "rules": rules, "rejudged": again, "group_by": task.group_by}
    _note(place, row, {**result, _INTENT: {"folder": folder, "learnt": learnt}})


def _take_over(place: Workplace, row: RunRow) -> dict[str, Any]:
    """The new envelopes become the run's, in the files, the journal and the report."""
    folder = place.layout.run(row.id)
    if (folder / REJUDGED).is_file():
        place.files.rename(folder / REJUDGED, folder / ENVELOPES)
    place.journal.save_outcomes(row.id, outcomes_of(folder / ENVELOPES))
    kept = dict(row.result or {})
    kept |= kept.pop(_INTENT)["learnt"]
    envelopes = _read(folder / ENVELOPES)
    report = place.pipeline.report_again(replace(row, result=kept), envelopes)
    place.files.sync()
    _note(place, row, {**kept, **{name: report[name] for name in SHORT}})
    place.observer.step("report", f"run {row.id} was judged again by {kept['rules']['folder']}")
    return report


def _parse(place: Workplace, row: RunRow, folder: Path) -> Task:
    # Whether the answers are the sandbox's is what the folder was made for, not how we were called.
    sandbox = place.service.sandbox or place.journal.service() == SANDBOX
    return parse_task(read_task_files(folder), origin=str(folder), model=row.model, sandbox=sandbox)


def _note(place: Workplace, row: RunRow, result: Mapping[str, Any]) -> None:
    assert row.ended_at is not None
    place.journal.finish_run(
        row.id, row.state, ended_at=row.ended_at, reason=row.reason, result=result
    )


def _read(path: Path) -> Iterator[dict[str, Any]]:
    with path.open("rb") as file:
        for line in file:
            yield decode(line)
