"""The command that says whether everything is ready."""

from __future__ import annotations

from typing import Any

import click

from processor.cli.options import asks_once, every_command
from processor.cli.session import session
from processor.cli.terminal import print_json, stdout_console


@click.command(
    "doctor", help="Is everything ready: version, key, batch permission, clock, folders."
)
@asks_once
@every_command
def doctor_command(**options: Any) -> int:
    """Every check is made, whatever the one before it said."""
    from rich.text import Text

    as_json = options["as_json"]
    with session(options) as processor:
        checks = list(processor.doctor())
    if as_json:
        print_json({"checks": [check.as_json() for check in checks]})
    else:
        console = stdout_console()
        for check in checks:
            mark = Text("ok    ", style="green") if check.ok else Text("FAILED", style="red")
            console.print(Text.assemble(mark, f"  {check.name}: {check.message}"))
    return next((int(check.exit_code) for check in checks if not check.ok), 0)
