"""A first look: what the answers of one job of several come to, before those of all are there."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from typing import NamedTuple

from processor.ports import JobRow
from processor.steps.validate import Answered, Stray
from validation import Outcome

_MOST_RULES = 3


class FirstLook(NamedTuple):
    """What is said of a job at first look.

    Attributes:
        alarming: fewer than half of what was asked would be accepted.
    """

    text: str
    alarming: bool


def first_look(job: JobRow, answers: Iterable[Answered | Stray]) -> FirstLook:
    """Count the verdicts of a job's answers; what the run makes of them is decided at its end.

    An item that was answered twice counts twice here, and one line that belongs to no item not at all.
    """
    outcomes: Counter[Outcome] = Counter()
    rules: Counter[str] = Counter()
    for answer in answers:
        if isinstance(answer, Answered):
            verdict = answer.judgement.verdict
            outcomes[verdict.outcome] += 1
            if not verdict.accepted:
                # The first finding is what a person is shown as the reason.
                rules.update(finding.rule for finding in verdict.findings[:1])
    bad = [f"{outcomes[outcome]:,} {outcome}" for outcome in Outcome if outcomes[outcome]]
    missing = job.request_count - outcomes.total()
    said = ", ".join([*bad, *([f"{missing:,} without an answer"] if missing > 0 else [])])
    why = ", ".join(f"{rule} {count:,}×" for rule, count in rules.most_common(_MOST_RULES))
    return FirstLook(
        text=f"job {job.number}, {job.request_count:,} items: {said}{f' ({why})' if why else ''}",
        alarming=2 * outcomes[Outcome.ACCEPTED] < job.request_count,
    )
