"""The command that lists tasks, and helps to make one."""

from __future__ import annotations

from contextlib import closing
from typing import Any

import click

from processor.cli.options import every_command
from processor.cli.terminal import print_json, stdout_console
from processor.errors import ExitCode

_HELP = """List the tasks, show the one called NAME, or help to make one.

\b
--new NAME              write a folder with commented files, ready to run
--check PATH            all that is wrong with a task, with lines; then exit 2
NAME --preview ITEM     the prompt of one item, and what it weighs
--infer-schema FILES…   propose a schema.json from example outputs

Tasks are built in, in ~/.config/truebatch/tasks/ ($XDG_CONFIG_HOME), or any folder with a task.toml."""
_WAYS = ("new", "check", "preview", "infer_schema")


@click.command("tasks", help=_HELP)
@click.argument("names", nargs=-1, metavar="[NAME | FILES…]")
@click.option("--new", metavar="NAME", help="Write the folder of a new task; overwrites nothing.")
@click.option("--in", "folder", metavar="DIR", help="With --new: where  [default: this folder]")
@click.option("--check", metavar="PATH", help="A task's folder or name.")
@click.option("--preview", metavar="ITEM", help="An item's id, or a file that holds it.")
@click.option("--inputs", multiple=True, metavar="PATH", help="With --preview  [default: inputs]")
@click.option(
    "--infer-schema", is_flag=True, help="FILES: JSON (one output, or an array of them) or JSONL."
)
@every_command
def tasks_command(names: tuple[str, ...], **options: Any) -> int:
    """One of the ways, or the list."""
    _check_usage(names, options)
    as_json = options["as_json"]
    if options["new"] is not None:
        return _new(options["new"], options["folder"] or ".", as_json)
    if options["check"] is not None:
        return _check(options["check"], as_json)
    if options["preview"] is not None:
        return _preview(names[0], options["preview"], options["inputs"], as_json)
    if options["infer_schema"]:
        return _infer(names, as_json)
    return _show(names[0] if names else None, as_json)


def _check_usage(names: tuple[str, ...], options: dict[str, Any]) -> None:
    given = [way for way in _WAYS if options[way] not in (None, False)]
    if len(given) > 1:
        spelled = " and ".join(f"--{way.replace('_', '-')}" for way in given)
        raise click.UsageError(f"{spelled} do not go together.")
    way = given[0] if given else None
    if way in ("new", "check") and names:
        raise click.UsageError(f"--{way} {options[way]} goes without {names[0]!r}.")
    if way == "preview" and len(names) != 1:
        raise click.UsageError("--preview ITEM goes with the NAME of one task.")
    if way == "infer_schema" and not names:
        raise click.UsageError("--infer-schema needs FILES: example outputs.")
    if way is None and len(names) > 1:
        raise click.UsageError("One NAME shows a task; several are files for --infer-schema.")
    if options["folder"] is not None and way != "new":
        raise click.UsageError("--in goes with --new.")
    if options["inputs"] and way != "preview":
        raise click.UsageError("--inputs goes with --preview.")


def _new(name: str, folder: str, as_json: bool) -> int:
    from processor.api.authoring import new_task

    made = new_task(name, folder=folder)
    if as_json:
        print_json({"folder": str(made), "files": sorted(file.name for file in made.iterdir())})
    else:
        console = stdout_console()
        console.print(f"Made {made}/", markup=False)
        console.print(f"  truebatch tasks --check {made}", markup=False)
        console.print(f"  truebatch run {made} --sandbox --inputs …", markup=False)
    return 0


def _preview(name: str, item: str, inputs: tuple[str, ...], as_json: bool) -> int:
    from rich.text import Text

    from processor.api.authoring import preview

    shown = preview(name, item, inputs=inputs or ("inputs",))
    if as_json:
        print_json(shown.as_json())
        return 0
    console = stdout_console()
    if shown.system is not None:
        console.rule("system instruction", align="left", characters="-")
        console.print(Text(shown.system))
    if shown.context is not None:
        console.rule("context", align="left", characters="-")
        console.print(
            Text(
                f"{shown.context}: about {shown.context_tokens:,} tokens, in one cache or before every "
                "prompt; `truebatch plan` says which."
            )
        )
    if shown.attachments:
        console.rule("attachments", align="left", characters="-")
        for one in shown.attachments:
            console.print(
                Text(
                    f"{one['path']} ({one['mime_type']}): {one['size_bytes']:,} bytes, "
                    f"about {one['tokens']:,} tokens"
                )
            )
    console.rule("prompt", align="left", characters="-")
    console.print(Text(shown.prompt))
    console.rule("request", align="left", characters="-")
    console.print(
        Text(
            f"item {shown.item_id} ({shown.source}): {shown.line_bytes:,} bytes, "
            f"about {shown.tokens:,} tokens of input. Nothing was sent."
        )
    )
    return 0


def _infer(paths: tuple[str, ...], as_json: bool) -> int:
    import json

    from processor.api.authoring import infer_schema

    schema = infer_schema(paths)
    if as_json:
        print_json(schema)
    else:
        click.echo(json.dumps(schema, indent=2, ensure_ascii=False))
    return 0


def _show(name: str | None, as_json: bool) -> int:
    from processor.api.tasks import describe_task, list_tasks
    from processor.cli.showing import show_task, show_tasks

    if click.get_current_context().find_root().params.get("server") is None:
        described = [describe_task(name)] if name else list(list_tasks())
    else:
        described = _of_server(name)
    if as_json:
        print_json(described[0] if name else {"tasks": described})
    elif name:
        show_task(stdout_console(), described[0])
    else:
        show_tasks(stdout_console(), described)
    return 0


def _of_server(name: str | None) -> list[dict[str, Any]]:
    from processor.cli.server import at_server
    from processor.effects.log import Silence

    with closing(at_server(Silence(), {})) as remote:
        return [remote.task(name)] if name else [dict(task) for task in remote.tasks()]


def _check(path: str, as_json: bool) -> int:
    from rich.text import Text

    from processor.api.checking import check_task

    findings = check_task(path)
    wrong = any(finding.stops for finding in findings)
    if as_json:
        print_json({"task": path, "ok": not wrong, "findings": [one.as_json() for one in findings]})
    else:
        console = stdout_console()
        for finding in findings:
            style = "red" if finding.stops else "yellow"
            word = "error" if finding.stops else "warning"
            console.print(Text.assemble((f"{word} ", style), str(finding)))
        if not findings:
            console.print("Nothing is wrong with it.")
    return ExitCode.USAGE if wrong else 0
