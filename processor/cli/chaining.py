"""The command for chains of stages, and how a chain's end is shown."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import click

from processor.cli.options import (
    every_command,
    follows,
    may_ask,
    takes_items,
    talks_to_service,
    waits,
)
from processor.cli.session import session
from processor.cli.terminal import print_json, stdout_console
from processor.errors import ExitCode

if TYPE_CHECKING:
    from rich.console import Console

    from processor.api import Processor


@click.command("pipeline")
@click.argument("stages", nargs=-1, required=True, metavar="STAGE STAGE…")
@takes_items
@click.option(
    "--from", "start", metavar="STAGE", help="Begin here, on what the stage before accepted."
)
@click.option(
    "--from-run",
    metavar="RUN",
    help="The run to begin on  [default: the newest of the stage before]",
)
@click.option(
    "--run", metavar="NAME", help="The chain's name; given again, it goes on where it was cut."
)
@follows
@may_ask
@waits
@talks_to_service
@every_command
def pipeline_command(**options: Any) -> int:
    """Run tasks one after another, each a true batch on what the one before accepted.

    Items keep their ids through all stages. Each stage is a run, NAME-1-first_task,
    NAME-2-second_task: after a stop or a crash, `truebatch resume` or the same command with the same
    --run goes on in the right stage, and nothing that is there is asked again.

    A stage that rejects some items hands on the others. The chain stops where a job failed (exit 5), the
    rest was held back (9) or nothing was accepted (1). --max-cost holds for all stages together;
    --then runs after the last one, a task's own [after] command after its stage.
    """
    as_json = options["as_json"]
    with session(options) as processor:
        return show_pipeline(
            lambda ended: processor.pipeline(**options, ended=ended), processor, as_json=as_json
        )


def show_pipeline(verb: Any, processor: Processor, *, as_json: bool) -> int:
    """Carry a chain out, run what follows each stage, and show what came of it all."""
    followed: list[int] = []
    summary = verb(lambda report: followed.append(processor.after(report) or 0))
    code = int(summary["exit_code"])
    if any(followed):
        code = max(code, int(ExitCode.NOT_ALL_ACCEPTED))
    if as_json:
        print_json({**summary, "exit_code": code})
    else:
        show_summary(stdout_console(), summary)
    return code


def show_summary(console: Console, summary: Mapping[str, Any]) -> None:
    """Each stage's counts and cost, a line each."""
    from rich.table import Table
    from rich.text import Text

    console.print(Text.assemble(("Pipeline ", "bold"), (summary["pipeline"], "bold cyan")))
    table = Table(box=None, pad_edge=False)
    counted = ("accepted", "reused", "rejected", "failed")
    for column in ("stage", "run", "state", *counted, "cost USD"):
        right = column in counted or column == "cost USD"
        table.add_column(column, justify="right" if right else "left")
    for stage in summary["stages"]:
        cost = stage["cost"]["actual_usd"]
        table.add_row(
            f"{stage['number']} {stage['task']}",
            Text(stage["run"]),
            stage["state"],
            *(f"{stage['counts'][name]:,}" for name in counted),
            "unknown" if cost is None else f"{cost:.4f}",
        )
    console.print(table)
    if summary["cost_usd"] is not None:
        console.print(f"All together {summary['cost_usd']:.4f} USD.")
    if summary["reason"]:
        console.print(Text(summary["reason"], style="red"))
        console.print(Text(f"Not begun: {', '.join(summary['not_begun'])}"))
