"""A session of the command line: a processor that tells a person how it goes."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from processor.cli.screen import make_screen

if TYPE_CHECKING:
    from processor.api import Processor

_PROCESSOR_OPTIONS = (
    "outputs", "sandbox", "api_key", "api_key_file", "env_file", "base_url", "faults", "timeout",
)  # fmt: skip


@contextmanager
def session(options: dict[str, Any]) -> Iterator[Processor]:
    """A processor made of a command's options, which are taken out of ``options``.

    What is left in ``options`` is the verb's. An interrupt gets the run's id on its way out.
    """
    from processor.api import Processor

    as_json, quiet, verbose = (options.pop(name) for name in ("as_json", "quiet", "verbose"))
    made = {name: options.pop(name) for name in _PROCESSOR_OPTIONS if name in options}
    screen = make_screen(quiet=quiet or as_json, verbose=verbose)
    if made.get("api_key"):
        screen.warn("--api-key is visible in the process list; --api-key-file FILE is not.")
    _log_to_stderr(verbose)
    with Processor(observer=screen, **made) as processor:
        try:
            yield processor
        except KeyboardInterrupt as error:
            error.run = processor.last_driven  # type: ignore[attr-defined]
            raise
        finally:
            screen.close()


def _log_to_stderr(verbose: bool) -> None:
    from loguru import logger

    logger.remove()
    logger.configure(extra={"run": "-"})
    logger.enable("processor")
    if verbose:
        import sys

        # diagnose prints local variables into tracebacks, the API key among them.
        logger.add(
            sys.stderr,
            level="DEBUG",
            diagnose=False,
            backtrace=False,
            format="{time:HH:mm:ss.SSS} {level: <7} {message}",
        )
