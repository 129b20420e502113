"""The report of a run: what came of it, as one value (DESIGN §4, report.json)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from processor.core.canary import HELD_BACK
from processor.core.comparison import compare
from processor.core.outcome import Outcome
from processor.core.state import State, is_lost
from processor.core.tally import Tally
from processor.errors import ExitCode

LEARNT = ("coverage", "suggestions", "rules", "rejudged", "refused")
"""The parts of a report that are learnt while judging; the journal keeps them with the run."""
SHORT = ("counts", "cost", "tokens", "findings")
"""The parts of a report that the journal keeps, so that all runs can be looked at together."""
_CENTS = 6  # a millionth of a dollar


def make_report(
    *,
    run: Mapping[str, Any],
    jobs: Sequence[Mapping[str, Any]],
    tally: Tally,
    base_url: str,
    version: str,
    state: State,
    reason: str | None,
    ended_at: str,
    learnt: Mapping[str, Any] | None = None,
) -> dict[str, Any]:
    """Put the report together; what is not computed yet is null.

    Args:
        run: ``id``, ``task``, ``model``, ``excluded``, ``created_at`` and ``estimate`` of the run; the
            run it retries and those that retry it, ``retry_of`` and ``retries``.
        jobs: one mapping for each job, as it is shown.
        learnt: what only judging can tell, and envelopes do not hold: see ``LEARNT``.
    """
    known = learnt or {}
    return {
        "run": run["id"],
        "task": run["task"],
        "model": run["model"],
        "retry_of": run["retry_of"],
        "retries": run["retries"],
        "state": state.value,
        "reason": reason,
        "counts": tally.counts(),
        "jobs": list(jobs),
        "tokens": tally.token_counts(),
        "cost": _cost(tally, run["estimate"]),
        "estimate": _compared(tally, run["estimate"]),
        "findings": dict(tally.findings.most_common()),
        "row_errors": dict(tally.row_errors),
        "repairs": dict(tally.repairs.most_common()),
        "variants": {name: dict(used.most_common()) for name, used in tally.variants.items()},
        "summary": tally.summary.as_json(),
        "coverage": known.get("coverage"),
        "suggestions": known.get("suggestions"),
        "rules": known.get("rules"),
        "rejudged": known.get("rejudged"),
        "refused": known.get("refused"),
        "items": tally.items,
        "items_left_out": tally.items_left_out,
        "excluded": list(run["excluded"]),
        "started_at": run["created_at"],
        "ended_at": ended_at,
        "base_url": base_url,
        "version": version,
    }


def exit_code(report: Mapping[str, Any]) -> ExitCode:
    """What the program says at the end of a run with this report."""
    if refused := report.get("refused"):  # the service took it over, and nothing could be sent
        return ExitCode(refused["exit_code"])
    if any(job["service_state"] == HELD_BACK for job in report["jobs"]):
        return ExitCode.HELD_BACK
    if any(is_lost(job["state"], job["service_state"]) for job in report["jobs"]):
        return ExitCode.JOB_FAILED
    counts = report["counts"]
    if counts[Outcome.REJECTED] or counts[Outcome.FAILED] or counts[Outcome.PENDING]:
        return ExitCode.NOT_ALL_ACCEPTED
    return ExitCode.DONE


def _cost(tally: Tally, estimate: Mapping[str, Any] | None) -> dict[str, float | None]:
    if not tally.priced:
        return dict.fromkeys(("estimated_usd", "actual_usd", "interactive_usd", "saved_usd"))
    expected = estimate["batch_usd"] if estimate else None
    return {
        "estimated_usd": expected["expected"] if expected else None,
        "actual_usd": round(tally.actual_usd, _CENTS),
        "interactive_usd": round(tally.interactive_usd, _CENTS),
        "saved_usd": round(tally.interactive_usd - tally.actual_usd, _CENTS),
    }


def _compared(tally: Tally, estimate: Mapping[str, Any] | None) -> dict[str, Any] | None:
    """Estimated against actual, with the sentence that says so; null when nothing can be held up."""
    compared = estimate and compare(
        estimate,
        answers=tally.spending.output().answers,
        tokens=tally.tokens,
        actual_usd=round(tally.actual_usd, _CENTS) if tally.priced else None,
    )
    return {**compared.as_json(), "line": compared.line()} if compared else None
