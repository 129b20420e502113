"""The command that judges files."""

from __future__ import annotations

from typing import Any

import click

from processor.cli.options import every_command
from processor.cli.terminal import print_json, stdout_console

_KINDS = ("text", "lines", "answers", "items")


@click.command(
    "validate",
    help="Judge files by a task's rules, without any batch. PATH: a model's text or JSON, a folder "
    "of such files, a result file, an items.jsonl, or a run's folder.",
)
@click.argument("paths", nargs=-1, required=True, metavar="PATH...")
@click.option(
    "--task", metavar="TASK", help="A name or a folder  [default: the run's own, else stage_1a]"
)
@click.option(
    "--kind",
    type=click.Choice(_KINDS),
    help="What the files hold  [default: seen from each file]",
)
@click.option(
    "--inputs",
    multiple=True,
    metavar="PATH",
    help="The items, for rules that compare an answer with its item; repeatable.",
)
@click.option(
    "--apply-suggestion",
    type=click.IntRange(min=1),
    is_flag=False,
    flag_value=1,
    metavar="[N]",
    help="Show what suggestion N (default 1) would change; no file is touched.",
)
@every_command
def validate_command(
    paths: tuple[str, ...],
    task: str | None,
    kind: str | None,
    inputs: tuple[str, ...],
    apply_suggestion: int | None,
    **options: Any,
) -> int:
    """Exit 0: all accepted; 1: not all; 3: nothing to judge."""
    from processor.api.judging import validate
    from processor.cli.judged import show_applied, show_judged, show_refused

    as_json = options["as_json"]
    console = stdout_console()
    result = validate(
        paths,
        task=task,
        kind=kind,
        inputs=inputs,
        apply_suggestion=apply_suggestion,
        sandbox=options["sandbox"],
        watch=(lambda *_: None) if as_json else show_refused,
    )
    if as_json:
        print_json(result)
    else:
        show_judged(console, result)
        if result["applied"]:
            show_applied(console, result["applied"])
    return 1 if result["counts"]["rejected"] or result["counts"]["failed"] else 0
