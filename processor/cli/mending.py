"""The commands for runs that did not go well."""

from __future__ import annotations

from typing import Any

import click

from processor.cli.options import every_command, may_ask, takes_portion, talks_to_service, waits
from processor.cli.session import session
from processor.cli.terminal import print_json, stdout_console


@click.command("retry", help="Ask again, in a new run, what RUN left rejected or failed.")
@click.argument("run")
@click.option("--only", metavar="RULE", help="Just the items with a finding of this rule.")
@click.option(
    "--max-attempts",
    type=click.IntRange(min=1),
    default=3,
    show_default=True,
    metavar="N",
    help="Leave out items that were asked so often, over all runs of the chain.",
)
@click.option("--model", metavar="NAME", help="Instead of the run's.")
@click.option("--run", "name", metavar="NAME", help="The new run's id.")
@click.option("--no-wait", is_flag=True, help="Submit and return; collect later with resume.")
@may_ask
@waits
@talks_to_service
@every_command
def retry_command(no_wait: bool, **options: Any) -> int:
    """A new run, linked to the old."""
    from processor.cli.running import finish_report
    from processor.cli.showing import show_status

    as_json = options["as_json"]
    with session(options) as processor:
        status = processor.retry(**options)
        if not no_wait:
            return finish_report(processor, processor.resume(status.run), as_json=as_json)
    if as_json:
        print_json(status.as_json())
    else:
        show_status(stdout_console(), status)
    return 0


@click.command(
    "cancel", help="Stop the jobs of RUN; what was answered is still fetched and judged."
)
@click.argument("run")
@click.option("--no-wait", is_flag=True, help="Ask and return; collect later with resume.")
@waits
@talks_to_service
@every_command
def cancel_command(
    run: str,
    no_wait: bool,
    poll_interval: float | None,
    max_wait: float | None,
    **options: Any,
) -> int:
    """Cancel, and bring home what there is."""
    from processor.cli.running import finish_report
    from processor.cli.showing import show_status

    as_json = options["as_json"]
    with session(options) as processor:
        status = processor.cancel(run)
        if not no_wait:
            report = processor.resume(run, poll_interval=poll_interval, max_wait=max_wait)
            return finish_report(processor, report, as_json=as_json)
    if as_json:
        print_json(status.as_json())
    else:
        show_status(stdout_console(), status)
    return 0


@click.command("adopt")
@click.argument("job", metavar="JOB")
@click.argument("task", default="stage_1a", metavar="[TASK]")
@click.option(
    "--inputs", multiple=True, metavar="PATH", help="The items; repeatable  [default: inputs]"
)
@takes_portion
@click.option("--exclude", multiple=True, metavar="GLOB", help="Leave files out; repeatable.")
@click.option("--model", metavar="NAME", help="Instead of the task's.")
@waits
@talks_to_service
@every_command
def adopt_command(**options: Any) -> int:
    """Rebuild the run of JOB (batches/…) from its jobs and its items, when the journal is lost.

    Nothing is sent. Items and task must be those the jobs were made of: their digests are compared.
    The run's other jobs are found by their names; items that none asks for are left to retry.
    """
    from processor.cli.showing import show_status

    as_json = options["as_json"]
    with session(options) as processor:
        status = processor.adopt(**options)
    if as_json:
        print_json(status.as_json())
    else:
        show_status(stdout_console(), status)
    return 0
