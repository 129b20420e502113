"""The program: the commands by name, and how each way to end becomes an exit code."""

from __future__ import annotations

import os
import signal
import sys
import traceback
from collections.abc import Sequence
from importlib import import_module
from typing import TYPE_CHECKING

import click

from processor.cli.completion import SHELLS, complete, completion_script, is_completing, with_paths
from processor.cli.streams import drop_stdout, is_no_room, prepare_streams
from processor.cli.terminal import print_error, print_json
from processor.errors import ExitCode, ProcessorError

if TYPE_CHECKING:
    from click.shell_completion import CompletionItem

# Where each command is, and what it does: `--help` needs no more, so nothing else is imported for it.
_COMMANDS = {
    "run": ("running", "The main job: all steps, from the items to the report."),
    "pipeline": ("chaining", "Tasks one after another, each on what the last accepted."),
    "plan": ("running", "Items, tokens, cost, jobs and time, before anything is sent."),
    "submit": ("running", "Load, build, submit, and return; collect later with resume."),
    "resume": ("running", "Take a run from wherever it stands to its end."),
    "status": ("looking", "Where a run stands; asks the service once."),
    "results": ("looking", "The outputs of a run, in input order."),
    "export": ("exporting", "Results as JSON, JSONL, CSV, Parquet or SQLite."),
    "compare": ("comparing", "Two sets of outputs, field by field and side by side."),
    "search": ("exporting", "Search the accepted results of a task by words."),
    "retry": ("mending", "Ask again what a run left rejected or failed."),
    "cancel": ("mending", "Stop a run's jobs; what was answered is still judged."),
    "adopt": ("mending", "Rebuild a run from its job, when the journal is lost."),
    "list": ("looking", "All runs of the outputs folder."),
    "report": ("looking", "Make a run's report again."),
    "validate": ("judging", "Judge files by a task's rules, without any batch."),
    "dashboard": ("dashboard", "All runs on one page: progress, cost, findings."),
    "costs": ("costs", "What runs cost: estimated, actual, saved, lost."),
    "clean": ("cleaning", "Remove old runs, and our uploads on the service."),
    "tasks": ("authoring", "List, show, make, check and preview tasks."),
    "models": ("models", "What is known of the models: prices, limits, reroutes."),
    "doctor": ("doctor", "Is everything ready: key, service, clock, folders."),
    "serve": ("serving", "A REST service that submits and drives runs."),
    "token": ("token", "Who may use the REST service: add, list, remove."),
    "sandbox": ("sandbox", "Serve the sandbox for other programs."),
}
_AT_SERVER = (
    "run", "submit", "resume", "status", "results", "list", "report", "retry", "cancel", "costs",
    "tasks",
)  # fmt: skip
_EXIT_CODES = """\b
Exit codes: 0 all accepted, or done as asked; 1 some rejected or failed;
2 wrong usage; 3 bad input, nothing sent; 4 not finished, resume goes on;
5 a job failed, expired or was cancelled; 6 the service refused or cannot
be reached; 7 disk or journal failed; 8 unknown whether a job exists;
9 held back by a limit of yours; 10 another process drives the run; 70 a
bug; 130 and 143 interrupted, resume goes on."""


class TerminatedBySignal(KeyboardInterrupt):
    """SIGTERM; a KeyboardInterrupt, so that no library takes it for an error of its own."""


