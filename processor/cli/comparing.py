"""The command that compares, and how a comparison is shown."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import click

from processor.cli.options import every_command
from processor.cli.session import session
from processor.cli.terminal import print_json, stdout_console
from processor.errors import ExitCode

if TYPE_CHECKING:
    from rich.console import Console
    from rich.table import Table

_FIELDS_SHOWN = 15
_ITEMS_SHOWN = 10


@click.command("compare")
@click.argument("a", metavar="A")
@click.argument("b", metavar="B")
@click.option(
    "--field", "fields", multiple=True, metavar="FIELD",
    help="Only this field and what is inside it: metadata.title, people[].name; repeatable.",
)  # fmt: skip
@click.option(
    "--tolerance", type=click.FloatRange(0, 1, max_open=True), default=0.0, show_default=True,
    metavar="SHARE", help="Numbers are equal when they differ by so much of the larger one.",
)  # fmt: skip
@click.option(
    "--fail-under", type=click.FloatRange(0, 1), metavar="SHARE",
    help="Exit 1 when the agreement is below this.",
)  # fmt: skip
@click.option(
    "--html", metavar="FILE",
    help="The page, side by side  [default: OUTPUTS/comparisons/A-vs-B.html]",
)  # fmt: skip
@click.option("--no-html", is_flag=True, help="No page.")
@every_command
def compare_command(
    a: str, b: str, fail_under: float | None, html: str | None, no_html: bool, **options: Any
) -> int:
    """Hold two sets of outputs against each other, item by item and field by field.

    A and B: each a run, a folder of outputs (outputs/TASK, or one made elsewhere), or a file: JSON
    lines, a JSON array, or one object, ids to data. For a new prompt, a new model, or a batch
    against answers made one by one. Exit 0 whether or not they differ.

    Strings are equal after white space, numbers within --tolerance; of lists counts which elements
    are in both, in any order; null is as nothing there.
    """
    if no_html and html is not None:
        raise click.UsageError("--html and --no-html do not go together.")
    as_json = options["as_json"]
    with session(options) as processor:
        found = processor.compare(a, b, html=html or not no_html, **options)
    if as_json:
        print_json(found)
    else:
        show_contrast(stdout_console(), found)
    share = found["agreement"]
    if fail_under is not None and (share is None or share < fail_under):
        return ExitCode.NOT_ALL_ACCEPTED
    return ExitCode.DONE


def show_contrast(console: Console, found: Mapping[str, Any]) -> None:
    """Agreement, outcomes, fields, the items that differ most, cost."""
    from rich.text import Text

    from processor.core.html_contrast import share_text

    for letter in "ab":
        side = found[letter]
        what = f"{side['task']}, {side['model']}" if side["task"] else side["kind"]
        console.print(Text(f"{letter.upper()}  {side['name']} · {what} · {_paid(side)}"))
    counts = found["counts"]
    console.print()
    if found["agreement"] is None:
        console.print(Text("No item has data on both sides.", style="yellow"))
    else:
        console.print(
            Text.assemble(
                ("Agreement ", "bold"), (share_text(found["agreement"]), "bold cyan"),
                f" over {counts['compared']:,} items with data on both sides; "
                f"{counts['same']:,} the same, {counts['differ']:,} different",
            )
        )  # fmt: skip
    tables = [_outcomes(found["outcomes"])]
    unlike = [one for one in found["fields"] if one["agreement"] < 1]
    tables += [_fields(unlike)] if unlike else []
    tables += [_items(found)] if found["differing"] else []
    for table in tables:
        console.print()
        console.print(table)
    if alike := len(found["fields"]) - len(unlike):
        console.print(f"\n{alike:,} fields are the same in every item.")
    if found["page"]:
        console.print(Text(f"\nSide by side: {found['page']}"))


def _paid(side: Mapping[str, Any]) -> str:
    items = f"{side['items']:,} items"
    if side["tokens"] is None:
        return items
    tokens = side["tokens"]
    out = tokens["output"] + tokens["thoughts"]
    cost = "cost unknown" if side["cost_usd"] is None else f"{side['cost_usd']:.4f} USD"
    return f"{items} · {tokens['prompt']:,} tokens in, {out:,} out · {cost}"


def _table(*columns: str) -> Table:
    from rich.table import Table

    table = Table(box=None, pad_edge=False)
    for column in columns:
        right = column in ("items", "agreement", "equal", "only A", "only B")
        table.add_column(column, justify="right" if right else "left")
    return table


def _outcomes(outcomes: Mapping[str, Mapping[str, int]]) -> Table:
    from processor.core.compared import GIVEN
    from processor.core.outcome import GOOD

    good = {*GOOD, GIVEN}
    table = _table("in A", "in B", "items")
    for one, others in outcomes.items():
        for other, count in others.items():
            unlike = (one in good) != (other in good)
            table.add_row(one, other, f"{count:,}", style="yellow" if unlike else None)
    return table


def _fields(fields: list[Mapping[str, Any]]) -> Table:
    from rich.text import Text

    from processor.core.html_contrast import share_text
    from processor.core.printable import one_line

    table = _table("field", "agreement", "items", "equal", "only A", "only B")
    for one in fields[:_FIELDS_SHOWN]:
        counted = (f"{one[name]:,}" for name in ("items", "equal", "only_a", "only_b"))
        table.add_row(Text(one_line(one["field"])), share_text(one["agreement"]), *counted)
    if len(fields) > _FIELDS_SHOWN:
        table.add_row(f"and {len(fields) - _FIELDS_SHOWN:,} more, which differ less")
    return table


def _items(found: Mapping[str, Any]) -> Table:
    from rich.text import Text

    from processor.core.html_contrast import share_text
    from processor.core.printable import one_line

    table = _table("differs most", "agreement", "in")
    for one in found["differing"][:_ITEMS_SHOWN]:
        fields = one_line(", ".join(one["fields"][:4]))
        more = len(one["fields"]) - 4
        fields += f" and {more} more" if more > 0 else ""
        table.add_row(Text(one_line(one["item_id"])), share_text(one["agreement"]), Text(fields))
    return table
