"""The canary: a first small job whose answers decide whether the rest is sent."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from validation import Judgement

HELD_BACK = "HELD_BACK"
"""The state we give a job that was never sent because the canary did not do well."""
_TRUNCATED = "envelope.truncated"
_OTHER_MODEL = "envelope.other_model"


@dataclass(frozen=True, slots=True, kw_only=True)
class Thresholds:
    """What the canary must show; shares of its requests, 0 to 1. Any answer of another model fails it."""

    accepted_share: float = 0.8
    truncated_share: float = 0.1

    def verdict(self, judgements: Iterable[Judgement], requests: int) -> str | None:
        """None when the rest may be sent, else why not.

        Args:
            requests: how many were asked; those without an answer count as not accepted.
        """
        accepted = truncated = others = 0
        for judgement in judgements:
            rules = {finding.rule for finding in judgement.verdict.findings}
            accepted += judgement.verdict.accepted
            truncated += _TRUNCATED in rules
            others += _OTHER_MODEL in rules
        if others:
            return f"another model answered {others} of {requests} requests of the canary"
        if accepted < self.accepted_share * requests:
            return (
                f"{accepted} of {requests} answers of the canary were accepted, "
                f"{self.accepted_share:.0%} are asked for"
            )
        if truncated > self.truncated_share * requests:
            return (
                f"{truncated} of {requests} answers of the canary were truncated, "
                f"{self.truncated_share:.0%} are allowed"
            )
        return None
