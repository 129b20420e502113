"""What preflight and the plan have to say stands in plan, in --json and in run; nothing is said twice."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from processor.errors import HeldBack
from tests.bench import NOTES, Bench, notes
from tests.plan.service import creates, task_with
from tests.program import Ended

SMALL = "`max_output_tokens` is 900"


def _task(folder: Path) -> str:
    """The notes' task, unwise in one way and, with ``stop``, refused in another."""
    made = task_with(folder, "task")
    settings = made / "task.toml"
    settings.write_text(settings.read_text("utf-8").replace("= 2048", "= 900"), encoding="utf-8")
    return str(made)


def _where(bench: Bench, folder: Path) -> tuple[str, ...]:
    (folder / "notes.json").write_text(json.dumps(notes(2)), encoding="utf-8")
    (folder / "key").write_text(bench.key, encoding="utf-8")
    return (
        "--inputs", str(folder / "notes.json"), "--base-url", bench.sandbox.url,
        "--api-key-file", str(folder / "key"), "--outputs", str(bench.outputs),
    )  # fmt: skip


def test_warnings_stand_in_plan_in_json_and_in_run_each_once(
    program: Callable[..., Ended], bench: Bench, tmp_path: Path
) -> None:
    task, where = _task(tmp_path), _where(bench, tmp_path)
    shown = program("plan", task, *where)
    assert shown.stdout.count(SMALL) == 1
    assert SMALL not in shown.stderr
    as_json: dict[str, Any] = program("plan", task, *where, "--json").json
    assert [finding["rule"] for finding in as_json["findings"]] == ["preflight.output_limit"]
    assert sum(SMALL in remark for remark in as_json["remarks"]) == 1
    ran = program("run", task, *where, "--poll-interval", "0.1")
    assert ran.code == 0, ran.stderr
    assert (ran.stdout + ran.stderr).count(SMALL) == 1


def test_first_lines_of_a_run_are_its_plan(
    program: Callable[..., Ended], bench: Bench, tmp_path: Path
) -> None:
    ran = program("run", str(NOTES), *_where(bench, tmp_path), "--poll-interval", "0.1")
    lines = [line for line in ran.stderr.splitlines() if line.startswith("build")]
    assert "tokens in (± 35%)" in lines[0]
    assert "USD" in lines[0]
    assert "2 items" in lines[1]
    assert "for 1 job" in lines[1]


def test_stop_of_preflight_is_exit_nine_in_plan_and_run(
    program: Callable[..., Ended], bench: Bench, tmp_path: Path
) -> None:
    task = str(task_with(tmp_path, "task", "[generation_config.speling]", "error = 1"))
    for verb in ("plan", "run"):
        ended = program(verb, task, *_where(bench, tmp_path))
        assert ended.code == 9, ended.stderr
        assert (ended.stdout + ended.stderr).count("speling") == 1
    assert creates(bench.calls()) == []


def test_stop_of_an_item_names_it(bench: Bench) -> None:
    """gemini-3.6-flash takes a million tokens; half of four million characters of figures is more."""
    long = {**notes(2)[1], "text": "7 " * 2_000_000}
    with pytest.raises(HeldBack, match=r"Item 'n2': its prompt has about [\d,]+ tokens"):
        bench.processor().plan(str(NOTES), items=[notes(1)[0], long])
    assert bench.calls() == []
