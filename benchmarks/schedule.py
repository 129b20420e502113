"""How jobs are admitted, simulated: rolling as in production, wave by wave, and the lower bound.

    python benchmarks/schedule.py

Prints one table; writes benchmarks/results/schedule.json and docs/schedule.svg. The rule that admits
is production's own (processor/core/admission.py), so is the one that cuts the items into jobs; the
clock and the service are simulated, and how long jobs take there is assumed
(benchmarks/schedule_service.py).
"""

from __future__ import annotations

import gc
import json
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

from benchmarks import schedule_cases, schedule_service
from benchmarks.schedule_cases import Case, Figures, measure
from benchmarks.schedule_plot import plot
from processor.core.admission import JOB_SHARE, MOST_ACTIVE_JOBS, SAFE_SHARE

ROOT = Path(__file__).resolve().parent.parent
RESULTS = ROOT / "benchmarks" / "results" / "schedule.json"
PLOT = ROOT / "docs" / "schedule.svg"

ARTICLES = 12_000
ARTICLES_LIMIT = 10_000_000
TIERS = {"tier 1": 3_000_000, "tier 2": 400_000_000, "tier 3": 1_000_000_000}
"""Enqueued tokens of 3.6 Flash. Source: the rate-limits page of 2026-08-18, read 2026-11-21."""
SHARES = tuple(sorted({JOB_SHARE, *(1 / jobs for jobs in (100, 50, 20, 15, 10, 5, 3, 2, 1))}))
RANDOM_LAWS = ("queue", "work", "day")

_DRAWS = 700
_SWEEP_DRAWS = 200
"""As many for every size, so that under `day` all sizes see the same days."""
_LARGE_JOBS = 8_000
_HUGE_JOBS = 100_000


def articles(law: str, *, name: str = "12,000 articles", **size: Any) -> Case:
    """The 12,000 articles of the seed project."""
    return Case(name=name, items=ARTICLES, enqueued_tokens=ARTICLES_LIMIT, law=law, **size)


