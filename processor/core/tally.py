"""The tally: what a run's envelopes add up to, in memory that does not grow with them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any

from processor.core.advice import ROW_ERROR, is_passing
from processor.core.models import Price
from processor.core.outcome import GOOD, Outcome
from processor.core.spending import Spending
from processor.core.summary import Summary

MOST_ITEMS_LISTED = 1_000
# Of one item: an answer with a hundred thousand unknown fields has as many.
MOST_FINDINGS_LISTED = 50
_TOKEN_KINDS = ("prompt", "cached", "output", "thoughts")


class Tally:
    """Counts of outcomes, findings, variants, tokens and cost; feed it envelopes in input order.

    Args:
        group_by: fields whose values are counted over the items that have data.
    """

    def __init__(self, price: Price | None, group_by: Sequence[str] = ()) -> None:
        self._price = price
        self.outcomes: Counter[str] = Counter()
        self.findings: Counter[str] = Counter()
        self.row_errors: Counter[str] = Counter()  # passing, lasting: see ``advice.is_passing``
        self.strays: Counter[str] = Counter()
        self.repairs: Counter[str] = Counter()
        self.variants: dict[str, Counter[str]] = {}
        self.tokens: Counter[str] = Counter()
        self.actual_usd = 0.0
        self.interactive_usd = 0.0
        self.spending = Spending()
        self.summary = Summary(group_by)
        self.items: list[dict[str, Any]] = []
        self.items_left_out = 0

    @property
    def priced(self) -> bool:
        """Whether a price is known, so that the sums of money mean something."""
        return self._price is not None

    def add(self, envelope: Mapping[str, Any]) -> None:
        """Count one item."""
        outcome = Outcome(envelope["outcome"])
        self.outcomes[outcome.value] += 1
        for finding in envelope["findings"]:
            self.findings[finding["rule"]] += 1
            if finding["rule"] == ROW_ERROR:
                passing = is_passing(finding["message"])
                self.row_errors["passing" if passing else "lasting"] += 1
        for repair in envelope["repairs"]:
            self.repairs[repair] += 1
        for canonical, used in envelope["variants"].items():
            self.variants.setdefault(canonical, Counter())[used] += 1
        self.spending.add(envelope)
        if outcome is not Outcome.REUSED:
            self._add_usage(envelope)
        if outcome in GOOD:
            self.summary.add(envelope.get("data"))
        else:
            self._list(envelope)

    def note(self, rule: str, count: int = 1) -> None:
        """Count a finding that belongs to no item, such as a line with an unknown key."""
        self.findings[rule] += count
        self.strays[rule] += count

    def counts(self) -> dict[str, int]:
        """Every outcome with its number, none left out."""
        return {outcome.value: self.outcomes[outcome.value] for outcome in Outcome}

    def token_counts(self) -> dict[str, int]:
        """Every kind of token with its number."""
        return {kind: self.tokens[kind] for kind in _TOKEN_KINDS}

    def _add_usage(self, envelope: Mapping[str, Any]) -> None:
        usage = envelope["usage"]
        if usage is None:
            return
        self.tokens.update(usage)
        if self._price is None:
            return
        self.actual_usd += envelope["cost_usd"] or 0.0
        self.interactive_usd += self._price.interactive_usd(
            prompt=usage["prompt"],
            cached=usage["cached"],
            output=usage["output"] + usage["thoughts"],
        )

    def _list(self, envelope: Mapping[str, Any]) -> None:
        if len(self.items) >= MOST_ITEMS_LISTED:
            self.items_left_out += 1
            return
        listed = {name: envelope[name] for name in ("item_id", "outcome")}
        self.items.append({**listed, "findings": envelope["findings"][:MOST_FINDINGS_LISTED]})
