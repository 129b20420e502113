"""The commands that take results out: export and search."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Any

import click

from processor.cli.options import every_command
from processor.cli.session import session
from processor.cli.terminal import print_json, print_progress, stdout_console

if TYPE_CHECKING:
    from rich.console import Console

    from processor.effects.export_sqlite import Hit

_STDOUT = "-"


@click.command(
    "export",
    help="Write what was accepted. TASK: of every item the newest accepted data over all runs of the "
    "task. RUN: that run's data in input order. json is one object (item id: data), jsonl a line "
    "{item_id, data} for each item; csv has a column for each top-level field; parquet (extra) has "
    "typed ones from schema.json, and in `other` what fits none; sqlite is a table `items` with a "
    "full-text index.",
)
@click.argument("name", metavar="TASK|RUN")
@click.option(
    "--format",
    type=click.Choice(["json", "jsonl", "csv", "parquet", "sqlite"]),
    help="Default: what FILE ends in, else json.",
)
@click.option(
    "--out",
    default=_STDOUT,
    metavar="FILE",
    help="Appears whole or not at all; - is stdout, but not for parquet and sqlite  [default: -]",
)
@click.option("--envelopes", is_flag=True, help="All that is kept of an item, not the data alone.")
@every_command
def export_command(name: str, out: str, **options: Any) -> int:
    """Streams: one item in memory at a time."""
    as_json, quiet = options["as_json"], options["quiet"]
    to_stdout = out == _STDOUT
    if as_json and to_stdout:
        raise click.UsageError("--json tells what was written, on stdout: it needs --out FILE.")
    with session(options) as processor:
        made = processor.export(name, out=sys.stdout.buffer if to_stdout else out, **options)
    if to_stdout:
        sys.stdout.buffer.flush()
    if as_json:
        print_json(made.as_json())
    elif not quiet:
        print_progress(f"{made.items:,} items as {made.format}" + ("" if to_stdout else f": {out}"))
    return 0


@click.command(
    "search",
    help='Items of TASK whose newest accepted data has all of WORDS, best first. "Words in quotes" '
    "stand together, and wor* takes every ending; accents and case do not matter.",
)
@click.argument("task")
@click.argument("words")
@click.option(
    "--limit", type=click.IntRange(min=1), default=20, show_default=True, metavar="N",
    help="At most so many.",
)  # fmt: skip
@click.option(
    "--db", metavar="FILE", help="Search a file of `export --format sqlite`, not the kept index."
)
@every_command
def search_command(task: str, words: str, limit: int, db: str | None, **options: Any) -> int:
    """Search."""
    as_json = options["as_json"]
    with session(options) as processor:
        hits = processor.search(task, words, limit=limit, db=db)
    if as_json:
        print_json({"task": task, "words": words, "items": [_as_json(hit) for hit in hits]})
    else:
        _show(stdout_console(), hits)
    return 0


def _as_json(hit: Hit) -> dict[str, Any]:
    from dataclasses import asdict

    return asdict(hit)


def _show(console: Console, hits: list[Hit]) -> None:
    from rich.text import Text

    from processor.core.printable import one_line

    if not hits:
        console.print("No item has these words.")
    for hit in hits:
        line = Text.assemble((one_line(hit.item_id), "bold"), "  ", one_line(hit.snippet))
        console.print(line, soft_wrap=True)
