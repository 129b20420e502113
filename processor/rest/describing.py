"""The routes that describe: health, tasks, costs."""

from __future__ import annotations

from datetime import date
from typing import Annotated, Any, Literal

from fastapi import APIRouter, Query
from fastapi import Path as PathPart
from fastapi.responses import Response

from processor import __version__
from processor.api.tasks import describe_task, list_tasks
from processor.core.costs import By
from processor.rest.answering import answer, says
from processor.rest.bodies import Health, TaskName
from processor.rest.desk import AtDesk
from processor.rest.problems import not_found

router = APIRouter(tags=["service"])


@router.get("/health", response_model=Health, responses=says())
async def health(desk: AtDesk) -> Response:
    """Whether the service works; needs no token."""
    alive = desk.driver.alive
    state: Literal["running", "restarting"] = "running" if alive else "restarting"
    return answer(Health(status="ok" if alive else "degraded", version=__version__, driver=state))


@router.get("/tasks", responses=says())
async def all_tasks(desk: AtDesk) -> Response:
    """The tasks that runs can be made of."""
    return answer({"tasks": await desk.office.ask(lambda _: [_public(t) for t in list_tasks()])})


@router.get("/tasks/{name}", responses=says(404))
async def one_task(
    name: Annotated[TaskName, PathPart(examples=["news"])], desk: AtDesk
) -> Response:
    """One task, with the text of its files."""

    def describe() -> dict[str, Any] | None:
        known = {task["name"] for task in list_tasks()}
        return _public(describe_task(name)) if name in known else None

    described = await desk.office.ask(lambda _: describe())
    if described is None:
        raise not_found(f"There is no task {name!r}. GET /tasks lists them.")
    return answer(described)


@router.get("/costs", responses=says())
async def all_costs(
    desk: AtDesk,
    by: Annotated[By, Query(description="What makes a row.")] = By.RUN,
    since: Annotated[date | None, Query(description="Leave out runs made before this day.")] = None,
) -> Response:
    """What runs cost: estimated, actual, one by one, saved and lost."""
    report = await desk.office.ask(lambda one: one.costs(since=since, by=by.value))
    return answer(report.as_json())


def _public(task: dict[str, Any]) -> dict[str, Any]:
    """A task without its folder on the server: clients know no paths."""
    return {name: value for name, value in task.items() if name != "folder"}
