"""The command that serves the sandbox."""

from __future__ import annotations

import json
import subprocess
import sys
from typing import Any

import click

from processor.cli.options import every_command


@click.command("sandbox")
@click.option(
    "--port",
    type=click.IntRange(0, 65535),
    default=8787,
    show_default=True,
    metavar="N",
    help="0 takes a free one.",
)
@click.option("--state", metavar="DIR", help="Folder of its memory  [default: a temporary one]")
@click.option(
    "--faults",
    default="none",
    show_default=True,
    metavar="NAMES",
    help="What it plays; see --list-faults.",
)
@click.option("--job-seconds", type=float, metavar="S", help="How long a job takes.")
@click.option("--list-faults", is_flag=True, help="Show all faults and exit.")
@every_command
def sandbox_command(
    port: int,
    state: str | None,
    faults: str,
    job_seconds: float | None,
    list_faults: bool,
    **options: Any,
) -> int:
    """Serve the sandbox, a Gemini Batch API on this machine, until Ctrl-C.

    Any google-genai program can use it: base_url=http://127.0.0.1:8787, any key.
    """
    command = [sys.executable, "-m", "sandbox"]
    if list_faults:
        return subprocess.call([*command, "--list-faults"])  # noqa: S603 - our own program
    command += ["--port", str(port), "--faults", faults, "--parent-pipe"]
    command += ["--state", state] if state else []
    command += ["--job-seconds", str(job_seconds)] if job_seconds is not None else []
    with subprocess.Popen(  # noqa: S603 - our own program
        command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, start_new_session=True
    ) as process:
        assert process.stdin is not None
        assert process.stdout is not None
        line = process.stdout.readline()
        if line:
            _announce(json.loads(line), as_json=options["as_json"])
        try:
            return process.wait()
        except KeyboardInterrupt:
            process.stdin.close()
            process.wait()
            raise


def _announce(ready: dict[str, Any], *, as_json: bool) -> None:
    if as_json:
        click.echo(json.dumps(ready))
        return
    click.echo(f"The sandbox serves at {ready['url']}; Ctrl-C stops it.")
    click.echo("For any google-genai program:")
    click.echo(
        f"  client = genai.Client(api_key='any', http_options={{'base_url': '{ready['url']}'}})"
    )
