"""The verbs for chains of stages, and for what runs after a run."""

from __future__ import annotations

import secrets
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import replace
from typing import Any, Unpack

from processor.api import chains, following, starting
from processor.api.making import Making
from processor.api.options import RunOptions, pace, recorded
from processor.api.source import Values
from processor.core.chain import Chain, chain_summary, stage_number, stage_summary, why_stop
from processor.core.report import exit_code
from processor.errors import WrongUsage

Ended = Callable[[dict[str, Any]], object]


class Chaining(Making):
    """Pipeline, resume_pipeline, pipeline_of, after."""

    def pipeline(
        self,
        stages: Sequence[str],
        *,
        items: Iterable[Mapping[str, Any]] | None = None,
        model: str | None = None,
        run: str | None = None,
        start: str | None = None,
        poll_interval: float | None = None,
        max_wait: float | None = None,
        ended: Ended | None = None,
        **options: Unpack[RunOptions],
    ) -> dict[str, Any]:
        """Run tasks one after another, each on what the one before accepted.

        Each stage is one run, ``NAME-<number>-<task>``. The same call again, with the same ``run``, goes on
        where the chain was cut: a run that is there is resumed, one that has ended is not made again.

        Args:
            stages: tasks, by name or folder.
            run: the chain's name.
            start: the stage to begin with; it reads ``from_run``, else this chain's own run of the stage
                before, else that stage's newest finished run.
            ended: gets each stage's report at its end, also of stages that had ended before.
            options: ``inputs``, ``items`` and other choices of items are the first stage's, ``then`` is
                the last one's, ``max_cost`` holds for all stages together.

        Returns:
            ``{"pipeline", "state", "reason", "exit_code", "stages", "not_begun", "cost_usd"}``.

        Raises:
            NotFinished: ``max_wait`` came first in some stage; its job goes on.
        """
        timing = pace(self._place, poll_interval, max_wait)
        recorded("", options, inputs_given=items is None, pace=timing)  # wrong ones end it here
        shared = {"model": model, "poll_interval": poll_interval, "max_wait": max_wait}
        chain = self._chain(tuple(stages), run, start, {**options, **shared})
        return self._go_on(chain, items=items, ended=ended)

    def resume_pipeline(
        self,
        name: str,
        *,
        poll_interval: float | None = None,
        max_wait: float | None = None,
        ended: Ended | None = None,
    ) -> dict[str, Any]:
        """Take the chain called ``name`` from wherever it stands to its end; see ``pipeline``."""
        chain = chains.kept_chain(self._place, name)
        if chain is None:
            raise WrongUsage(f"There is no pipeline {name!r} in {self._place.layout.outputs}.")
        given = {"poll_interval": poll_interval, "max_wait": max_wait}
        asked = {option: value for option, value in given.items() if value is not None}
        chain = replace(chain, options={**chain.options, **asked})
        return self._go_on(chain, items=None, ended=ended)

    def pipeline_of(self, run: str | None) -> str | None:
        """The name of the chain that ``run`` belongs to, or is; None: of the newest thing unfinished."""
        return chains.name_of(self._place, run)

    def after(self, report: Mapping[str, Any]) -> int | None:
        """Run the command that is to follow the run of this report: ``then``, else ``[after]``.

        Returns:
            Its exit code; None when there is none, its condition does not hold, or it did well before.
        """
        return following.follow(self._place, report)

    def _chain(
        self,
        stages: tuple[str, ...],
        name: str | None,
        start: str | None,
        options: Mapping[str, Any],
    ) -> Chain:
        place = self._place
        if not stages:
            raise WrongUsage("A pipeline has at least one stage: `truebatch tasks` lists tasks.")
        tasks = [starting.task_named(place, stage, options["model"]).name for stage in stages]
        now = place.clock.now()
        chain = Chain(
            name=name or f"chain-{now:%Y%m%d-%H%M%S}-{secrets.token_hex(2)}",
            stages=tuple(chains.lasting_name(stage) for stage in stages),
            tasks=tuple(tasks),
            first=stage_number(start, stages, tasks),
            options=options,
        )
        return chains.checked(place, chains.anchored(place, chain))

    def _go_on(
        self,
        chain: Chain,
        *,
        items: Values | None,
        ended: Ended | None,
    ) -> dict[str, Any]:
        made: list[dict[str, Any]] = []
        reason, before = None, None
        for number in range(chain.first, len(chain.stages) + 1):
            spent = sum(stage["cost"]["actual_usd"] or 0.0 for stage in made)
            options = chain.options_of(number, before=before, spent_usd=spent)
            handed = items if number == chain.first else None
            report = self._stage(chain, number, options, handed)
            code = exit_code(report)
            made.append(stage_summary(number, report, code))
            if ended is not None:
                ended(report)
            before = report["run"]
            why = why_stop(code, self.chain(before)["counts"])
            if why is not None and number < len(chain.stages):
                reason = chains.stopped(chain, number, why)
                break
        return chain_summary(chain, made, reason)

    def _stage(
        self,
        chain: Chain,
        number: int,
        options: dict[str, Any],
        items: Values | None,
    ) -> dict[str, Any]:
        place, run, stage = self._place, chain.run_id(number), chain.stages[number - 1]
        place.observer.step("load", f"stage {number} of {len(chain.stages)}: {run}")
        model, interval, most = (options.pop(n) for n in ("model", "poll_interval", "max_wait"))
        if place.journal.run(run) is not None:
            return self.resume(run, poll_interval=interval, max_wait=most)
        place.service.check(place.journal)
        asked: RunOptions = options  # type: ignore[assignment]
        timing = pace(place, interval, most)
        kept = recorded(stage, asked, inputs_given=items is None, pace=timing)
        parsed = starting.task_named(place, stage, model, kept)
        kept["pipeline"] = chain.as_json()
        self._submit(parsed, kept, name=run, items=items)
        with place.driving(run):
            self._wait(run, look_now=False)
            return self.collect(run)
