"""Checking a task folder: all that is wrong with it, preflight and who serves its model included."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path

from processor.core.models import find_model
from processor.core.preflight import Preflight
from processor.core.reroute import check_serving
from processor.core.task_check import NO_MODEL, TaskFinding, check_files, in_order, place_finding
from processor.core.text_place import toml_line
from processor.effects.clock import SystemClock
from processor.effects.models import read_models
from processor.effects.tasks import find_task, read_task_files
from processor.errors import HeldBack


def check_task(task: str, *, now: datetime | None = None) -> tuple[TaskFinding, ...]:
    """Everything that is wrong with a task, or may be unwise, in the order of its files.

    Args:
        task: a folder (or the task.toml in it), or a name.
        now: the moment for which it is said; the present one when None.

    Raises:
        WrongUsage: there is no such task, or no folder with a task.toml.
    """
    path = Path(task)
    folder = path.parent if path.name == "task.toml" and path.is_file() else find_task(task)
    files = read_task_files(folder)
    found, parsed = check_files(files)
    if parsed is None:
        return in_order(found)
    moment = now or SystemClock().now()
    models = read_models(None)
    preflight = Preflight(parsed, find_model(models, parsed.model), moment)
    said = [place_finding(finding, files) for finding in preflight.task_findings()]
    if parsed.model == NO_MODEL:  # which is said already
        return in_order((*found, *said))
    line = toml_line(files["task.toml"].decode("utf-8-sig"), ["model"])
    try:
        remark = check_serving(models, parsed.model, moment.date())
        stops = False
    except HeldBack as error:
        remark, stops = error.message, True
    if remark is not None:
        said.append(TaskFinding(file="task.toml", line=line, message=remark, stops=stops))
    return in_order((*found, *said))
