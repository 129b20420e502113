"""Foresight: what is known of a run before anything is sent, and the reasons not to send it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from processor.api.costs import history as history_of
from processor.api.counting import Counted, count_sample
from processor.api.estimating import estimate
from processor.api.workplace import Workplace
from processor.core.admission import JOB_SHARE, safe_room
from processor.core.cutting import Limits
from processor.core.history import History
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
from processor.core.tokens import Estimator, estimator_for
from processor.errors import HeldBack
from processor.steps.build import Cutting


@dataclass(frozen=True, slots=True, kw_only=True)
class Foresight:
    """What is foreseen of one run; fed with its requests while they are built.

    Attributes:
        enqueued_tokens: what the service allows active jobs of the model; None when unknown.
        findings: of preflight; the items' are added as they come.
        remarks: what the user should know, which stops nothing.
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

    def look(self, request: Request, item_id: str) -> int:
        """Take one request in; returns its estimated input tokens."""
        tokens = self.estimator.tokens(request.prompt)
        found = self.preflight.item_finding(tokens, len(request.line))
        if found is not None:
            self.findings.add(found.about(item_id))
        self.prefix.add(request.prompt)
        self.sample.offer(request.line, tokens)
        return tokens

    def cutting(self) -> Cutting:
        """What makes it several jobs."""
        room = safe_room(self.enqueued_tokens).tokens
        most = self.options.get("max_requests")
        return Cutting(
            largest=Limits(tokens=room, requests=most),
            usual=Limits(tokens=None if room is None else int(room * JOB_SHARE), requests=most),
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
        remarks = [*self.remarks, *self.findings.warnings(), *([counted.line()] if counted else [])]
        least = min((tier.enqueued_tokens for tier in expected.tiers), default=None)
        if self.enqueued_tokens is None and least is not None and expected.input_tokens > least:
            remarks.append(
                f"About {expected.input_tokens:,} tokens are more than tier 1 may have enqueued "
                f"({least:,}); without --tier or --enqueued-tokens they go as one job, which the "
                "service may refuse."
            )
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

    def approve(self, plan: Plan) -> None:
        """Hold the plan against the user's limits, and ask him where he wants to be asked.

        Raises:
            HeldBack: it costs more than he allows, no price is known, or he says no.
        """
        if self.options.get("adopted"):
            return
        if not plan.priced and not self.options.get("unpriced"):
            day = self.place.clock.now().date()
            raise HeldBack(str(check_priced(self.place.models, self.task.model, day)))
        limit = self.options.get("max_cost")
        cost = plan.estimate.batch_usd
        if limit is not None and cost is not None and cost.high > limit:
            # The ceiling is a promise: what the run may cost at most is held against it.
            raise HeldBack(
                f"This run costs about {cost.expected:.4f} USD and may cost {cost.high:.4f}: above "
                f"--max-cost {limit:g}. Nothing was sent. A lower max_output_tokens lowers the most it "
                "may cost; a run of a few items first teaches a closer estimate."
            )
        if self.place.confirm is not None and not self.place.confirm(plan):
            raise HeldBack("You said no. Nothing was sent.")

    def _count(self) -> Counted | None:
        if not self.options.get("count_tokens"):
            return None
        return count_sample(
            self.place.gateway(),
            self.task.model,
            self.sample.kept,
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
    return Foresight(
        place=place,
        task=task,
        options=options,
        model=model,
        enqueued_tokens=_enqueued_tokens(model, options),
        history=learnt,
        estimator=estimator,
        preflight=preflight,
        findings=findings,
        remarks=[said] if said else [],
    )


def _enqueued_tokens(model: Model | None, options: Mapping[str, Any]) -> int | None:
    given: int | None = options.get("enqueued_tokens")
    if given is not None:
        return given
    tier: int | None = options.get("tier")
    if tier is None or model is None:
        return None
    return model.enqueued_tokens(tier)
