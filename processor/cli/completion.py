"""Completion of commands, options and paths in the shell, by click's own scripts."""

from __future__ import annotations

import os

import click

SHELLS = ("bash", "zsh", "fish")
_PROGRAM = "truebatch"
_VARIABLE = "_TRUEBATCH_COMPLETE"  # what click's scripts set when they ask
_PATHS = {"PATH": "file", "PATH...": "file", "FILE": "file", "A": "file", "B": "file", "DIR": "dir"}


def is_completing() -> bool:
    """Whether the shell asks what may come next."""
    return bool(os.environ.get(_VARIABLE))


def complete(program: click.Command) -> int:
    """Answer the shell on stdout; returns the exit code."""
    from click.shell_completion import shell_complete

    return shell_complete(program, {}, _PROGRAM, _VARIABLE, os.environ[_VARIABLE])


def completion_script(program: click.Command, shell: str) -> str:
    """What the shell reads once to complete ``truebatch`` from then on."""
    from click.shell_completion import get_completion_class

    found = get_completion_class(shell)
    assert found is not None, shell
    return found(program, {}, _PROGRAM, _VARIABLE).source()


def with_paths(command: click.Command) -> click.Command:
    """``command``, whose parameters that name files and folders are completed as such."""
    from click.shell_completion import CompletionItem

    for parameter in command.params:
        kind = _PATHS.get(parameter.metavar or "")
        if kind is not None:
            # The shell knows its files: it is only told that one is wanted.
            parameter._custom_shell_complete = lambda _context, _parameter, incomplete, kind=kind: [
                CompletionItem(incomplete, type=kind)
            ]
    return command
