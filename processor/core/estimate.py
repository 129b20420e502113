"""The estimate: how many tokens, how much money, how many jobs and how long, before anything is sent."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from math import sqrt
from typing import Any

from processor.core.context import ContextPlan, Mode
from processor.core.history import History
from processor.core.price import Price
from processor.core.spending import OutputSums

# Without a run to learn from: our own judgement, meant to be too wide rather than too narrow.
_SHORTEST_ANSWER = 50
_USUAL_SHARE = 0.25  # of max_output_tokens
_DRIFT = 0.1  # how far the mean answer of the next run may be off when only one run is known
_MILLION = 1_000_000  # prices are in USD for a million tokens
_CENTS = 6  # a millionth of a dollar


@dataclass(frozen=True, slots=True, kw_only=True)
class Interval:
    """Between ``low`` and ``high``, most likely near ``expected``."""

    low: float
    expected: float
    high: float

    def rounded(self, digits: int | None = None) -> dict[str, float]:
        """The three numbers as JSON shows them."""
        return {name: round(value, digits) for name, value in asdict(self).items()}


@dataclass(frozen=True, slots=True, kw_only=True)
class TierLimit:
    """How full a tier's limit of enqueued input tokens would be, were all sent at once.

    Attributes:
        share: 1.0 is full; above, several jobs have to wait for each other.
    """

    tier: int
    enqueued_tokens: int
    share: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Estimate:
    """What a run would send, take and cost; None is: not known.

    Attributes:
        requests: items that are asked; the others of ``items`` are ``reused``.
        size_bytes: to be uploaded.
        input_error: how far ``input_tokens`` may be off, as a share of it.
        calibration_factor: with which ``input_tokens`` was made of what the texts alone say.
        prefix_tokens: with how many of them every request begins alike.
        output_tokens: with thoughts.
        batch_usd, interactive_usd: at the day's prices, without any cached tokens.
        tiers: every tier whose limit is known.
        context: how the task's context is sent; its cost is in ``batch_usd``.
        job_seconds: how long one job took: a tenth took less than ``low``, a tenth more than ``high``.
    """

    items: int
    requests: int
    size_bytes: int
    jobs: int
    input_tokens: int
    input_error: float
    input_basis: str
    calibration_factor: float
    prefix_tokens: int
    output_tokens: Interval
    output_basis: str
    batch_usd: Interval | None
    interactive_usd: Interval | None
    tiers: tuple[TierLimit, ...]
    job_seconds: Interval | None
    jobs_known: int
    context: ContextPlan | None = None

    @property
    def reused(self) -> int:
        """Items whose answer is known."""
        return self.items - self.requests

    @property
    def saved_usd(self) -> float | None:
        """What batch saves against asking one by one, as expected."""
        if self.batch_usd is None or self.interactive_usd is None:
            return None
        return self.interactive_usd.expected - self.batch_usd.expected

    def as_json(self) -> dict[str, Any]:
        """The estimate as JSON shows it, and as the journal keeps it."""
        saved = self.saved_usd
        return {
            **{name: getattr(self, name) for name in _PLAIN},
            "reused": self.reused,
            "input_error": round(self.input_error, 4),
            "output_tokens": self.output_tokens.rounded(),
            "batch_usd": self.batch_usd.rounded(_CENTS) if self.batch_usd else None,
            "interactive_usd": self.interactive_usd.rounded(_CENTS)
            if self.interactive_usd
            else None,
            "saved_usd": None if saved is None else round(saved, _CENTS),
            "tiers": [{**asdict(tier), "share": round(tier.share, 4)} for tier in self.tiers],
            "job_seconds": self.job_seconds.rounded(1) if self.job_seconds else None,
            "context": self.context.as_json() if self.context else None,
        }


def with_context_plan(expected: Estimate, plan: ContextPlan) -> Estimate:
    """The estimate with what sending the context costs, which was counted as part of every prompt.

    In a cache it costs what the cache costs; in front of every prompt it may cost less, when the service
    caches it by itself.
    """
    usd, every = expected.batch_usd, plan.implicit_usd
    if usd is None or every is None:
        return replace(expected, context=plan)
    if plan.mode is Mode.EXPLICIT:
        if plan.explicit_usd is None:  # asked for, and nobody knows what storing it costs
            return replace(expected, context=plan, batch_usd=None)
        low = expected_change = plan.explicit_usd - every
    else:
        low = (plan.implicit_cached_usd or every) - every
        expected_change = 0.0
    usd = Interval(
        low=max(0.0, usd.low + low),
        expected=usd.expected + expected_change,
        high=usd.high + expected_change,
    )
    return replace(expected, context=plan, batch_usd=usd)


_PLAIN = (
    "items", "requests", "size_bytes", "jobs", "input_tokens", "input_basis", "calibration_factor",
    "prefix_tokens", "output_basis", "jobs_known",
)  # fmt: skip


def make_estimate(
    *,
    items: int,
    requests: int,
    size_bytes: int,
    jobs: int,
    input_tokens: int,
    history: History,
    max_output_tokens: int,
    price: Price | None,
    enqueued_tokens: Mapping[int, int] | None = None,
    prefix_tokens: int = 0,
) -> Estimate:
    """Put an estimate together.

    Laws: it is zero where nothing is asked; no interval's ends cross; output is never above
    ``max_output_tokens`` for each request.

    Args:
        input_tokens: the sum over the requests, calibrated with ``history.calibration.factor``.
        max_output_tokens: the task's, else the model's limit.
        price: of the day; above-200k prices are taken by the mean request.
        enqueued_tokens: the limit of each tier.
        prefix_tokens: with how many tokens every request begins alike.
    """
    error = history.calibration.error(requests)
    tokens_in = Interval(
        low=input_tokens * (1 - error),
        expected=input_tokens,
        high=input_tokens * (1 + error),
    )
    output, output_basis = expected_output(history.outputs, requests, max_output_tokens)
    return Estimate(
        items=items,
        requests=requests,
        size_bytes=size_bytes,
        jobs=jobs,
        input_tokens=input_tokens,
        input_error=error,
        input_basis=history.calibration.basis,
        calibration_factor=history.calibration.factor,
        prefix_tokens=prefix_tokens,
        output_tokens=output,
        output_basis=output_basis,
        batch_usd=cost_of(price, tokens_in, output, requests, batch=True),
        interactive_usd=cost_of(price, tokens_in, output, requests, batch=False),
        tiers=tuple(
            TierLimit(tier=tier, enqueued_tokens=limit, share=input_tokens / limit)
            for tier, limit in (enqueued_tokens or {}).items()
        ),
        job_seconds=expected_seconds(history.job_seconds),
        jobs_known=len(history.job_seconds),
    )


def expected_output(
    outputs: Sequence[OutputSums], requests: int, max_output_tokens: int
) -> tuple[Interval, str]:
    """Output tokens of so many requests, with thoughts, and where the figures come from.

    The interval is two deviations wide to either side: of the answers around their mean, which
    averages out over many, and of the means of whole runs, which does not.

    Args:
        outputs: the answers of each earlier run, newest first.
    """
    most = requests * max_output_tokens
    known = sum(outputs, OutputSums())
    if not known.answers:
        return Interval(
            low=min(most, requests * _SHORTEST_ANSWER),
            expected=max(min(most, requests * _SHORTEST_ANSWER), most * _USUAL_SHARE),
            high=most,
        ), f"no run to learn from: at most {max_output_tokens:,} for each, a quarter is assumed"
    drift = _drift(outputs, known)
    variance = requests * known.spread**2 + requests**2 * (
        known.spread**2 / known.answers + drift**2
    )
    expected = min(most, requests * known.mean)
    width = 2 * sqrt(variance)
    interval = Interval(
        low=max(0.0, expected - width), expected=expected, high=min(most, expected + width)
    )
    usual, many = known.quantile(0.5), known.quantile(0.95)
    basis = f"from {known.answers:,} answers: half have at most {usual:,}, 95 % at most {many:,}"
    return interval, basis


def _drift(outputs: Sequence[OutputSums], known: OutputSums) -> float:
    """The standard deviation of the means of runs."""
    if len(outputs) == 1:
        return _DRIFT * known.mean
    squares = sum(one.answers * (one.mean - known.mean) ** 2 for one in outputs)
    return sqrt(squares / known.answers)


def expected_seconds(seconds: Sequence[float]) -> Interval | None:
    """How long one job takes, from how long others took; None when none is known."""
    if not seconds:
        return None
    ordered = sorted(seconds)
    low, expected, high = (
        ordered[min(len(ordered) - 1, int(share * len(ordered)))] for share in (0.1, 0.5, 0.9)
    )
    return Interval(low=low, expected=expected, high=high)


def cost_of(
    price: Price | None, tokens_in: Interval, output: Interval, requests: int, *, batch: bool
) -> Interval | None:
    """USD of so many requests; None when no price is known."""
    if price is None:
        return None
    if not requests:
        return Interval(low=0.0, expected=0.0, high=0.0)
    low, expected, high = (
        price_of(price, prompt=prompt, output=out, requests=requests, batch=batch)
        for prompt, out in (
            (tokens_in.low, output.low),
            (tokens_in.expected, output.expected),
            (tokens_in.high, output.high),
        )
    )
    return Interval(low=low, expected=expected, high=high)


def price_of(price: Price, *, prompt: float, output: float, requests: int, batch: bool) -> float:
    """USD for the sums over so many requests, none of it cached.

    The price above 200k tokens is one request's matter: the mean request says which price holds.
    """
    rates = price.rates(round(prompt / requests))
    per_input = rates.batch_input if batch else rates.interactive_input
    per_output = rates.batch_output if batch else rates.interactive_output
    return (prompt * per_input + output * per_output) / _MILLION
