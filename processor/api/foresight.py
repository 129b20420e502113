"""Foresight: what is known of a run before anything is sent, and the reasons not to send it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from processor.api.costs import history as history_of
from processor.api.counting import Counted, count_sample
from processor.api.estimating import estimate
from processor.api.workplace import Workplace
from processor.core.admission import JOB_SHARE, safe_room
from processor.core.adoption import adopted_jobs
from processor.core.attachment import without_files
from processor.core.context import (
    Context,
    ContextPlan,
    Mode,
    implicit_head,
    neutral_head,
    refused_cache,
    weigh,
    with_head,
)
from processor.core.cutting import Limits
from processor.core.disk import disk_bytes, disk_remark
from processor.core.estimate import Estimate, with_context_plan
from processor.core.history import History
from processor.core.kept_estimate import priced_again, read_estimate
from processor.core.model import Model
from processor.core.models import find_model
from processor.core.plan import Build, Plan
from processor.core.prefix import SharedPrefix
from processor.core.preflight import Preflight
from processor.core.preflight_finding import Findings
from processor.core.request import Request
from processor.core.reroute import check_priced, check_serving, serving, serving_as_json
from processor.core.sample import Sample
from processor.core.task import Task
from processor.core.tokens import Estimator, context_tokens, estimator_for
from processor.errors import HeldBack
from processor.steps.building import Cutting


@dataclass(frozen=True, slots=True, kw_only=True)
class Foresight:
    """What is foreseen of one run; fed with its requests while they are built.

    Attributes:
        enqueued_tokens: what the service allows active jobs of the model; None when unknown.
        findings: of preflight; the items' are added as they come.
        remarks: what the user should know, which stops nothing.
        context_tokens: of the task's context, in each request.
        added_bytes: that each request grows by when the context stands in front of its prompt.
    """

    place: Workplace
    task: Task
    options: Mapping[str, Any]
    model: Model | None
    enqueued_tokens: int | None
    history: History
    estimator: Estimator
    preflight: Preflight
    findings: Findings
    remarks: list[str]
    prefix: SharedPrefix = field(default_factory=SharedPrefix)
    sample: Sample = field(default_factory=Sample)
    context_tokens: int = 0
    added_bytes: int = 0

    def look(self, request: Request, item_id: str) -> int:
        """Take one request in; returns its estimated input tokens."""
        tokens = self.estimator.tokens(request.prompt) + request.media_tokens + self.context_tokens
        found = self.preflight.item_finding(tokens, len(request.line) + self.added_bytes)
        if found is not None:
            self.findings.add(found.about(item_id))
        self.prefix.add(request.prompt)
        # What an attachment comes to is not asked of the service: it is not there yet.
        apart = request.media_tokens if self.task.attachments_field is not None else 0
        self.sample.offer(request.line, tokens - apart)
        return tokens

    def cutting(self) -> Cutting:
        """What makes it several jobs: limits, or that they are there already."""
        if self._is_made:
            there = adopted_jobs(self.options)
            return Cutting(digests=[job.digest for job in there], look=self.look)
        room = safe_room(self.enqueued_tokens).tokens
        most = self.options.get("max_requests")
        return Cutting(
            largest=Limits(tokens=room, requests=most, added_bytes=self.added_bytes),
            usual=Limits(
                tokens=None if room is None else int(room * JOB_SHARE),
                requests=most,
                added_bytes=self.added_bytes,
            ),
            canary=self.options.get("canary"),
            look=self.look,
        )

    def plan(self, made: Build, excluded: tuple[str, ...]) -> Plan:
        """What the run would send, now that it is built.

        Raises:
            HeldBack: preflight knows that the service would refuse a request.
            ServiceRefused: tokens were to be counted, and the service did not.
        """
        self.findings.hold_back()
        counted = self._count()
        expected = estimate(
            self.place,
            self.task,
            made,
            self.history,
            counted=counted,
            prefix_tokens=self.prefix.tokens(self.estimator),
        )
        if self.task.context is not None:
            expected = with_context_plan(expected, self.weighed(self.task.context, made))
        remarks = [*self.remarks, *self.findings.warnings(), *([counted.line()] if counted else [])]
        least = min((tier.enqueued_tokens for tier in expected.tiers), default=None)
        without = self.enqueued_tokens is None and self.options.get("tier") is None
        if without and least is not None and expected.input_tokens > least:
            remarks.append(
                f"About {expected.input_tokens:,} tokens are more than tier 1 may have enqueued "
                f"({least:,}); without --tier or --enqueued-tokens they go as one job, which the "
                "service may refuse."
            )
        free = self.place.files.free_bytes(self.place.layout.outputs)
        if (room := disk_remark(disk_bytes(expected), free)) is not None:
            remarks.append(room)
        plan = self._plan(expected, excluded, remarks)
        if plan.priced and (against := self._against(expected, priced=True)):
            return replace(plan, remarks=(*remarks, f"`run` would be held back: {against}"))
        return plan

    def weighed(self, context: Context, made: Build) -> ContextPlan:
        """Both ways to send the task's context, and the one that is taken.

        Raises:
            HeldBack: a cache is asked for, and the model takes none.
        """
        wanted = Mode(self.options.get("context_mode") or context.mode)
        if wanted is Mode.EXPLICIT and (why := refused_cache(self.model)) is not None:
            raise HeldBack(f"{why}: --context-mode implicit. Nothing was sent.")
        fixed = round(self.estimator.fixed_tokens * self.estimator.calibration_factor)
        day = self.place.clock.now().date()
        return weigh(
            context,
            wanted,
            tokens=self.context_tokens + fixed,
            requests=made.request_count,
            model=self.model,
            price=self.model.price_on(day) if self.model else None,
        )

    def plan_again(self, kept: Mapping[str, Any], excluded: tuple[str, ...]) -> Plan:
        """The plan of a run that was built and of which nothing was sent, at the prices of today.

        Args:
            kept: the estimate as the journal has it.

        Raises:
            HeldBack: preflight knows today that the service would refuse it.
        """
        self.findings.hold_back()
        day = self.place.clock.now().date()
        price = self.model.price_on(day) if self.model else None
        return self._plan(priced_again(read_estimate(kept), price), excluded, self.remarks)

    def _plan(self, expected: Estimate, excluded: tuple[str, ...], remarks: Sequence[str]) -> Plan:
        day = self.place.clock.now().date()
        return Plan(
            task=self.task.name,
            model=self.task.model,
            service=self.place.service.address,
            excluded=excluded,
            estimate=expected,
            enqueued_tokens=self.enqueued_tokens,
            priced=check_priced(self.place.models, self.task.model, day) is None,
            remarks=tuple(remarks),
            findings=tuple(self.findings.as_json()),
            serving=serving_as_json(
                self.task.model, serving(self.place.models, self.task.model, day)
            ),
        )

    def hold_back(self, plan: Plan) -> None:
        """Hold the plan against the user's limits.

        Raises:
            HeldBack: it may cost more than he allows, or no price is known.
        """
        against = self._against(plan.estimate, priced=plan.priced)
        if against is not None:
            raise HeldBack(f"{against} Nothing was sent.")

    def ask(self, plan: Plan) -> None:
        """Ask the user where he wants to be asked.

        Raises:
            HeldBack: he says no.
        """
        confirm = None if self._is_made else self.place.confirm
        if confirm is not None and plan.estimate.requests and not confirm(plan):
            raise HeldBack("You said no. Nothing was sent.")

    def _against(self, expected: Estimate, *, priced: bool) -> str | None:
        """Why a run with this estimate would be held back."""
        if self._is_made or not expected.requests:
            return None
        name, day = self.task.model, self.place.clock.now().date()
        if not priced and not self.options.get("unpriced"):
            return check_priced(self.place.models, name, day)
        limit, cost = self.options.get("max_cost"), expected.batch_usd
        if limit is None:
            return None
        if cost is None:
            return f"No price of {name} is known, so --max-cost cannot be kept. Leave it out."
        if cost.high <= limit:
            return None
        # The ceiling is a promise: what the run may cost at most is held against it.
        return (
            f"This run costs about {cost.expected:.4f} USD and may cost {cost.high:.4f}: above "
            f"--max-cost {limit:g}. A lower max_output_tokens lowers the most it may cost; a run of a "
            "few items first teaches a closer estimate."
        )

    @property
    def _is_made(self) -> bool:
        """The job is there already: nothing is to be held back."""
        return bool(self.options.get("adopted"))

    def _countable(self, line: bytes) -> bytes:
        context = self.task.context
        if context is not None:
            line = with_head(line, implicit_head(context.text, self.task.beside_context))
        return without_files(line)

    def _count(self) -> Counted | None:
        if not self.options.get("count_tokens"):
            return None
        return count_sample(
            self.place.gateway(),
            self.task.model,
            [one._replace(line=self._countable(one.line)) for one in self.sample.kept],
            calibration_factor=self.history.calibration.factor,
        )


def foresee(place: Workplace, task: Task, options: Mapping[str, Any]) -> Foresight:
    """What can be said of a run before its items are read.

    Raises:
        HeldBack: another model would answer, or the service would refuse every request.
    """
    now = place.clock.now()
    made = bool(options.get("adopted"))  # the job is there already: nothing is to be held back
    said = None if made else check_serving(place.models, task.model, now.date())
    model = find_model(place.models, task.model)
    known = place.layout.journal.is_file()
    learnt = history_of(place, task=task.name, model=task.model) if known else History()
    estimator = estimator_for(task, learnt.calibration.factor)
    error = learnt.calibration.error(1)
    preflight = Preflight(task, model, now, estimate_error=error)
    findings = Findings(() if made else preflight.task_findings())
    findings.hold_back()
    limit = enqueued_limit(place, task.model, options)
    return Foresight(
        place=place,
        task=task,
        options=options,
        model=model,
        enqueued_tokens=limit,
        history=learnt,
        estimator=estimator,
        preflight=preflight,
        findings=findings,
        remarks=[*([said] if said else []), *_unknown_limit(limit, task.model, options)],
        context_tokens=context_tokens(task, learnt.calibration.factor),
        added_bytes=_added_bytes(task, options),
    )


def enqueued_limit(place: Workplace, model: str, options: Mapping[str, Any]) -> int | None:
    """The input tokens that active jobs of the model may have: as given, or the tier's; else None."""
    given: int | None = options.get("enqueued_tokens")
    tier: int | None = options.get("tier")
    known = find_model(place.models, model)
    if given is not None or tier is None or known is None:
        return given
    return known.enqueued_tokens(tier)


def _added_bytes(task: Task, options: Mapping[str, Any]) -> int:
    if task.context is None:
        return 0
    wanted = options.get("context_mode") or task.context.mode
    head = implicit_head(task.context.text, task.beside_context)
    return 0 if wanted == Mode.EXPLICIT else len(head) - len(neutral_head())


def _unknown_limit(limit: int | None, name: str, options: Mapping[str, Any]) -> list[str]:
    tier = options.get("tier")
    if tier is None or limit is not None:
        return []
    said = (
        f"No enqueued-token limit of tier {tier} is known for {name}: all goes as one job, which the "
        "service may refuse. AI Studio shows the limit; --enqueued-tokens N gives it."
    )
    return [said]
