"""The terminal: results on stdout; errors, progress and warnings on stderr."""

from __future__ import annotations

import sys
from contextlib import suppress
from typing import TYPE_CHECKING, Any

import click

from processor.cli.streams import drop_stdout

if TYPE_CHECKING:
    from rich.console import Console

_PIPE_WIDTH = 200  # nobody looks: wide enough that tables need not fold


def print_json(value: Any) -> None:
    """One JSON object on stdout."""
    from processor.core.json_bytes import encode

    print_lines(encode(value).decode())


def print_lines(*lines: str) -> None:
    """Lines on stdout at once; that nobody reads them does not change how the command ends."""
    try:
        sys.stdout.write("".join(f"{line}\n" for line in lines))
        sys.stdout.flush()
    except BrokenPipeError:
        drop_stdout()


def print_error(message: str) -> None:
    """One error on stderr."""
    print_progress(click.style("error: ", fg="red", bold=True) + message)


def print_progress(message: str) -> None:
    """One line on stderr; that nobody reads it any more must not stop what it tells of."""
    with suppress(BrokenPipeError):
        click.echo(message, err=True)


def stdout_console() -> Console:
    """Where results for people go; plain text when nobody looks.

    A reader that has gone, `head` for one, stops neither the command nor what follows it.
    """
    from rich.console import Console

    class Output(Console):
        def on_broken_pipe(self) -> None:
            self.quiet = True  # rich would end the program with 1, which means something else
            drop_stdout()

    return Output(highlight=False, width=None if sys.stdout.isatty() else _PIPE_WIDTH)


def stderr_console() -> Console:
    """Where progress goes."""
    from rich.console import Console

    return Console(stderr=True, highlight=False)
