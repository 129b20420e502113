"""Completion in the shell: click's own scripts, asked as a shell asks them."""

from __future__ import annotations

import os
import shlex
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from processor.cli.completion import SHELLS
from tests.program import Ended, environment

Program = Callable[..., Ended]


@pytest.mark.parametrize(
    ("words", "offered"),
    [
        ("truebatch ru", ["plain,run"]),
        ("truebatch --v", ["plain,--version"]),
        ("truebatch run --inp", ["plain,--inputs"]),
        ("truebatch run --inputs pa", ["file,pa"]),
        ("truebatch run --outputs o", ["dir,o"]),
        ("truebatch compare a", ["file,a"]),
        ("truebatch export x --format p", ["plain,parquet"]),
        ("truebatch nothing --v", ["plain,--version"]),
    ],
)
def test_shell_is_told_what_may_come_next(
    program: Program, monkeypatch: pytest.MonkeyPatch, words: str, offered: list[str]
) -> None:
    monkeypatch.setenv("_TRUEBATCH_COMPLETE", "bash_complete")
    monkeypatch.setenv("COMP_WORDS", words)
    monkeypatch.setenv("COMP_CWORD", str(len(words.split()) - 1))
    assert program().stdout.splitlines() == offered


def test_every_command_is_offered_with_what_it_does(
    program: Program, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("_TRUEBATCH_COMPLETE", "zsh_complete")
    monkeypatch.setenv("COMP_WORDS", "truebatch ")
    monkeypatch.setenv("COMP_CWORD", "1")
    shown = program().stdout.splitlines()
    assert shown[:3] == ["plain", "run", "The main job: all steps, from the items to the report."]
    assert {"pipeline", "compare", "export", "tasks"} <= set(shown)


@pytest.mark.parametrize("shell", SHELLS)
def test_script_is_printed_for_each_shell(program: Program, shell: str) -> None:
    ended = program("--completion", shell)
    assert ended.code == 0
    assert f"_TRUEBATCH_COMPLETE={shell}_complete" in ended.stdout


def test_other_shells_are_wrong_usage(program: Program) -> None:
    assert program("--completion", "cmd").code == 2


@pytest.mark.skipif(shutil.which("bash") is None, reason="there is no bash on this machine")
def test_bash_completes_by_the_script(tmp_path: Path) -> None:
    shim = tmp_path / "truebatch"
    shim.write_text(f'#!/bin/sh\nexec {shlex.quote(sys.executable)} -m processor "$@"\n', "utf-8")
    shim.chmod(0o755)
    typed = (
        'eval "$(truebatch --completion bash)"; COMP_WORDS=(truebatch comp); COMP_CWORD=1; '
        '_truebatch_completion truebatch; printf "%s\\n" "${COMPREPLY[@]}"'
    )
    path = f"{tmp_path}{os.pathsep}{os.environ['PATH']}"
    done = subprocess.run(
        ["bash", "-c", typed], env=environment({"PATH": path}), capture_output=True, check=True,
        encoding="utf-8", cwd=tmp_path,
    )  # fmt: skip
    assert done.stdout.splitlines() == ["compare"]
