"""A command of the user's, run as a child process that never sees the API key."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Mapping, Sequence

from processor.effects.environment import KEY_NAMES

NOT_STARTED = 127
"""What a shell says of a command that it cannot find."""


def run_command(command: Sequence[str], facts: Mapping[str, str]) -> tuple[int, str]:
    """Run ``command`` to its end, in this folder and without a shell.

    Its environment is ours without the API key, with ``facts``. What it prints goes to our stderr:
    stdout is the result's. Its standard input is empty.

    Returns:
        Its exit code (below 0: the signal that ended it) and why it could not be started, if so.
    """
    environment = {name: value for name, value in os.environ.items() if name not in KEY_NAMES}
    try:
        done = subprocess.run(  # noqa: S603 - the user's own command, by the user's own wish
            list(command),
            env={**environment, **facts},
            stdin=subprocess.DEVNULL,
            stdout=_stderr(),
            check=False,
        )
    except (OSError, ValueError) as error:
        reason = error.strerror if isinstance(error, OSError) else None
        return NOT_STARTED, f"{command[0]}: {reason or error}"
    return done.returncode, ""


def _stderr() -> int:
    """Where its output goes; nowhere when we have no stderr of our own, as in a notebook."""
    sys.stderr.flush()
    try:
        return sys.stderr.fileno()
    except (OSError, ValueError):
        return subprocess.DEVNULL
