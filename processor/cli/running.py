"""The commands that make runs and drive them."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import click

from processor.cli.options import (
    asks_once,
    every_command,
    follows,
    may_ask,
    takes_items,
    talks_to_service,
    waits,
)
from processor.cli.session import session
from processor.cli.terminal import print_json, stdout_console

if TYPE_CHECKING:
    from processor.api import Processor

_task = click.argument("task", default="stage_1a", metavar="[TASK]")
_run = click.option("--run", metavar="NAME", help="The run's id  [default: TASK-date-time-xxxx]")
_TASK_HELP = "TASK is a built-in name, a name in your task folder, or a folder; default stage_1a."


@click.command("run", help=f"The main job, all steps. {_TASK_HELP}")
@_task
@takes_items
@_run
@click.option("--dry-run", is_flag=True, help="All local steps, nothing sent: what `plan` prints.")
@follows
@may_ask
@waits
@talks_to_service
@every_command
def run_command(dry_run: bool, **options: Any) -> int:
    """All steps."""
    if dry_run:
        return _plan(options)
    return _report(options, lambda processor, verb: processor.run(**verb))


@click.command(
    "plan", help=f"Items, tokens, bytes, cost, jobs and time, before anything is sent. {_TASK_HELP}"
)
@_task
@takes_items
@asks_once
@every_command
def plan_command(**options: Any) -> int:
    """All local steps."""
    return _plan(options)


@click.command("submit", help=f"Load, build, submit, and return. {_TASK_HELP}")
@_task
@takes_items
@_run
@follows
@may_ask
@waits
@talks_to_service
@every_command
def submit_command(**options: Any) -> int:
    """Submit and return."""
    from processor.cli.showing import show_status

    as_json = options["as_json"]
    with session(options) as processor:
        status = processor.submit(**options)
    if as_json:
        print_json(status.as_json())
    else:
        show_status(stdout_console(), status)
    return 0


@click.command(
    "resume", help="Take RUN, or a pipeline (default: the newest unfinished), to its end."
)
@click.argument("run", required=False)
@may_ask
@waits
@talks_to_service
@every_command
def resume_command(**options: Any) -> int:
    """To the end."""
    from processor.cli.chaining import show_pipeline

    as_json = options["as_json"]
    with session(options) as processor:
        name = processor.pipeline_of(options["run"])
        if name is None:
            return finish_report(processor, processor.resume(**options), as_json=as_json)
        del options["run"]
        return show_pipeline(
            lambda ended: processor.resume_pipeline(name, **options, ended=ended),
            processor,
            as_json=as_json,
        )


def finish_report(processor: Processor, report: dict[str, Any], *, as_json: bool) -> int:
    """Show how a run ended, and run what follows it; returns the exit code that says so."""
    from processor.cli.reported import show_report
    from processor.core.report import exit_code
    from processor.errors import ExitCode

    if as_json:
        print_json(report)
    else:
        show_report(stdout_console(), report, processor.folder(report["run"]))
    code = int(exit_code(report))
    failed = bool(processor.after(report))
    return max(code, int(ExitCode.NOT_ALL_ACCEPTED)) if failed else code


def _report(
    options: dict[str, Any], verb: Callable[[Processor, dict[str, Any]], dict[str, Any]]
) -> int:
    as_json = options["as_json"]
    with session(options) as processor:
        return finish_report(processor, verb(processor, options), as_json=as_json)


def _plan(options: dict[str, Any]) -> int:
    from processor.cli.showing import show_plan

    as_json = options["as_json"]
    for name in ("run", "poll_interval", "max_wait"):
        options.pop(name, None)
    with session(options) as processor:
        plan = processor.plan(**options)
    if as_json:
        print_json(plan.as_json())
    else:
        show_plan(stdout_console(), plan)
    return 0
