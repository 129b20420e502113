"""Spending: the sums over a run's answers that later plans and cost reports are made of."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from math import log2, sqrt
from typing import Any

from processor.core.outcome import Outcome

TRUNCATED = frozenset(
    {"envelope.truncated", "envelope.continuation", "envelope.thoughts_only", "decode.truncated"}
)
"""The rules that say that an answer was cut: its tokens were paid, and its text is of no use."""
KINDS = ("accepted", "rejected", "truncated", "failed")
"""What money is spent on; an answer that was cut is ``truncated``, whatever its outcome."""
_BUCKETS_PER_DOUBLING = 8  # quantiles are told within 5 %


@dataclass(frozen=True, slots=True, kw_only=True)
class OutputSums:
    """Output tokens (with thoughts) of many answers, in memory that does not grow with them.

    Attributes:
        squares: the sum of the squares of the tokens of each.
        buckets: answers by the logarithm of their tokens, see ``bucket``.
    """

    answers: int = 0
    tokens: int = 0
    squares: int = 0
    buckets: Mapping[int, int] = field(default_factory=dict)

    @property
    def mean(self) -> float:
        """Tokens of an answer; 0 without answers."""
        return self.tokens / self.answers if self.answers else 0.0

    @property
    def spread(self) -> float:
        """The standard deviation over the answers."""
        if not self.answers:
            return 0.0
        return sqrt(max(self.squares / self.answers - self.mean**2, 0.0))

    def quantile(self, share: float) -> int:
        """The tokens that ``share`` of the answers do not exceed, within 5 %; 0 without answers."""
        wanted, seen, last = share * self.answers, 0, 0
        for number, count in sorted(self.buckets.items()):
            seen, last = seen + count, number
            if seen >= wanted:
                break
        return round(2 ** ((last + 0.5) / _BUCKETS_PER_DOUBLING)) - 1 if seen else 0

    def __add__(self, other: OutputSums) -> OutputSums:
        return OutputSums(
            answers=self.answers + other.answers,
            tokens=self.tokens + other.tokens,
            squares=self.squares + other.squares,
            buckets=Counter(self.buckets) + Counter(other.buckets),
        )


def bucket(tokens: int) -> int:
    """The bucket of an answer with so many tokens: 8 for each doubling."""
    return int(log2(tokens + 1) * _BUCKETS_PER_DOUBLING)


class Spending:
    """Sums over envelopes, fed one by one: every answer that told its usage counts once.

    Attributes:
        answers, tokens, usd: by kind, see ``KINDS``; tokens are all of them, in and out.
    """

    def __init__(self) -> None:
        self.answers: Counter[str] = Counter()
        self.tokens: Counter[str] = Counter()
        self.usd: dict[str, float] = dict.fromkeys(KINDS, 0.0)
        self._output_tokens = 0
        self._squares = 0
        self._buckets: Counter[int] = Counter()

    def add(self, envelope: Mapping[str, Any]) -> None:
        """Count one item; one that was reused, or told no usage, cost nothing now."""
        usage = envelope["usage"]
        if usage is None or envelope["outcome"] == Outcome.REUSED:
            return
        kind = _kind(envelope)
        output = usage["output"] + usage["thoughts"]
        self.answers[kind] += 1
        self.tokens[kind] += usage["prompt"] + output
        self.usd[kind] += envelope["cost_usd"] or 0.0
        self._output_tokens += output
        self._squares += output * output
        self._buckets[bucket(output)] += 1

    def output(self) -> OutputSums:
        """The output tokens of all answers."""
        return OutputSums(
            answers=self.answers.total(),
            tokens=self._output_tokens,
            squares=self._squares,
            buckets=dict(self._buckets),
        )

    def as_json(self) -> dict[str, Any]:
        """The sums as the journal keeps them; ``read_output`` reads the last of them."""
        output = self.output()
        return {
            "answers": {kind: self.answers[kind] for kind in KINDS},
            "tokens": {kind: self.tokens[kind] for kind in KINDS},
            "usd": {kind: round(self.usd[kind], 10) for kind in KINDS},
            "output": {
                "tokens": output.tokens,
                "squares": output.squares,
                "buckets": {str(number): count for number, count in output.buckets.items()},
            },
        }


def read_output(spending: Mapping[str, Any]) -> OutputSums:
    """The output tokens of what ``Spending.as_json`` made."""
    output = spending["output"]
    return OutputSums(
        answers=sum(spending["answers"].values()),
        tokens=output["tokens"],
        squares=output["squares"],
        buckets={int(number): count for number, count in output["buckets"].items()},
    )


def _kind(envelope: Mapping[str, Any]) -> str:
    outcome: str = envelope["outcome"]
    if outcome == Outcome.ACCEPTED:
        return "accepted"
    if any(finding["rule"] in TRUNCATED for finding in envelope["findings"]):
        return "truncated"
    return "rejected" if outcome == Outcome.REJECTED else "failed"
