"""The command that removes what is no longer needed."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Any

import click

from processor.cli.options import asks_once, every_command, may_ask
from processor.cli.session import session
from processor.cli.terminal import print_json, stderr_console, stdout_console
from processor.errors import HeldBack

if TYPE_CHECKING:
    from rich.console import Console

    from processor.api.cleaning import Cleaning

_HELP = """Remove runs that ended long ago, and our uploads on the service whose answers are safe here.

A run goes with its folder and what the journal knows of it: `results`, `report` and `costs` show it no
more, and its answers are not reused. The outputs in DIR/<task>/ stay, and so does a run that has not
ended.

An upload is a request file with all its items. Files count against the 20 GB of a project, and whoever
has the project's key can use them, until they expire 48 hours after their upload. Only files that this
journal's jobs were made of are deleted, never anything of others; the service deletes no result files.

Without --runs and --remote it is both. What would go is shown first."""


@click.command("clean", help=_HELP)
@click.option(
    "--older-than",
    type=click.FloatRange(min=0),
    metavar="DAYS",
    help="Runs that ended before that  [default: 30]",
)
@click.option("--runs", is_flag=True, help="Only runs here; nothing is asked of the service.")
@click.option("--remote", is_flag=True, help="Only uploads on the service.")
@click.option("--dry-run", is_flag=True, help="Show what would go; remove nothing.")
@may_ask
@asks_once
@every_command
def clean_command(yes: bool, dry_run: bool, **options: Any) -> int:
    """Show, ask, remove."""
    as_json = options["as_json"]
    asked = None if yes else (_refuse if as_json or not sys.stdin.isatty() else _ask)
    with session(options) as processor:
        cleaned = processor.clean(dry_run=dry_run, confirm=asked, **options)
    if as_json:
        print_json(cleaned.as_json())
    else:
        _show(stdout_console(), cleaned)
    return 0


def _refuse(found: Cleaning) -> bool:
    """Nobody is there to be asked, and what is removed does not come back."""
    raise HeldBack(
        f"{_count(found)} would go. Nothing was removed: --yes removes without a question, "
        "--dry-run shows them."
    )


def _ask(found: Cleaning) -> bool:
    _show(stderr_console(), found)
    return click.confirm(f"Remove {_count(found)} for good?", default=False, err=True)


def _count(found: Cleaning) -> str:
    return f"{len(found.runs):,} runs here and {len(found.uploads):,} uploads on the service"


def _show(console: Console, found: Cleaning) -> None:
    from rich.table import Table
    from rich.text import Text

    table = Table(box=None, pad_edge=False)
    for column in ("what", "of", "ended", "bytes"):
        table.add_column(column, justify="right" if column == "bytes" else "left", overflow="fold")
    for run in found.runs:
        ended = run.ended_at[:16].replace("T", " ")
        table.add_row(Text(f"run {run.run}"), f"{run.task}, {run.state}", ended, _bytes(run))
    for upload in found.uploads:
        table.add_row(Text(f"upload {upload.name}"), Text(f"run {upload.run}"), "", _bytes(upload))
    if table.row_count:
        console.print(table)
    for reason in found.kept:
        console.print(Text(reason))
    if found.not_ours:
        console.print(f"{found.not_ours:,} other files on the service are not ours to touch.")
    console.print(f"{_count(found)}: {'removed' if found.removed else 'would go'}.")


def _bytes(what: Any) -> str:
    return "" if what.size_bytes is None else f"{what.size_bytes:,}"
