"""What people see on stdout: plans, states, lists and tasks."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from rich.console import Console
from rich.table import Table
from rich.text import Text

from processor.api.looking import RemoteJob
from processor.cli.counted import outcomes_line
from processor.cli.screen import duration
from processor.core.context import ContextPlan
from processor.core.estimate import Interval
from processor.core.plan import Plan
from processor.core.status import Status

# Concurrent batch jobs of a project. Source: the rate-limits page of 2026-08-18, read 2026-11-21.
MOST_ACTIVE_JOBS = 100


def show_plan(console: Console, plan: Plan) -> None:
    """What would be sent, what it would cost, and how long it would take."""
    expected = plan.estimate
    out, seconds = expected.output_tokens, expected.job_seconds
    rows = {
        "task": plan.task,
        "model": plan.model,
        "service": plan.service,
        "items": f"{expected.items:,}, {expected.reused:,} of them reused",
        "excluded": ", ".join(plan.excluded) or "none",
        "to upload": f"{expected.size_bytes:,} bytes",
        "tokens in": f"about {expected.input_tokens:,} (± {expected.input_error:.0%}; "
        f"{expected.input_basis})",
        "tokens out": f"{out.low:,.0f} to {out.high:,.0f} ({expected.output_basis})",
        **_context(expected.context),
        "cost as a batch": _money(expected.batch_usd),
        "one by one": _money(expected.interactive_usd),
        "saved": "unknown" if expected.saved_usd is None else f"{expected.saved_usd:.4f} USD",
        "jobs": str(expected.jobs),
        "limits": _limits(plan),
        "time": "unknown yet"
        if seconds is None
        else f"{duration(seconds.low)} to {duration(seconds.high)} a job "
        f"(of {expected.jobs_known} jobs before)",
    }
    console.print(_pairs(rows))
    for remark in plan.remarks:
        console.print(Text.assemble(("warning ", "yellow"), remark))
    console.print("Nothing was sent.")


def _context(plan: ContextPlan | None) -> dict[str, str]:
    if plan is None:
        return {}
    storage = "" if plan.storage_usd is None else f", {plan.storage_usd:.4f} of it for storage"
    explicit = (
        "unknown, or not possible"
        if plan.explicit_usd is None
        else f"{plan.explicit_usd:.4f} USD for {plan.ttl_hours:g} h{storage}"
    )
    implicit = (
        "unknown"
        if plan.implicit_usd is None
        else f"{plan.implicit_usd:.4f} USD, {plan.implicit_cached_usd or 0:.4f} if the service caches it"
    )
    return {
        "context": f"{plan.name}, about {plan.tokens:,} tokens: {plan.why}",
        "  in a cache": explicit,
        "  in each prompt": implicit,
    }


def _money(usd: Interval | None) -> str:
    if usd is None:
        return "unknown: no price of this model is known"
    return f"about {usd.expected:.4f} USD ({usd.low:.4f} to {usd.high:.4f})"


def _limits(plan: Plan) -> str:
    if plan.enqueued_tokens is not None:
        share = plan.estimate.input_tokens / plan.enqueued_tokens
        return f"{plan.enqueued_tokens:,} tokens enqueued at once; all of this fills {share:.0%}"
    tiers = plan.estimate.tiers
    if not tiers:
        return "no enqueued-token limit is known for this model"
    shares = ", ".join(f"tier {t.tier} {t.share:.0%}" for t in tiers)
    return f"tier not given; of the enqueued-token limit this fills: {shares}"


def show_status(console: Console, status: Status) -> None:
    """Where a run stands, and what to do next."""
    rows = {
        "run": status.run,
        "task": f"{status.task}, {status.model}",
        "state": status.state.value + (f": {status.reason}" if status.reason else ""),
        "items": f"{status.items:,}",
    }
    for job in status.jobs:
        answered = f", {job.answered:,} of {job.items:,} requests" if job.answered else ""
        age = f", age {duration(job.age_seconds)}" if job.age_seconds is not None else ""
        name = f"job {job.number}" if len(status.jobs) > 1 else "job"
        rows[name] = f"{job.name or 'none yet'} {job.service_state or job.state}{answered}{age}"
        if job.error:
            rows[f"{name} says"] = job.error
    if status.cost_usd is not None:
        rows["cost"] = f"{status.cost_usd:.4f} USD"
    console.print(_pairs(rows))
    if status.counts:
        console.print(outcomes_line(status.counts))
    elif status.collectable:
        console.print(f"The results can be collected: truebatch resume {status.run}")
    else:
        console.print(f"To wait and collect: truebatch resume {status.run}")


def show_runs(console: Console, runs: Sequence[Status]) -> None:
    """All runs, a line each."""
    if not runs:
        console.print("No runs yet. `truebatch run` makes one.")
        return
    table = Table(box=None, pad_edge=False)
    for column in ("run", "task", "state", "items", "accepted", "cost USD", "created"):
        table.add_column(column, justify="right" if column in ("items", "accepted") else "left")
    for run in runs:
        good = sum(run.counts[name] for name in ("accepted", "reused")) if run.counts else None
        table.add_row(
            Text(run.run),
            run.task,
            run.state.value,
            f"{run.items:,}",
            "" if good is None else f"{good:,}",
            "" if run.cost_usd is None else f"{run.cost_usd:.4f}",
            run.created_at[:16].replace("T", " "),
        )
    console.print(table)


def show_remote(console: Console, jobs: Sequence[RemoteJob]) -> None:
    """The service's jobs, and how near they are to its limit."""
    table = Table(box=None, pad_edge=False)
    for column in ("job", "state", "requests", "model", "created", "run"):
        table.add_column(column)
    for job in jobs:
        view, stats = job.view, job.view.stats
        table.add_row(
            Text(view.name),
            Text(view.state),
            f"{stats.answered:,} of {stats.total:,}" if stats else "",
            Text(view.model),
            (view.created_at or "")[:16].replace("T", " "),
            Text(job.run or ("truebatch, elsewhere" if job.ours else "not ours")),
        )
    if jobs:
        console.print(table)
    active = sum(not job.view.ended for job in jobs)
    console.print(f"{active} of at most {MOST_ACTIVE_JOBS} active jobs, {len(jobs)} listed.")


def show_chain(console: Console, total: Mapping[str, Any]) -> None:
    """A run with its retries."""
    console.print("Runs: " + ", ".join(total["runs"]), markup=False)
    console.print(outcomes_line(total["counts"]))
    if total["cost_usd"] is not None:
        console.print(f"All together {total['cost_usd']:.4f} USD.")


def show_tasks(console: Console, tasks: Sequence[Mapping[str, Any]]) -> None:
    """All tasks, a line each."""
    table = Table(box=None, pad_edge=False)
    for column in ("task", "model", "description"):
        table.add_column(column)
    for task in tasks:
        table.add_row(task["name"], task["model"], Text(task["description"]))
    console.print(table)


def show_task(console: Console, task: Mapping[str, Any]) -> None:
    """One task with its files."""
    console.print(_pairs({name: task[name] for name in ("name", "description", "model", "folder")}))
    for name, text in task["files"].items():
        console.print()
        console.rule(name, align="left", characters="-")
        console.print(Text(text.rstrip()))


def _pairs(rows: Mapping[str, str]) -> Table:
    table = Table(box=None, show_header=False, pad_edge=False)
    table.add_column(style="bold")
    table.add_column(overflow="fold")
    for name, value in rows.items():
        table.add_row(name, Text(value))
    return table
