"""Adopting: a run rebuilt from its jobs on the service and its items here, when the journal is lost."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from processor.api import starting
from processor.api.workplace import Workplace
from processor.core.adoption import AdoptedJob
from processor.core.advice import advice
from processor.core.fault import GatewayFault
from processor.core.ids import JobName
from processor.core.operation import JobView
from processor.core.plan import JobLabel, read_display_name
from processor.core.task import Task
from processor.errors import JobFailed, JobUnknown, ServiceRefused, WrongUsage
from processor.ports import RunRow
from processor.steps.namesakes import all_jobs, two_jobs


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


def jobs_of_run(place: Workplace, view: JobView, label: JobLabel) -> tuple[AdoptedJob, ...]:
    """All jobs of the run that made ``view``, in order, as every page of the service's list tells.

    Raises:
        ServiceRefused: the list cannot be read.
        JobUnknown: two jobs are one of the run's, or one before another is not there any more.
    """
    found: dict[int, dict[str, JobView]] = {label.number: {view.name: view}}
    try:
        for other in all_jobs(place.gateway()):
            known = read_display_name(other.display_name)
            if known and (known.run, known.random_part) == (label.run, label.random_part):
                found.setdefault(known.number, {})[other.name] = other
    except GatewayFault as fault:
        raise ServiceRefused(
            f"The list of jobs could not be read: {fault}. {advice(fault)} Nothing was adopted."
        ) from None
    for number in range(1, max(found) + 1):
        if number not in found:
            raise JobUnknown(
                f"Job {number} of run {label.run} is not on the service, job {max(found)} is: which "
                f"items job {number} asked for, and whether it was paid, cannot be known. Nothing was "
                "adopted or sent.",
                run=label.run,
            )
        if len(found[number]) > 1:
            raise two_jobs(label.run, tuple(found[number].values()))
    return tuple(_adopted(*found[number].values()) for number in sorted(found))


def adopt(
    place: Workplace,
    task: Task,
    label: JobLabel,
    jobs: Sequence[AdoptedJob],
    options: Mapping[str, Any],
) -> RunRow:
    """Record the run that made ``jobs``, all SUBMITTED at once; ``resume`` takes it to its end.

    They are kept with the run's options: a cut before they are recorded leaves a run that is built
    again as adopted, and is never sent.

    Raises:
        BadInput: these items and this task do not make the request files that the jobs were given.
    """
    kept = {**options, "fresh": True, "adopted": [job.as_json() for job in jobs]}
    return starting.start(place, label.run, task, kept)


def check_model(view: JobView, task: Task) -> None:
    """The job asks the model that the task asks.

    Raises:
        JobFailed: it asks another.
    """
    if view.model and view.model != task.model:
        raise JobFailed(
            f"{view.name} asks {view.model}, the task {task.model}. Give --model {view.model}."
        )


def _adopted(view: JobView) -> AdoptedJob:
    label = read_display_name(view.display_name)
    assert label is not None
    return AdoptedJob(
        name=view.name,
        display_name=view.display_name,
        digest=label.digest,
        upload_name=view.request_file,
        submitted_at=view.created_at,
        service_state=view.state,
    )
