"""Adopting: a run rebuilt from its job on the service and its items here, when the journal is lost."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from processor.api import starting
from processor.api.workplace import Workplace
from processor.core.advice import advice
from processor.core.fault import GatewayFault
from processor.core.ids import JobName
from processor.core.operation import JobView
from processor.core.plan import JobLabel, read_display_name
from processor.core.state import State
from processor.core.task import Task
from processor.errors import BadInput, JobFailed, ServiceRefused, WrongUsage
from processor.ports import RunRow


def look_up(place: Workplace, name: str) -> tuple[JobView, JobLabel]:
    """The job of this name, and what its display name tells of the run that made it.

    Raises:
        ServiceRefused: the service does not know it, or cannot be asked.
        WrongUsage: it is none of truebatch's.
    """
    try:
        view = place.gateway().get(JobName(name))
    except GatewayFault as fault:
        raise ServiceRefused(f"{name}: {fault}. {advice(fault)}") from None
    label = read_display_name(view.display_name)
    if label is None:
        raise WrongUsage(
            f"{name} ({view.display_name!r}) was not made by truebatch: what was asked in it, and "
            "of which items, is not known here."
        )
    return view, label


def adopt(
    place: Workplace, task: Task, view: JobView, label: JobLabel, options: Mapping[str, Any]
) -> RunRow:
    """Record the run that made ``view``, its job SUBMITTED; ``resume`` takes it to its end.

    Raises:
        BadInput: these items and this task do not make the request file that the job was given.
        JobFailed: the job asks another model than the task.
    """
    if view.model and view.model != task.model:
        raise JobFailed(
            f"{view.name} asks {view.model}, the task {task.model}. Give --model {view.model}."
        )
    row = starting.start(place, label.run, task, {**options, "fresh": True, "adopted": True})
    (job,) = place.journal.jobs(row.id)
    if not job.request_digest.startswith(label.digest):
        starting.forget(place, row)
        raise BadInput(
            f"{view.name} was made of another request file: its digest begins with {label.digest}, "
            f"these items and this task give {job.request_digest[:32]}. Use the same inputs, task "
            "and version. (A run that reused answers, or one of several jobs, cannot be adopted.)"
        )
    now = place.clock.now().isoformat()
    job = place.journal.move_job(
        job,
        State.UPLOADED,
        upload_name=view.request_file or "files/unknown",
        uploaded_at=now,
        display_name=view.display_name,
    )
    job = place.journal.move_job(job, State.SUBMITTING)
    place.journal.move_job(
        job,
        State.SUBMITTED,
        name=view.name,
        submitted_at=view.created_at or now,
        service_state=view.state,
    )
    return place.row(row.id)