class _Commands(click.Group):
    """Commands that are imported when they are called."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        return list(_COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        if cmd_name not in _COMMANDS:
            return None
        if ctx.params.get("server") is not None and cmd_name not in _AT_SERVER:
            raise click.UsageError(
                f"`{cmd_name}` works on this machine alone; with --server go {', '.join(_AT_SERVER)}."
            )
        module = import_module(f"processor.cli.{_COMMANDS[cmd_name][0]}")
        command: click.Command = getattr(module, f"{cmd_name}_command")
        return with_paths(command) if is_completing() else command

    def shell_complete(self, ctx: click.Context, incomplete: str) -> list[CompletionItem]:
        from click.shell_completion import CompletionItem

        names = [] if incomplete.startswith("-") else list(_COMMANDS)
        found = [CompletionItem(n, help=_COMMANDS[n][1]) for n in names if n.startswith(incomplete)]
        return found or click.Command.shell_complete(self, ctx, incomplete)

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        with formatter.section("Commands"):
            formatter.write_dl([(name, text) for name, (_, text) in _COMMANDS.items()])


def _show_version(ctx: click.Context, _: click.Parameter, value: bool) -> None:
    if value:
        from processor import __version__

        click.echo(f"truebatch {__version__}")
        ctx.exit()


def _show_completion(ctx: click.Context, _: click.Parameter, value: str | None) -> None:
    if value:
        click.echo(completion_script(ctx.command, value))
        ctx.exit()


@click.group(
    cls=_Commands,
    epilog=_EXIT_CODES,
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100},
)
@click.option(
    "--version", is_flag=True, is_eager=True, expose_value=False, callback=_show_version,
    help="Show the version and exit.",
)  # fmt: skip
@click.option(
    "--completion", type=click.Choice(SHELLS), is_eager=True, expose_value=False,
    callback=_show_completion, help="Print what your shell needs to complete commands, and exit.",
)  # fmt: skip
@click.option(
    "--server",
    metavar="URL",
    help="Have a service do it: its runs, its key. See `truebatch serve`.",
)
@click.option(
    "--token-file",
    metavar="FILE",
    help="With --server: holds the token, else $TRUEBATCH_TOKEN does.",
)
def truebatch(server: str | None, token_file: str | None) -> None:
    """A strict batch processor for the Gemini Batch API.

    One true batch job for a folder of items: nothing is paid twice, lost, or invented.
    `truebatch run --sandbox` tries it without a key, without a network, at no cost.
    """


def run_program(arguments: Sequence[str]) -> int:
    """Run one command; returns the exit code."""
    prepare_streams()
    if is_completing():
        return complete(truebatch)
    signal.signal(signal.SIGTERM, _on_terminate)
    as_json = "--json" in arguments
    code = _run_command(list(arguments), as_json=as_json)
    try:
        sys.stdout.flush()
    except BrokenPipeError:
        drop_stdout()
    except OSError as error:
        drop_stdout()
        return _unprinted(error)
    return code


def _run_command(arguments: list[str], *, as_json: bool) -> int:
    try:
        # Not click's own main(): it makes one of Ctrl-C and SIGTERM, and 1 of a reader that has gone.
        with truebatch.make_context("truebatch", arguments) as context:
            result = truebatch.invoke(context)
    except click.exceptions.Exit as end:
        return end.exit_code
    except ProcessorError as error:
        return _ended(error, as_json)
    except click.exceptions.NoArgsIsHelpError as error:
        click.echo(error.format_message(), err=True)
        return ExitCode.USAGE
    except click.ClickException as error:
        return _wrong_usage(error, as_json)
    except (KeyboardInterrupt, click.Abort) as error:
        return _interrupted(error, as_json)
    except BrokenPipeError:
        drop_stdout()  # whoever read our output has gone, `head` for one
        return ExitCode.DONE
    except Exception as error:  # noqa: BLE001 - a bug: it keeps its traceback, and its own exit code
        if isinstance(error, OSError) and is_no_room(error):
            drop_stdout()
            return _unprinted(error)
        return _bug(error, as_json)
    return int(result) if isinstance(result, int) else ExitCode.DONE


def _on_terminate(*_: object) -> None:
    raise TerminatedBySignal


def _ended(error: ProcessorError, as_json: bool) -> int:
    if as_json:
        print_json(error.as_json())
    else:
        print_error(error.message)
    return error.exit_code


def _unprinted(error: OSError) -> int:
    """Said on stderr even with --json: stdout may be what has no room."""
    print_error(
        f"What was printed, or a file, could not be written: {error.strerror}. Nothing is lost on "
        "the service: make room, then `truebatch resume`, or `truebatch report RUN` if it has ended."
    )
    return ExitCode.DISK


def _wrong_usage(error: click.ClickException, as_json: bool) -> int:
    from processor.errors import WrongUsage

    hint = ""
    if isinstance(error, click.UsageError) and error.ctx is not None:
        hint = f" `{error.ctx.command_path} --help` shows how."
    return _ended(WrongUsage(error.format_message() + hint), as_json)


def _interrupted(error: BaseException, as_json: bool) -> int:
    from processor.errors import Interrupted, Terminated

    by_signal = isinstance(error, TerminatedBySignal)
    message = "Terminated." if by_signal else "Interrupted."
    run = _interrupted_run(error)
    if run:
        message += f" Nothing is lost: what the service has, goes on; `truebatch resume {run}` too."
    return _ended((Terminated if by_signal else Interrupted)(message, run=run), as_json)


def _interrupted_run(error: BaseException | None) -> str | None:
    """The run that was driven; a second Ctrl-C, while the first lets go of it, knows it from that."""
    while error is not None:
        run: str | None = getattr(error, "run", None)
        if run is not None:
            return run
        error = error.__context__
    return None


def _bug(error: Exception, as_json: bool) -> int:
    trace = "".join(traceback.format_exception(error))
    for secret in _secrets():
        trace = trace.replace(secret, "[key]")
    click.echo(trace, err=True)
    message = "This is a bug in truebatch, not in what you did. Please report the lines above."
    bug = ProcessorError(message)
    return _ended(bug, as_json)


def _secrets() -> list[str]:
    given = [os.environ.get(name, "") for name in ("GEMINI_API_KEY", "GOOGLE_API_KEY")]
    for position, argument in enumerate(sys.argv):
        if argument == "--api-key" and position + 1 < len(sys.argv):
            given.append(sys.argv[position + 1])
        elif argument.startswith("--api-key="):
            given.append(argument.partition("=")[2])
    return [secret for secret in given if secret]
