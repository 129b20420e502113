"""The comparison of what was estimated with what came, when a run has ended."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any


@dataclass(frozen=True, slots=True, kw_only=True)
class Comparison:
    """Estimated against actual; the estimate counts for the share of the requests that was answered.

    Attributes:
        input_off: the actual input tokens above (+) or below (-) the estimate, as a share of it.
        output_low, output_high: between which the output tokens, with thoughts, were expected.
        output_within: whether they were.
        estimated_usd, actual_usd: as a batch; None without a price.
    """

    requests: int
    answers: int
    input_estimated: int
    input_actual: int
    input_off: float
    input_error: float
    output_low: int
    output_high: int
    output_actual: int
    output_within: bool
    estimated_usd: float | None
    actual_usd: float | None

    def as_json(self) -> dict[str, Any]:
        """The comparison as JSON shows it."""
        return asdict(self)

    def line(self) -> str:
        """The comparison as one line for people."""
        verdict = "as expected" if self.output_within else "not as expected"
        money = ""
        if self.estimated_usd is not None and self.actual_usd is not None:
            money = f"; {self.actual_usd:.4f} USD, estimated {self.estimated_usd:.4f}"
        left_out = self.requests - self.answers
        part = f" ({left_out:,} of {self.requests:,} requests told no usage)" if left_out else ""
        return (
            f"Estimated against actual: {self.input_estimated:,} tokens in were estimated "
            f"(± {self.input_error:.0%}), {self.input_actual:,} came ({self.input_off:+.1%}); "
            f"{self.output_actual:,} out, {verdict} "
            f"({self.output_low:,} to {self.output_high:,}){money}{part}."
        )


def compare(
    estimate: Mapping[str, Any],
    *,
    answers: int,
    tokens: Mapping[str, int],
    actual_usd: float | None,
) -> Comparison | None:
    """Hold a run's estimate, as JSON, against its usage; None when nothing was asked or answered.

    Args:
        answers: how many told their usage.
        tokens: ``prompt``, ``output`` and ``thoughts`` over those.
    """
    requests = estimate["requests"]
    if not requests or not answers or not estimate["input_tokens"]:
        return None
    share = answers / requests
    estimated = estimate["input_tokens"] * share
    output = tokens["output"] + tokens["thoughts"]
    low, high = (round(estimate["output_tokens"][end] * share) for end in ("low", "high"))
    usd = estimate["batch_usd"]
    return Comparison(
        requests=requests,
        answers=answers,
        input_estimated=round(estimated),
        input_actual=tokens["prompt"],
        input_off=round(tokens["prompt"] / estimated - 1, 4),
        input_error=estimate["input_error"],
        output_low=low,
        output_high=high,
        output_actual=output,
        output_within=low <= output <= high,
        estimated_usd=None if usd is None else round(usd["expected"] * share, 6),
        actual_usd=actual_usd,
    )
