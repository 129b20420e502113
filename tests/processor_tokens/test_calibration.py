"""Calibration over whole runs in the sandbox.

The sandbox counts with a stand-in for a tokenizer (one token for a wide character, a quarter for any
other). So these tests prove the mechanism: that what one run was billed brings the next estimate within
5 % of what that one is billed. They say nothing of how near the estimate is to a real model's count.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pytest

from processor.core.history import PastRun, learn
from processor.core.outcome import Outcome
from processor.core.task import Task
from tests.bench import INTERVAL, NOTES, Bench
from tests.processor_tokens.corpora import (
    INPUTS,
    PAPERS,
    estimated,
    languages,
    notes_task,
    papers,
    stage_1a,
)
from tests.processor_tokens.runs import past_run

Values = list[dict[str, Any]]


def _billed(bench: Bench, folder: str, values: Values, name: str) -> Mapping[str, int]:
    """What a run of ``values`` was billed, in tokens."""
    run = bench.processor().run(
        folder, items=values, run=name, poll_interval=INTERVAL, model="gemini-3.6-flash"
    )
    assert run["counts"][Outcome.FAILED] == 0
    tokens: Mapping[str, int] = run["tokens"]
    return tokens


def _history(task: Task, values: Values, tokens: Mapping[str, int]) -> PastRun:
    raw = estimated(task, values)
    return past_run(
        task=task.name,
        answers=len(values),
        requests=len(values),
        prompt=tokens["prompt"],
        estimated=raw,
        tokens=dict(tokens),
    )


def _off_after_one_run(
    bench: Bench, folder: str, task: Task, values: Values
) -> tuple[float, float]:
    """How far the estimate of a second run is off, as a share of the billed, and its stated error."""
    first, second = values[::2], values[1::2]
    known = _history(task, first, _billed(bench, folder, first, "first"))
    calibration = learn([known], task=task.name, model="m").calibration
    actual = _billed(bench, folder, second, "second")["prompt"]
    guess = estimated(task, second, calibration.factor)
    return abs(guess / actual - 1), calibration.error(len(second))


@pytest.mark.skipif(not PAPERS.is_dir(), reason="the real articles are not here")
def test_second_run_over_real_articles_is_estimated_within_5_percent(bench: Bench) -> None:
    off, error = _off_after_one_run(bench, "stage_1a", stage_1a(), papers(PAPERS))
    assert off < 0.05
    assert off < error < 0.06


def test_second_run_over_the_samples_is_estimated_within_5_percent(bench: Bench) -> None:
    off, error = _off_after_one_run(bench, "stage_1a", stage_1a(), papers(INPUTS))
    assert off < 0.05
    assert off < error < 0.06


@pytest.mark.parametrize("language", ["de", "ja"])
def test_second_run_in_another_language_is_estimated_within_5_percent(
    bench: Bench, language: str
) -> None:
    off, _ = _off_after_one_run(bench, str(NOTES), notes_task(), languages(language))
    assert off < 0.05


def test_without_calibration_the_estimate_is_within_its_stated_error(bench: Bench) -> None:
    task, values = notes_task(), [*languages("de"), *languages("ja")]
    actual = _billed(bench, str(NOTES), values, "r")["prompt"]
    calibration = learn([], task=task.name, model="m").calibration
    assert abs(estimated(task, values) / actual - 1) < calibration.error(len(values))
