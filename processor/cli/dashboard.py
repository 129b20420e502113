"""The command that makes the dashboard's page."""

from __future__ import annotations

from typing import Any

import click

from processor.cli.options import every_command
from processor.cli.session import session
from processor.cli.terminal import print_json, stdout_console


@click.command("dashboard")
@click.option(
    "--out", metavar="FILE",
    help="Where the page goes  [default: OUTPUTS/dashboard.html]",
)  # fmt: skip
@every_command
def dashboard_command(out: str | None, **options: Any) -> int:
    """All runs on one page: progress, cost, accepted share, findings that repeat, suggestions.

    One HTML file that loads nothing, for a browser or a mail; each run leads to its report. Only the
    journal is read. `truebatch serve` has the same at /, as it goes on.
    """
    as_json = options["as_json"]
    with session(options) as processor:
        made, path = processor.dashboard(out)
    if as_json:
        total = made.total
        print_json(
            {
                "page": str(path), "runs": total.runs, "running": total.running,
                "accepted": total.good, "judged": total.judged, "cost_usd": total.actual_usd,
                "runs_listed": len(made.lines), "findings_that_repeat": len(made.findings),
                "suggestions": len(made.suggestions),
            }
        )  # fmt: skip
    else:
        runs = "run" if made.total.runs == 1 else "runs"
        stdout_console().print(f"{path}: {made.total.runs:,} {runs}", markup=False, soft_wrap=True)
    return 0
