"""The options that many commands share, each written once."""

from __future__ import annotations

import functools
from collections.abc import Callable
from typing import Any, TypeVar

import click

Command = TypeVar("Command", bound=Callable[..., Any])

_EVERY = (
    click.option("--outputs", metavar="DIR", help="Folder of all runs  [default: outputs]"),
    click.option(
        "--sandbox", is_flag=True, help="The built-in server: no key, no network, no cost."
    ),
    click.option("--json", "as_json", is_flag=True, help="One JSON object on stdout."),
    click.option("-q", "--quiet", is_flag=True, help="No progress; warnings and errors only."),
    click.option("-v", "--verbose", is_flag=True, help="The log, on stderr."),
)
_SERVICE = (
    click.option(
        "--api-key",
        metavar="KEY",
        help="Visible to `ps`: better --api-key-file or $GEMINI_API_KEY.",
    ),
    click.option("--api-key-file", metavar="FILE", help="A file that holds the key."),
    click.option("--env-file", metavar="FILE", help="A .env file with GEMINI_API_KEY."),
    click.option("--base-url", metavar="URL", help="Another address than Google's own."),
    click.option(
        "--faults", metavar="NAMES", help="With --sandbox: what it plays; realistic, none, …"
    ),
    click.option(
        "--timeout",
        type=click.FloatRange(min=0, min_open=True),
        default=60.0,
        show_default=True,
        metavar="SECONDS",
        help="For each network operation.",
    ),
)
_PACE = (
    click.option(
        "--poll-interval",
        type=click.FloatRange(min=0, min_open=True),
        metavar="SECONDS",
        help="Between two looks at the job; fixed  [default: 300, 2 with --sandbox]",
    ),
    click.option(
        "--max-wait",
        type=click.FloatRange(min=0),
        metavar="SECONDS",
        help="Then stop waiting; the job goes on, exit 4.",
    ),
)
# What asks the service once takes the pace as well, so that one set of options serves every command.
_PACE_UNUSED = (
    click.option("--poll-interval", type=float, hidden=True, expose_value=False),
    click.option("--max-wait", type=float, hidden=True, expose_value=False),
)
_PORTION = (
    click.option(
        "--limit", type=click.IntRange(min=1), metavar="N", help="Only the first N items."
    ),
    click.option(
        "--sample", type=click.IntRange(min=1), metavar="N", help="Only N items, drawn by lot."
    ),
    click.option(
        "--seed",
        type=int,
        metavar="S",
        help="With --sample: the same seed draws the same  [default: 0]",
    ),
)
_ITEMS = (
    click.option(
        "--inputs",
        multiple=True,
        metavar="PATH",
        help="File, folder or glob, - for stdin; repeatable  [default: inputs]",
    ),
    *_PORTION,
    click.option(
        "--expect", type=click.IntRange(min=1), metavar="N", help="Refuse unless N items."
    ),
    click.option("--exclude", multiple=True, metavar="GLOB", help="Leave files out; repeatable."),
    click.option(
        "--allow-host",
        multiple=True,
        metavar="NAME",
        help="Pages may come from this host though it is not public; repeatable.",
    ),
    click.option(
        "--skip-unreachable",
        is_flag=True,
        help="Leave out pages that give no article; the report names them.",
    ),
    click.option(
        "--attachments-from",
        multiple=True,
        metavar="DIR",
        help="Attachments may come from here, too, not only from the input's folder; repeatable.",
    ),
    click.option(
        "--context", metavar="FILE", help="A text before every prompt, instead of the task's."
    ),
    click.option(
        "--context-mode",
        type=click.Choice(["auto", "explicit", "implicit"]),
        help="In a cache, in each prompt, or as the plan shows cheaper  [default: auto]",
    ),
    click.option("--model", metavar="NAME", help="Instead of the task's."),
    click.option(
        "--enqueued-tokens",
        type=click.IntRange(min=1),
        metavar="N",
        help="Tokens of active jobs the service allows; above it, several jobs.",
    ),
    click.option(
        "--max-requests", type=click.IntRange(min=1), metavar="N", help="Items in one job, at most."
    ),
    click.option(
        "--tier",
        type=click.IntRange(1, 3),
        metavar="1|2|3",
        help="The project's usage tier: its limit of enqueued tokens holds.",
    ),
    click.option(
        "--max-cost",
        type=click.FloatRange(min=0),
        metavar="USD",
        help="Refuse to submit what may cost more than this.",
    ),
    click.option("--unpriced", is_flag=True, help="Submit although no price is known."),
    click.option(
        "--count-tokens",
        is_flag=True,
        help="Have the service count a sample's tokens first: free, no inference.",
    ),
    click.option(
        "--canary",
        type=click.IntRange(min=1),
        metavar="N",
        help="First a job of N items; the rest only if it does well.",
    ),
    click.option(
        "--fresh", is_flag=True, help="Ask also for what is answered and accepted already."
    ),
    click.option("--models", metavar="FILE", help="Prices and limits over the built-in ones."),
)
_AFTER = (
    click.option(
        "--then",
        metavar="COMMAND",
        help="Your next stage, run when the run has ended: no shell, the run's paths and numbers in "
        "$TRUEBATCH_RUN_DIR, _ITEMS, _ACCEPTED, …, the key not; its failure is exit 1.",
    ),
    click.option(
        "--then-when",
        type=click.Choice(["accepted", "finished", "always"]),
        help="Exit code 0 only; 0 or 1; or any end  [default: finished]",
    ),
)
_YES = (click.option("--yes", is_flag=True, help="Ask nothing."),)


def _stack(options: tuple[Any, ...]) -> Callable[[Command], Command]:
    def decorate(command: Command) -> Command:
        return functools.reduce(lambda inner, option: option(inner), reversed(options), command)

    return decorate


every_command = _stack(_EVERY)
talks_to_service = _stack(_SERVICE)
asks_once = _stack((*_SERVICE, *_PACE_UNUSED))
waits = _stack(_PACE)
takes_items = _stack(_ITEMS)
takes_portion = _stack(_PORTION)
follows = _stack(_AFTER)
may_ask = _stack(_YES)
