"""Runs a sandbox as a program: `python -m sandbox --state DIR`."""

import argparse
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path

from sandbox.faults.grammar import UnknownFault, parse_faults
from sandbox.faults.table import explain
from sandbox.options import Options
from sandbox.server import serve

_FAULTS = (
    "faults are NAME[=VALUE][@PLACE][*COUNT], comma separated; COUNT may be `all`.\n\n" + explain()
)


def main(arguments: Sequence[str] | None = None) -> int:
    """Serve until told to stop; 0 then, 2 for wrong usage."""
    options = _options(arguments)
    try:
        parse_faults(options.faults)
    except UnknownFault as error:
        sys.stderr.write(f"sandbox: {error}\n")
        return 2
    if options.state is not None:
        return serve(options, options.state)
    with tempfile.TemporaryDirectory(prefix="sandbox-", ignore_cleanup_errors=True) as state:
        return serve(options, Path(state))


def _options(arguments: Sequence[str] | None) -> Options:
    parser = argparse.ArgumentParser(
        prog="python -m sandbox",
        description="A loopback server that speaks the Gemini Batch API's wire: no key, no "
        "network, no cost, no model.",
        epilog=_FAULTS,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    add = parser.add_argument
    add("--host", default="127.0.0.1", help="address to listen on (default: %(default)s)")
    add("--port", type=int, default=0, help="port; 0 takes a free one (default: %(default)s)")
    add("--state", type=Path, help="folder of its memory; default: a temporary one, then removed")
    add("--faults", default="realistic", metavar="NAMES", help="what it plays, see below "
        "(default: %(default)s)")  # fmt: skip
    add("--seed", type=int, default=0, help="another number, other answers (default: 0)")
    add("--job-seconds", type=float, default=3.0, metavar="S", help="how long a job takes "
        "(default: %(default)s)")  # fmt: skip
    add("--file-seconds", type=float, default=172_800.0, metavar="S", help="how long an upload "
        "lives (default: 48 hours)")  # fmt: skip
    add("--enqueued-tokens", type=int, metavar="N", help="refuse a job (429) that would bring the "
        "tokens of active jobs of its model above N")  # fmt: skip
    add("--accept-key", action="append", default=[], metavar="KEY[=PROJECT]", help="an API key "
        "that is known, repeatable; default: any key is")  # fmt: skip
    add("--model", action="append", default=[], metavar="NAME", help="a model more that is served")
    add("--list-faults", action="version", version=_FAULTS, help="show all faults, and exit")
    add("--parent-pipe", action="store_true", help="exit when standard input ends")
    given = parser.parse_args(arguments)
    return Options(
        state=given.state,
        host=given.host,
        port=given.port,
        faults=given.faults,
        seed=given.seed,
        job_seconds=given.job_seconds,
        file_seconds=given.file_seconds,
        enqueued_tokens=given.enqueued_tokens,
        accept_keys=tuple(_key(text) for text in given.accept_key),
        models=tuple(given.model),
        parent_pipe=given.parent_pipe,
    )


def _key(text: str) -> tuple[str, str]:
    key, _, project = text.partition("=")
    return key, project or "default"


if __name__ == "__main__":
    sys.exit(main())