def main() -> None:
    """Measure, print, write."""
    # Millions of tuples and not one cycle: looking for cycles would take a third of the time.
    gc.disable()
    given = [measure(case, draws=_draws(case)) for case in _given()]
    sweep = [measure(case, draws=_SWEEP_DRAWS) for case in _sweep()]
    large = [measure(case, draws=max(1, _LARGE_JOBS // len(case.sizes()))) for case in _large()]
    regrets = worst_regrets(sweep)
    _show((*given, *sweep, *large))
    print()
    for share, regret in regrets.items():
        print(f"job share {_share(share):>6}: at worst {regret:.2f} x the best share's time")
    _write(given + sweep + large, regrets)
    PLOT.parent.mkdir(exist_ok=True)
    thousand_at_random = articles("queue", job_requests=1_000)
    PLOT.write_text(plot(thousand_at_random, sweep, JOB_SHARE), encoding="utf-8", newline="\n")


def worst_regrets(sweep: Iterable[Figures]) -> dict[float, float]:
    """For each job share, its mean time over the best share's, under the law it suits least."""
    times: dict[str, dict[float, float]] = {}
    for one in sweep:
        assert one.case.job_share is not None
        times.setdefault(one.case.law, {})[one.case.job_share] = one.rolling_hours
    return {
        share: max(by_share[share] / min(by_share.values()) for by_share in times.values())
        for share in next(iter(times.values()))
    }


def _given() -> list[Case]:
    sizes: tuple[dict[str, Any], ...] = ({"job_requests": 1_000}, {"job_share": JOB_SHARE})
    return [articles(law, **size) for size in sizes for law in schedule_service.LAWS]


def _draws(case: Case) -> int:
    return 1 if case.law == "fixed" else _DRAWS


def _sweep() -> list[Case]:
    return [
        articles(law, name="12,000, job sizes", job_share=share)
        for share in SHARES
        for law in RANDOM_LAWS
    ]


def _large() -> list[Case]:
    cases = [
        Case(
            name=f"{items // 1_000_000} M items, {tier}",
            items=items,
            enqueued_tokens=limit,
            law=law,
            job_share=JOB_SHARE,
        )
        for items in (1_000_000, 100_000_000)
        for tier, limit in TIERS.items()
        for law in ("queue", "work")
    ]
    # Once is enough where there are more than a million jobs: it takes most of the time already.
    return [case for case in cases if case.law == "queue" or len(case.sizes()) < _HUGE_JOBS]


_COLUMNS = (
    f"{'case':<20} {'law':<6} {'job':>6} {'requests':>8} {'jobs':>9} {'active':>6} {'draws':>5}"
    f" {'waves':>9} {'rolling':>9} {'p95':>9} {'known':>9} {'bound':>9} {'/waves':>6} {'/bound':>6}"
    f" {'(p95)':>6} {'later':>5}"
)


def _show(rows: Iterable[Figures]) -> None:
    print(_COLUMNS)
    for one in rows:
        hours = (
            one.waves_hours,
            one.rolling_hours,
            one.rolling_p95_hours,
            one.known_hours,
            one.bound_hours,
        )
        print(
            f"{one.case.name:<20} {one.case.law:<6} {_share(one.case.job_share):>6}"
            f" {one.job_requests:>8,} {one.jobs:>9,} {one.active:>6} {one.draws:>5}"
            + "".join(f" {_time(value):>9}" for value in hours)
            + f" {one.rolling_hours / one.waves_hours:>6.3f} {one.over_bound:>6.3f}"
            f" {one.over_bound_p95:>6.3f} {one.later_draws:>5}"
        )


def _share(share: float | None) -> str:
    return "" if share is None else f"1/{1 / share:.3g}"


def _time(hours: float | None) -> str:
    if hours is None:
        return "-"
    if hours < 100:
        return f"{hours:.2f} h"
    days = hours / 24
    return f"{days:.1f} d" if days < 1_000 else f"{days / 365.25:.1f} years"


def _write(rows: Sequence[Figures], regrets: dict[float, float]) -> None:
    said = {
        "job_share": JOB_SHARE,
        "safe_share": SAFE_SHARE,
        "most_active_jobs": MOST_ACTIVE_JOBS,
        "assumed": {
            "item_tokens": schedule_cases.ITEM_TOKENS,
            "item_bytes": schedule_cases.ITEM_BYTES,
            "upload_seconds": schedule_cases.UPLOAD_SECONDS,
            "upload_bytes_per_second": schedule_cases.UPLOAD_BYTES_PER_SECOND,
            "poll_seconds": schedule_cases.POLL_SECONDS,
            "median_seconds": schedule_service.MEDIAN_SECONDS,
            "p95_seconds": schedule_service.P95_SECONDS,
            "longest_seconds": schedule_service.LONGEST_SECONDS,
            "shared_variance": schedule_service.SHARED,
            "laws": {name: law.__doc__ for name, law in schedule_service.LAWS.items()},
        },
        "worst_regret": {_share(share): round(value, 3) for share, value in regrets.items()},
        "figures": [_row(one) for one in rows],
    }
    RESULTS.parent.mkdir(exist_ok=True)
    text = json.dumps(said, indent=1, ensure_ascii=False)
    RESULTS.write_text(text + "\n", encoding="utf-8", newline="\n")


def _row(one: Figures) -> dict[str, Any]:
    return {
        "case": one.case.name,
        "law": one.case.law,
        "job_share": _share(one.case.job_share) or None,
        "job_requests": one.job_requests,
        "jobs": one.jobs,
        "active": one.active,
        "draws": one.draws,
        "waves_hours": round(one.waves_hours, 3),
        "rolling_hours": round(one.rolling_hours, 3),
        "rolling_p95_hours": round(one.rolling_p95_hours, 3),
        "known_hours": None if one.known_hours is None else round(one.known_hours, 3),
        "bound_hours": round(one.bound_hours, 3),
        "over_bound": round(one.over_bound, 4),
        "over_bound_p95": round(one.over_bound_p95, 4),
        "later_draws": one.later_draws,
    }


if __name__ == "__main__":
    main()
