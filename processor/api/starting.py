"""Starting a run: its items found, its name given, its request file built."""

from __future__ import annotations

import secrets
from collections.abc import Mapping, Sequence
from typing import Any

from processor.api import standard_input
from processor.api.contexts import attaching, with_context
from processor.api.foresight import enqueued_limit, foresee
from processor.api.pages import keep_urls, pages_of_plan, pages_of_run, with_pages
from processor.api.source import Source, Values, find_source, source_again
from processor.api.workplace import Workplace
from processor.core.ids import RunId, is_run_id
from processor.core.plan import Build, Plan
from processor.core.reroute import rerouted
from processor.core.task import Task
from processor.effects.files import NoFiles
from processor.effects.journal import SqliteJournal
from processor.effects.tasks import find_task
from processor.errors import DiskFailed, ProcessorError, WrongUsage
from processor.pipeline import check_count
from processor.ports import RunRow
from processor.steps.build import build
from processor.steps.building import Building


def plan(place: Workplace, task: Task, source: Source, options: Mapping[str, Any]) -> Plan:
    """What a run of ``source`` would send; nothing is kept, but pages wait for the run.

    Raises:
        HeldBack: another model would answer, or the service would refuse it.
    """
    foresight = foresee(place, task, options)
    source = source.portioned(options)
    _tell_source(place, source)
    source = with_pages(place, source, options, pages_of_plan(place))
    journal = SqliteJournal(None)
    try:
        run = journal.begin_run(
            RunId("plan"), task=task.name, model=task.model, created_at=_now(place), options={}
        )
        knows = not options["fresh"] and place.layout.journal.is_file()
        building = Building(
            files=NoFiles(),
            journal=journal,
            observer=place.observer,
            run=run.id,
            folder=place.layout.outputs,
            known=place.pipeline.known_answers(run, task) if knows else None,
            again=source.again,
            cutting=foresight.cutting(),
            attach=attaching(task, options),
            keeps=False,
        )
        made = build(building, source.read(), task)
    finally:
        journal.close()
    check_count(made.item_count, options["expect"])
    return foresight.plan(made, source.excluded)


def new_name(place: Workplace, given: str | None, task: Task) -> RunId:
    """The run's id: as given, or made of the task, the time and chance.

    Raises:
        WrongUsage: it is no name, or there is such a run already.
    """
    if given is None:
        now = place.clock.now()
        return RunId(f"{task.name[:32]}-{now:%Y%m%d-%H%M%S}-{secrets.token_hex(2)}")
    if not is_run_id(given):
        raise WrongUsage(f"--run {given!r}: a run's id is 1 to 64 of A-Z a-z 0-9 . _ -")
    if place.journal.run(given) is not None:
        raise WrongUsage(
            f"There is a run {given} already. `truebatch resume {given}` goes on with it; "
            "another --run NAME starts a new one.",
            run=given,
        )
    return RunId(given)


def start(
    place: Workplace,
    name: RunId,
    task: Task,
    options: Mapping[str, Any],
    *,
    items: Values | None = None,
    urls: Sequence[str] | None = None,
    retry_of: RunId | None = None,
) -> RunRow:
    """Record the run and build its request file; a run that cannot be built is forgotten.

    Args:
        items: handed over by a Python program, instead of ``options["inputs"]``.
        urls: so, too; kept in the run's folder.

    Raises:
        BadInput: an item cannot be used; nothing was sent.
    """
    # The copy comes first: once the journal knows the run, `resume` builds from it.
    for file, content in task.files.items():
        place.files.write(place.layout.task_copy(name) / file, content)
    place.journal.bind_service(place.service.address)
    if items is None and retry_of is None and standard_input.reads_stdin(options):
        standard_input.keep(place, name)
    if urls is not None:
        keep_urls(place, name, urls)
    row = place.journal.begin_run(
        name,
        task=task.name,
        model=task.model,
        created_at=_now(place),
        # Kept, because resume may not be given the models that told it.
        options={**options, "enqueued_limit": enqueued_limit(place, task.model, options)},
        retry_of=retry_of,
    )
    try:
        if items is None:
            source = source_again(place, row, task)
        else:
            handed = find_source(task, inputs=None, items=items, exclude=())
            source = handed.portioned(options)
        return build_run(place, row, task, source)
    except DiskFailed:
        raise  # it stays BUILDING: with room on the disk, resume builds it again
    except ProcessorError:
        forget(place, row)
        raise


def build_again(place: Workplace, row: RunRow) -> RunRow:
    """Build the request file of a run that was cut while it was built.

    Raises:
        WrongUsage: its items came from a Python program; the run, which sent nothing, is forgotten.
    """
    task = place.copied_task(row)
    try:
        source = source_again(place, row, task)
    except WrongUsage:
        forget(place, row)
        raise
    return build_run(place, row, task, source)


def build_run(place: Workplace, row: RunRow, task: Task, source: Source) -> RunRow:
    """BUILDING to BUILT, when the plan is approved.

    Raises:
        HeldBack: a limit of the user's, or what the service would refuse.
    """
    foresight = foresee(place, task, row.options)
    _tell_source(place, source)
    source = with_pages(place, source, row.options, pages_of_run(place, row))

    def approve(made: Build) -> Mapping[str, Any]:
        plan = foresight.plan(made, source.excluded)
        foresight.hold_back(plan)
        _tell(place, plan)
        foresight.ask(plan)
        return plan.estimate.as_json()

    return place.pipeline.build(
        row,
        task,
        source.read(),
        excluded=source.excluded,
        random_part=secrets.token_hex(4),
        fresh=row.options.get("fresh", False),
        again=source.again,
        cutting=foresight.cutting(),
        attach=attaching(task, row.options),
        approve=approve,
    )


def hold_again(place: Workplace, row: RunRow) -> None:
    """Hold a run of which nothing was sent against the user's limits once more.

    He may have been asked long ago, and prices change with the day.

    Raises:
        HeldBack: a limit of his, what the service would refuse, or his "no"; the run stays as it is.
    """
    kept = row.options.get("estimate")
    moved = rerouted(place.models, row.model, place.clock.now().date())
    if kept is None or moved is not None:
        return  # before anything is sent, the driver says what a reroute means
    foresight = foresee(place, place.copied_task(row), row.options)
    plan = foresight.plan_again(kept, row.excluded)
    foresight.hold_back(plan)
    foresight.ask(plan)


def _tell_source(place: Workplace, source: Source) -> None:
    if source.line:
        place.observer.step("load", source.line)


def _tell(place: Workplace, plan: Plan) -> None:
    """The plan in the first lines of a run."""
    for remark in plan.remarks:
        place.observer.warn(remark)
    place.observer.step("build", plan.summary())


def forget(place: Workplace, row: RunRow) -> None:
    """Remove a run that has sent nothing; its pages wait for the next."""
    pages_of_run(place, row).give_back()
    place.journal.forget_run(row.id)
    place.files.remove(place.layout.run(row.id))


def task_named(
    place: Workplace, task: str, model: str | None, options: Mapping[str, Any] | None = None
) -> Task:
    """The task of this name, or in this folder; with the context that ``options`` give it."""
    return with_context(place.parse_task(find_task(task), model), options or {})


def _now(place: Workplace) -> str:
    return place.clock.now().isoformat()
