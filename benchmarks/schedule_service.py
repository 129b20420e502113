"""How long jobs take on the simulated service: assumptions, each named and stated.

Google promises nothing but a target of 24 hours and an end after 48 (batch guide, read 2026-11-22).
Public reports range from minutes to most of a day: about 10 minutes for small jobs while another
model's hung for hours (googleapis/python-genai issue 1482), usually a few hours
(googleapis/js-genai issue 1453), 8 to 9 hours as a rule on a busy model
(Embassy-of-the-Free-Mind/sourcelibrary-v2 pull request 536; all read 2026-11-22). A log-normal
distribution with a median of 40 minutes and a 95th percentile of 6 hours covers them; nobody has
measured it, nor whether the time grows with the job. So there are four laws, and a choice must stand
under the two that disagree most: `queue` and `work`.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from math import exp, log, sqrt
from random import Random
from typing import TypeAlias

Law: TypeAlias = Callable[[Random, Sequence[int]], list[float]]
"""Seconds from create to the end, for jobs of so many tokens each."""

MEDIAN_SECONDS = 40 * 60
P95_SECONDS = 6 * 3600
SPREAD = log(P95_SECONDS / MEDIAN_SECONDS) / 1.6448536269514722
"""Standard deviation of the logarithm; the divisor is the normal distribution's 95th percentile."""
REFERENCE_TOKENS = 1_000 * 2_800
"""The size of job that takes the median under `work`."""
SHARED = 0.75
"""How much of the logarithm's variance all jobs of one run have in common under `day`."""
LONGEST_SECONDS = 48 * 3600
"""A job that is not done by then has expired, and holds no tokens any more."""


def fixed(_random: Random, tokens: Sequence[int]) -> list[float]:
    """Every job takes the median, whatever its size."""
    return [MEDIAN_SECONDS for _ in tokens]


def queue(random: Random, tokens: Sequence[int]) -> list[float]:
    """Each job has a time of its own, whatever its size: waiting is all that counts."""
    return [random.lognormvariate(log(MEDIAN_SECONDS), SPREAD) for _ in tokens]


def work(random: Random, tokens: Sequence[int]) -> list[float]:
    """Each job has a time of its own, in proportion to its tokens: computing is all that counts."""
    times = queue(random, tokens)
    return [time * one / REFERENCE_TOKENS for time, one in zip(times, tokens, strict=True)]


def day(random: Random, tokens: Sequence[int]) -> list[float]:
    """As `queue`, but good and bad days do most of it: the jobs of a run are slow together."""
    shared = exp(SPREAD * sqrt(SHARED) * random.gauss(0, 1))
    own = SPREAD * sqrt(1 - SHARED)
    return [shared * random.lognormvariate(log(MEDIAN_SECONDS), own) for _ in tokens]


LAWS: dict[str, Law] = {"fixed": fixed, "queue": queue, "work": work, "day": day}


def draw(law: str, seed: int, tokens: Sequence[int]) -> list[int]:
    """Whole seconds, 1 to 48 hours, for one run; the same for the same arguments."""
    times = LAWS[law](Random(f"{law} {seed}"), tokens)
    return [max(1, min(LONGEST_SECONDS, round(time))) for time in times]
