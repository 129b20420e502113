"""The chains of a journal: found by their runs, which each keep what they are part of."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from processor.api.workplace import Workplace
from processor.core.chain import Chain, read_chain, why_stop
from processor.core.state import FINAL, State
from processor.effects.tasks import find_task
from processor.errors import ExitCode, WrongUsage
from processor.ports import RunRow


def chain_of(row: RunRow) -> Chain | None:
    """The chain that a run is a stage of; a retry of a stage is none."""
    kept = row.options.get("pipeline")
    return read_chain(kept) if kept and row.retry_of is None else None


def kept_chain(place: Workplace, name: str) -> Chain | None:
    """The chain of this name, as its newest run knows it."""
    found = (chain_of(row) for row in place.journal.runs())
    return next((chain for chain in found if chain is not None and chain.name == name), None)


def name_of(place: Workplace, run: str | None) -> str | None:
    """The chain that ``run`` is, or is a stage of; None: that of the newest thing unfinished, if any."""
    if run is not None:
        row = place.journal.run(run)
        chain = kept_chain(place, run) if row is None else chain_of(row)
        return None if chain is None else chain.name
    for row in place.journal.runs():
        chain = chain_of(row)
        if row.state not in FINAL:
            return None if chain is None else chain.name
        if chain is not None and _is_open(place, chain, row):
            return chain.name
    return None


def _is_open(place: Workplace, chain: Chain, row: RunRow) -> bool:
    """Whether the chain was cut between this stage, which has ended, and the next."""
    ids = [chain.run_id(number) for number in range(1, len(chain.stages) + 1)]
    if row.id not in ids[:-1] or place.journal.run(ids[ids.index(row.id) + 1]) is not None:
        return False
    code = ExitCode.DONE if row.state is State.DONE else ExitCode.JOB_FAILED
    return why_stop(code, (row.result or {}).get("counts", {})) is None


def lasting_name(stage: str) -> str:
    """A stage's name or folder, that also means the same in another folder."""
    folder = find_task(stage)
    return stage if folder.is_absolute() else str(folder.resolve())


def anchored(place: Workplace, chain: Chain) -> Chain:
    """The chain with the run that its first stage reads, when it begins later than with stage 1.

    Raises:
        WrongUsage: no run of the stage before has ended.
    """
    if chain.first == 1 or chain.options.get("from_run"):
        return chain
    own = place.journal.run(chain.run_id(chain.first - 1))
    task = chain.tasks[chain.first - 2]
    row = own if own is not None and own.state in FINAL else _newest(place, task)
    if row is None:
        raise WrongUsage(
            f"--from {chain.tasks[chain.first - 1]}: no run of {task}, the stage before, has ended in "
            f"{place.layout.outputs}. --from-run RUN names a run to read."
        )
    return replace(chain, options={**chain.options, "from_run": row.id})


def _newest(place: Workplace, task: str) -> RunRow | None:
    """The task's newest finished run; of a retry, the run that it retries."""
    for row in place.journal.runs():
        if row.task == task and row.state in FINAL:
            while row.retry_of is not None:
                row = place.row(row.retry_of)
            return row
    return None


def checked(place: Workplace, chain: Chain) -> Chain:
    """The chain, when its name is free, or its own.

    Raises:
        WrongUsage: a run, or a chain of other stages, has that name.
    """
    if place.journal.run(chain.name) is not None:
        raise WrongUsage(f"--run {chain.name}: a run has that name; a pipeline needs another.")
    for number in range(1, len(chain.stages) + 1):
        row = place.journal.run(chain.run_id(number))
        known = None if row is None else chain_of(row)
        if row is not None and (known is None or known.tasks != chain.tasks):
            made_of = "a run of its own" if known is None else "of " + ", ".join(known.tasks)
            raise WrongUsage(
                f"--run {chain.name}: {row.id} is there already, {made_of}. Another name starts anew."
            )
    return chain


def stopped(chain: Chain, number: int, why: str) -> str:
    """Why the chain went no further than stage ``number``, and what to do."""
    run = chain.run_id(number)
    following = chain.tasks[number]
    stages = " ".join(Path(stage).name for stage in chain.stages)
    return (
        f"The pipeline stopped after {run}: {why}. After `truebatch retry {run}`, go on with "
        f"`truebatch pipeline {stages} --from {following} --run {chain.name}`."
    )
