"""An envelope: what is kept of one item (DESIGN §4)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from processor.core.ids import ItemId, RunId, request_key
from processor.core.models import Price
from processor.core.outcome import Outcome
from validation import Finding, Judgement, Usage, Verdict


@dataclass(frozen=True, slots=True, kw_only=True)
class EnvelopeMaker:
    """Makes the envelopes of one run; what they share is given once.

    Attributes:
        price: of the day the job was made; None when the model is not in models.toml.
        saved_at: when the answers were judged.
    """

    run: RunId
    task: str
    model: str
    price: Price | None
    saved_at: str

    def answered(self, item: tuple[int, str, bytes, bytes], judgement: Judgement) -> dict[str, Any]:
        """The envelope of an item that has an answer; ``item`` is the journal's row."""
        verdict = judgement.verdict
        outcome = Outcome(verdict.outcome)
        envelope = self._frame(item, outcome, verdict.findings)
        envelope["model_version"] = judgement.model_version
        envelope["data"] = verdict.data if outcome is Outcome.ACCEPTED else None
        envelope["repairs"] = list(verdict.repairs)
        envelope["variants"] = dict(verdict.variants)
        envelope["usage"] = usage_as_json(judgement.usage)
        envelope["cost_usd"] = self.cost(judgement.usage)
        envelope["finish_reason"] = judgement.finish_reason
        envelope["raw_text"] = judgement.text
        return envelope

    def unanswered(self, item: tuple[int, str, bytes, bytes], finding: Finding) -> dict[str, Any]:
        """The envelope of an item without a usable answer."""
        return self._frame(item, Outcome.FAILED, (finding,))

    def reused(
        self, item_id: str, input_sha256: bytes, known: Mapping[str, Any], verdict: Verdict
    ) -> dict[str, Any]:
        """The envelope of an item whose request was answered before, at no cost now.

        Args:
            known: the earlier envelope.
            verdict: today's, on the earlier text.
        """
        request_sha256 = bytes.fromhex(known["request_sha256"])
        item = (0, item_id, input_sha256, request_sha256)
        return {
            **self._frame(item, Outcome.REUSED, verdict.findings),
            **{
                name: known[name]
                for name in ("model_version", "usage", "finish_reason", "raw_text")
            },
            "data": verdict.data,
            "repairs": list(verdict.repairs),
            "variants": dict(verdict.variants),
            "cost_usd": 0.0,
            "reused_from": known["reused_from"] or known["run"],
        }

    def cost(self, usage: Usage | None) -> float | None:
        """USD for one answer; None when the price or the usage is unknown."""
        if self.price is None or usage is None:
            return None
        output = usage.output + usage.thoughts
        return round(
            self.price.batch_usd(prompt=usage.prompt, cached=usage.cached, output=output), 10
        )

    def _frame(
        self, item: tuple[int, str, bytes, bytes], outcome: Outcome, findings: Sequence[Finding]
    ) -> dict[str, Any]:
        _, item_id, input_sha256, request_sha256 = item
        return {
            "item_id": item_id,
            "key": request_key(ItemId(item_id), self.task),
            "run": self.run,
            "task": self.task,
            "model": self.model,
            "model_version": None,
            "outcome": outcome.value,
            "data": None,
            "findings": [finding_as_json(finding) for finding in findings],
            "repairs": [],
            "variants": {},
            "usage": None,
            "cost_usd": None,
            "finish_reason": None,
            "raw_text": None,
            "input_sha256": input_sha256.hex(),
            "request_sha256": request_sha256.hex(),
            "saved_at": self.saved_at,
            "reused_from": None,
        }


def with_finding(envelope: Mapping[str, Any], finding: Finding, outcome: Outcome) -> dict[str, Any]:
    """``envelope`` with one more finding and ``outcome``; data stays only with what is accepted.

    A finding that changes the outcome comes first, for it is why; any other comes last.
    """
    changed = dict(envelope)
    found, more = envelope["findings"], finding_as_json(finding)
    changed["findings"] = [*found, more] if outcome == envelope["outcome"] else [more, *found]
    changed["outcome"] = outcome.value
    if outcome is not Outcome.ACCEPTED:
        changed["data"] = None
    return changed


def finding_as_json(finding: Finding) -> dict[str, str]:
    """``{"rule", "path", "message"}``."""
    return {"rule": finding.rule, "path": finding.path, "message": finding.message}


def usage_as_json(usage: Usage | None) -> dict[str, int] | None:
    """Token counts by name, None when the service gave none."""
    if usage is None:
        return None
    return {
        "prompt": usage.prompt,
        "cached": usage.cached,
        "output": usage.output,
        "thoughts": usage.thoughts,
    }
