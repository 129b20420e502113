"""The commands that look at runs."""

from __future__ import annotations

import sys
from itertools import islice
from typing import Any

import click

from processor.cli.options import asks_once, every_command
from processor.cli.session import session
from processor.cli.terminal import print_json, stdout_console


@click.command("status", help="Where RUN (default: the newest) stands; asks the service once.")
@click.argument("run", required=False)
@asks_once
@every_command
def status_command(**options: Any) -> int:
    """State, counts, age."""
    from processor.cli.showing import show_status

    as_json = options["as_json"]
    with session(options) as processor:
        status = processor.status(**options)
    if as_json:
        print_json(status.as_json())
    else:
        show_status(stdout_console(), status)
    return 0


@click.command("list", help="All runs of the outputs folder, newest first.")
@click.option(
    "--remote", is_flag=True, help="The service's own jobs: how many are active, which are ours."
)
@asks_once
@every_command
def list_command(remote: bool, **options: Any) -> int:
    """All runs, or all jobs."""
    from processor.cli.showing import show_remote, show_runs

    as_json = options["as_json"]
    with session(options) as processor:
        if remote:
            jobs = list(processor.remote_jobs())
            if as_json:
                print_json({"jobs": [job.as_json() for job in jobs]})
            else:
                show_remote(stdout_console(), jobs)
            return 0
        runs = list(processor.list())
    if as_json:
        print_json({"runs": [run.as_json() for run in runs]})
    else:
        show_runs(stdout_console(), runs)
    return 0


@click.command("results", help="The outputs of RUN in input order, one JSON line each.")
@click.argument("run")
@click.option("--preview", type=click.IntRange(min=1), metavar="N", help="Only the first N.")
@click.option("--envelopes", is_flag=True, help="Envelopes of all items, not the data alone.")
@every_command
def results_command(run: str, preview: int | None, envelopes: bool, **options: Any) -> int:
    """Streams: one item in memory at a time, except with --json."""
    from processor.core.json_bytes import encode
    from processor.core.outcome import Outcome

    as_json = options["as_json"]
    with session(options) as processor:
        found = processor.results(run, outcomes=list(Outcome) if envelopes else None)
        shown = (e if envelopes else e["data"] for e in islice(found, preview))
        if as_json:
            print_json({"run": run, "results": list(shown)})
        else:
            for value in shown:
                sys.stdout.write(encode(value).decode() + "\n")
    return 0


@click.command(
    "report", help="Make report.json, report.md and report.html of RUN again, and show the report."
)
@click.argument("run")
@click.option("--chain", is_flag=True, help="What RUN and all its retries add up to.")
@click.option(
    "--rejudge", is_flag=True, help="Judge RUN's stored answers again first; nothing is sent."
)
@click.option("--task", metavar="TASK", help="With --rejudge: by this task's rules, not RUN's own.")
@every_command
def report_command(run: str, chain: bool, rejudge: bool, task: str | None, **options: Any) -> int:
    """The report."""
    from processor.cli.reported import show_report
    from processor.cli.showing import show_chain

    as_json = options["as_json"]
    if task is not None and not rejudge:
        raise click.UsageError("--task goes with --rejudge: it says whose rules to judge by.")
    if chain and rejudge:
        raise click.UsageError("--chain and --rejudge do not go together.")
    with session(options) as processor:
        if chain:
            total = processor.chain(run)
            if as_json:
                print_json(total)
            else:
                show_chain(stdout_console(), total)
            return 0
        report = processor.rejudge(run, task=task) if rejudge else processor.report(run)
        folder = processor.folder(run)
    if as_json:
        print_json(report)
    else:
        show_report(stdout_console(), report, folder)
    return 0
