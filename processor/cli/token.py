"""The command for who may use the REST service."""

from __future__ import annotations

from typing import Any

import click

from processor.cli.options import every_command
from processor.cli.terminal import print_json, print_progress, stdout_console

_HELP = """Who may use the REST service of an outputs folder.

\b
add NAME     make a token; it is shown once, only its digest is kept
list         the names
remove NAME  take it back; a service that runs knows it at once"""


@click.command("token", help=_HELP)
@click.argument("act", type=click.Choice(["add", "list", "remove"]))
@click.argument("name", required=False)
@every_command
def token_command(act: str, name: str | None, **options: Any) -> int:
    """Add, list or remove."""
    if (name is None) != (act == "list"):
        raise click.UsageError(
            "`list` goes without a NAME." if act == "list" else f"{act} needs a NAME."
        )
    outputs = options["outputs"] or ("outputs/sandbox" if options["sandbox"] else "outputs")
    if act == "add":
        return _add(outputs, str(name), as_json=options["as_json"])
    if act == "remove":
        return _remove(outputs, str(name), as_json=options["as_json"])
    return _list(outputs, as_json=options["as_json"])


def _add(outputs: str, name: str, *, as_json: bool) -> int:
    from processor.api.tokens import add_token

    token = add_token(outputs, name)
    if as_json:
        print_json({"name": name, "token": token})
    else:
        print_progress(f"The token of {name}, shown this once:")
        click.echo(token)
    return 0


def _remove(outputs: str, name: str, *, as_json: bool) -> int:
    from processor.api.tokens import remove_token

    remove_token(outputs, name)
    if as_json:
        print_json({"name": name, "removed": True})
    else:
        print_progress(f"The token of {name} is worth nothing now.")
    return 0


def _list(outputs: str, *, as_json: bool) -> int:
    from processor.api.tokens import list_tokens

    names = list_tokens(outputs)
    if as_json:
        print_json({"tokens": [{"name": n, "created_at": at} for n, at in names.items()]})
        return 0
    if not names:
        print_progress("There are no tokens. `truebatch token add NAME` makes one.")
    for name, at in names.items():
        stdout_console().print(f"{name}  {at}", markup=False)
    return 0
