"""History: what the runs that have ended teach about the next one."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import islice
from math import sqrt
from typing import Any

from processor.core.spending import OutputSums
from processor.core.tokens import UNCALIBRATED_ERROR

_NEWEST_RUNS = 5  # older ones had another prompt, or another tokenizer behind the model's name
_NEWEST_JOBS = 100
_ANSWERED_SHARE = 0.9  # with fewer answers, those that came may not stand for those that did not
_LEAST_ERROR = 0.02
_SAME_TASK_ERROR = 0.03
# Other tasks have other kinds of text: of the samples, identity taught news an estimate that was 24 % too
# high, and categorise one that was 1 % too low (the sandbox's stand-in for a tokenizer, 2026-11-22).
_OTHER_TASK_ERROR = 0.25
# The standard deviation between single texts of one task: 6 % over 22 papers, by the sandbox's
# stand-in for a tokenizer, 2026-11-22; taken for real models too, which is not measured.
_TEXT_SPREAD = 0.06


@dataclass(frozen=True, slots=True, kw_only=True)
class PastRun:
    """A run of the journal, as far as costs and plans look at it. None is: not recorded.

    Attributes:
        created_at: ISO 8601, UTC.
        requests: items that were asked.
        answers: those that told their usage.
        tokens: ``prompt``, ``cached``, ``output`` and ``thoughts`` over all answers.
        estimate: the run's ``Estimate`` as JSON, made before it was sent.
        spending: its ``Spending`` as JSON.
        prompt_sha256: ``prompt_digest`` of its task.
        prefix_tokens: with how many tokens all its requests began.
        job_seconds: from submission to end, of each of its jobs that succeeded.
    """

    run: str
    task: str
    model: str
    created_at: str
    ended: bool
    requests: int
    answers: int | None = None
    counts: Mapping[str, int] | None = None
    tokens: Mapping[str, int] = field(default_factory=dict)
    actual_usd: float | None = None
    interactive_usd: float | None = None
    estimate: Mapping[str, Any] | None = None
    spending: Mapping[str, Any] | None = None
    output: OutputSums | None = None
    prompt_sha256: str | None = None
    prefix_tokens: int | None = None
    job_seconds: tuple[float, ...] = ()

    def prompt_tokens(self) -> tuple[float, int] | None:
        """``(estimated before calibration, real)`` over its answers; None when they teach nothing."""
        if self.estimate is None or not self.answers or not self.tokens.get("prompt"):
            return None
        if self.answers < _ANSWERED_SHARE * self.requests:
            return None
        estimated = self.estimate["input_tokens"] / self.estimate["calibration_factor"]
        if not estimated > 0:
            return None
        return estimated * self.answers / self.requests, self.tokens["prompt"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Calibration:
    """Real prompt tokens for each estimated one.

    Attributes:
        answers: how many real counts stand behind it.
        between: how far it may be off for reasons that do not average out, as a share.
        basis: where it comes from, for people.
    """

    factor: float = 1.0
    answers: int = 0
    between: float = UNCALIBRATED_ERROR
    basis: str = "by kinds of text; no run has shown the real count yet"

    def error(self, requests: int) -> float:
        """How far the estimate of so many requests may be off, as a share of it (two deviations).

        Single texts differ from the average of their task; over many that averages out.
        """
        if not self.answers or not requests:
            return self.between
        texts = 2 * _TEXT_SPREAD * sqrt(1 / requests + 1 / self.answers)
        return max(_LEAST_ERROR, sqrt(texts**2 + self.between**2))


@dataclass(frozen=True, slots=True, kw_only=True)
class History:
    """What is known before a run of one task and model.

    Attributes:
        outputs: the answers of earlier runs of this task and model, newest first.
        job_seconds: of jobs of the model, whatever the task, newest first.
    """

    calibration: Calibration = field(default_factory=Calibration)
    outputs: tuple[OutputSums, ...] = ()
    job_seconds: tuple[float, ...] = ()


def learn(runs: Iterable[PastRun], *, task: str, model: str) -> History:
    """What ``runs``, newest first, teach about a run of ``task`` with ``model``."""
    same_model = [run for run in runs if run.model == model and run.ended]
    same_task = [run for run in same_model if run.task == task]
    outputs = (run.output for run in same_task if run.output and run.output.answers)
    seconds = (one for run in same_model for one in run.job_seconds)
    return History(
        calibration=_calibration(same_task, same_model, f"{task} with {model}", model),
        outputs=tuple(islice(outputs, _NEWEST_RUNS)),
        job_seconds=tuple(islice(seconds, _NEWEST_JOBS)),
    )


def _calibration(
    same_task: Sequence[PastRun], same_model: Sequence[PastRun], task: str, model: str
) -> Calibration:
    own = _known(same_task)
    if own:
        return _calibrated(own, least=_SAME_TASK_ERROR, what=task)
    others = _known(same_model)
    if others:
        return _calibrated(others, least=_OTHER_TASK_ERROR, what=f"other tasks with {model}")
    return Calibration()


_Known = tuple[float, int, int]
"""Estimated tokens, real tokens, answers: of one run."""


def _known(runs: Sequence[PastRun]) -> list[_Known]:
    pairs = ((run.prompt_tokens(), run.answers or 0) for run in runs)
    return list(islice(((*pair, answers) for pair, answers in pairs if pair), _NEWEST_RUNS))


def _calibrated(known: Sequence[_Known], *, least: float, what: str) -> Calibration:
    estimated = sum(one[0] for one in known)
    factor = sum(one[1] for one in known) / estimated
    variance = sum(one[0] * (one[1] / one[0] - factor) ** 2 for one in known) / estimated
    answers = sum(one[2] for one in known)
    plural = "" if len(known) == 1 else "s"
    return Calibration(
        factor=factor,
        answers=answers,
        between=max(least, 2 * sqrt(variance) / factor),
        basis=f"calibrated by {answers:,} answers of {len(known)} run{plural} of {what}",
    )
