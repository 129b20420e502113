"""The command line: it translates words into verbs, and what they return into text."""

from __future__ import annotations

import sys


def main() -> None:
    """Run the program, and exit with the code that says how it ended."""
    from processor.cli.program import run_program

    sys.exit(run_program(sys.argv[1:]))
