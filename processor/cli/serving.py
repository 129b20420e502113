"""The command that serves the REST service."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from processor.cli.options import every_command, talks_to_service
from processor.cli.terminal import print_json, print_progress
from processor.errors import WrongUsage

_MEGABYTE = 1024 * 1024


@click.command("serve")
@click.option("--host", default="127.0.0.1", show_default=True, metavar="ADDRESS")
@click.option("--port", type=click.IntRange(0, 65535), default=8001, show_default=True)
@click.option(
    "--require-tokens", is_flag=True, help="Also from this machine; others always need one."
)
@click.option(
    "--allow-host",
    "hosts",
    multiple=True,
    metavar="NAME",
    help="A name it is called by; repeatable.",
)
@click.option(
    "--allow-page-host",
    "page_hosts",
    multiple=True,
    metavar="NAME",
    help="Pages may be fetched from this host though it is not public; repeatable.",
)
@click.option(
    "--max-body",
    type=click.IntRange(min=1),
    default=256,
    show_default=True,
    metavar="MB",
    help="The largest upload.",
)
@click.option(
    "--rate",
    type=click.FloatRange(min=0, min_open=True),
    default=100.0,
    show_default=True,
    metavar="N",
    help="Requests a second for each token.",
)
@click.option(
    "--poll-interval",
    type=click.FloatRange(min=0, min_open=True),
    metavar="SECONDS",
    help="Between two looks at a job, unless a client says  [default: 300, 2 with --sandbox]",
)
@click.option(
    "--webhook-secret-file",
    metavar="FILE",
    help="What messages to /webhook are signed with, one secret a line.",
)
@click.option("--models", metavar="FILE", help="Prices and limits over the built-in ones.")
@talks_to_service
@every_command
def serve_command(
    host: str,
    port: int,
    require_tokens: bool,
    hosts: tuple[str, ...],
    page_hosts: tuple[str, ...],
    max_body: int,
    rate: float,
    poll_interval: float | None,
    webhook_secret_file: str | None,
    as_json: bool,
    quiet: bool,
    verbose: bool,
    **options: Any,
) -> int:
    """Serve a REST service that submits and drives runs, until Ctrl-C.

    Other machines reach it only with --host, and need a token: `truebatch token add NAME`.
    """
    try:
        from processor.api.pages import host_names
        from processor.rest.server import serve
        from processor.rest.settings import Settings
    except ModuleNotFoundError as error:
        raise WrongUsage(
            f"`truebatch serve` needs the extra `service` ({error.name} is not installed): "
            "pip install 'truebatch[service]'."
        ) from None
    options["outputs"] = _outputs(options)
    settings = Settings(
        processor=options,
        host=host,
        port=port,
        require_tokens=require_tokens,
        hosts=hosts,
        page_hosts=tuple(host_names(page_hosts)),
        max_body=max_body * _MEGABYTE,
        rate=rate,
        poll_interval=poll_interval,
        webhook_secrets=_secrets(webhook_secret_file),
        driver_log="DEBUG" if verbose else "WARNING" if quiet else "INFO",
    )

    def ready(url: str) -> None:
        if as_json:
            print_json({"url": url, "outputs": options["outputs"]})
        elif not quiet:
            print_progress(
                f"The service is at {url} ({url}/docs says how it is used). Ctrl-C stops it."
            )

    _log(verbose=verbose)
    serve(settings, ready)
    return 0


def _secrets(file: str | None) -> tuple[str, ...]:
    if file is None:
        return ()
    try:
        return tuple(Path(file).read_text(encoding="utf-8").split())
    except (OSError, UnicodeDecodeError) as error:
        raise WrongUsage(f"{file} cannot be read: {error}.") from None


def _outputs(options: dict[str, Any]) -> str:
    """The outputs folder, whole: the driver is another process."""
    named = options["outputs"] or ("outputs/sandbox" if options["sandbox"] else "outputs")
    return str(Path(named).absolute())


def _log(*, verbose: bool) -> None:
    import sys

    from loguru import logger

    logger.remove()
    logger.configure(extra={"run": "-"})
    logger.enable("processor")
    # diagnose prints local variables into tracebacks, the API key among them.
    logger.add(
        sys.stderr,
        level="DEBUG" if verbose else "WARNING",
        diagnose=False,
        backtrace=False,
        format="{time:YYYY-MM-DDTHH:mm:ss.SSSZ} {level: <7} {message}",
    )
