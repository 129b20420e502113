"""The question before money is spent: asked in a terminal, above a dollar, and nowhere else."""

from __future__ import annotations

import json
import os
import select
import shutil
import subprocess
import sys
import time
from pathlib import Path

import pytest

from tests.bench import NOTES, PROJECT, Bench, notes
from tests.plan.service import creates
from tests.program import command, environment

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="there are no pseudo-terminals")

DEAR = 50  # notes, with 65,536 tokens of output each at most: a quarter of that is assumed


def _arguments(bench: Bench, folder: Path, count: int, *more: str) -> list[str]:
    folder.joinpath("notes.json").write_text(json.dumps(notes(count)), encoding="utf-8")
    folder.joinpath("key").write_text(bench.key, encoding="utf-8")
    task = shutil.copytree(NOTES, folder / "task")
    settings = (task / "task.toml").read_text("utf-8")
    (task / "task.toml").write_text(settings.replace("= 2048", "= 65536"), encoding="utf-8")
    return command(
        "submit", str(task), "--inputs", str(folder / "notes.json"), "--run", "r",
        "--base-url", bench.sandbox.url, "--api-key-file", str(folder / "key"),
        "--outputs", str(bench.outputs), *more,
    )  # fmt: skip


def _in_terminal(arguments: list[str], answer: str) -> tuple[int, str]:
    """The exit code, and all that was shown; ``answer`` is typed when a question stands there."""
    import pty

    ours, theirs = pty.openpty()
    child = subprocess.Popen(
        arguments, cwd=PROJECT, env=environment(), stdin=theirs, stdout=theirs, stderr=theirs
    )
    os.close(theirs)
    shown, until = "", time.monotonic() + 120
    try:
        while time.monotonic() < until:
            if not select.select([ours], [], [], 0.1)[0]:
                continue
            try:
                piece = os.read(ours, 65_536).decode("utf-8", "replace")
            except OSError:  # the terminal's other end is gone
                break
            if not piece:
                break
            shown += piece
            if "[y/N]" in shown and answer:
                os.write(ours, f"{answer}\n".encode())
                answer = ""
        return child.wait(30), shown
    finally:
        child.kill()
        child.wait()
        os.close(ours)


@pytest.mark.parametrize(("answer", "code", "jobs"), [("y", 0, 1), ("n", 9, 0)])
def test_dear_run_is_asked_about_in_a_terminal(
    bench: Bench, tmp_path: Path, answer: str, code: int, jobs: int
) -> None:
    ended, shown = _in_terminal(_arguments(bench, tmp_path, DEAR), answer)
    assert ended == code, shown
    assert f"Submit {DEAR:,} requests for about" in shown
    assert shown.count("[y/N]") == 1
    assert ("You said no. Nothing was sent." in shown) == (code == 9)
    assert len(creates(bench.calls())) == jobs
    assert (bench.folder() / "requests.json").exists() == bool(jobs)


@pytest.mark.parametrize(("count", "more"), [(DEAR, ("--yes",)), (3, ())])
def test_run_that_is_cheap_or_agreed_to_is_not_asked_about(
    bench: Bench, tmp_path: Path, count: int, more: tuple[str, ...]
) -> None:
    ended, shown = _in_terminal(_arguments(bench, tmp_path, count, *more), "n")
    assert ended == 0, shown
    assert "[y/N]" not in shown
    assert len(creates(bench.calls())) == 1


def test_nobody_is_asked_where_there_is_no_terminal(bench: Bench, tmp_path: Path) -> None:
    done = subprocess.run(
        _arguments(bench, tmp_path, DEAR), cwd=PROJECT, env=environment(), input=b"n\n",
        capture_output=True, timeout=120, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    assert b"[y/N]" not in done.stderr + done.stdout
    assert len(creates(bench.calls())) == 1
