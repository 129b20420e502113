"""A session of the command line: a processor that tells a person how it goes."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from typing import TYPE_CHECKING, Any, cast

import click

from processor.cli.screen import Screen, make_screen

if TYPE_CHECKING:
    from processor.api import Processor
    from processor.core.plan import Plan

_ASK_ABOVE_USD = 1.0

_PROCESSOR_OPTIONS = (
    "outputs", "sandbox", "api_key", "api_key_file", "env_file", "base_url", "faults", "timeout",
    "models",
)  # fmt: skip


@contextmanager
def session(options: dict[str, Any]) -> Iterator[Processor]:
    """A processor made of a command's options, which are taken out of ``options``.

    What is left in ``options`` is the verb's. An interrupt gets the run's id on its way out.
    """
    as_json, quiet, verbose = (options.pop(name) for name in ("as_json", "quiet", "verbose"))
    may_ask = not options.pop("yes", True) and not as_json and sys.stdin.isatty()
    made = {name: options.pop(name) for name in _PROCESSOR_OPTIONS if name in options}
    screen = make_screen(quiet=quiet or as_json, verbose=verbose)
    if made.get("api_key"):
        screen.warn("--api-key is visible in the process list; --api-key-file FILE is not.")
    _log_to_stderr(verbose)
    confirm = (lambda plan: _confirmed(plan, screen)) if may_ask else None
    with _processor(screen, confirm, made) as processor:
        try:
            yield processor
        except KeyboardInterrupt as error:
            error.run = processor.last_driven  # type: ignore[attr-defined]
            raise
        finally:
            screen.close()


@contextmanager
def _processor(
    screen: Screen, confirm: Callable[[Plan], bool] | None, made: dict[str, Any]
) -> Iterator[Processor]:
    """A processor here, or with ``--server`` one elsewhere that has the same verbs."""
    if click.get_current_context().find_root().params.get("server") is None:
        from processor.api import Processor

        with Processor(observer=screen, confirm=confirm, **made) as processor:
            yield processor
        return
    from processor.cli.server import at_server

    with closing(at_server(screen, made)) as remote:
        yield cast("Processor", remote)


def _confirmed(plan: Plan, screen: Screen) -> bool:
    """Ask in the terminal when the estimate is above one dollar, or unknown."""
    cost = plan.estimate.batch_usd
    if cost is not None and cost.expected <= _ASK_ABOVE_USD:
        return True
    screen.close()
    price = "an unknown price" if cost is None else f"about {cost.expected:.2f} USD"
    question = f"Submit {plan.estimate.requests:,} requests for {price}?"
    return click.confirm(question, default=False, err=True)


def _log_to_stderr(verbose: bool) -> None:
    from loguru import logger

    logger.remove()
    logger.configure(extra={"run": "-"})
    logger.enable("processor")
    if verbose:
        # diagnose prints local variables into tracebacks, the API key among them.
        logger.add(
            sys.stderr,
            level="DEBUG",
            diagnose=False,
            backtrace=False,
            format="{time:HH:mm:ss.SSS} {level: <7} {message}",
        )
