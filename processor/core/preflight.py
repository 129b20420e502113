"""Preflight: what the service would refuse, or what is unwise, said before a byte is sent."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import date, datetime
from typing import Any

from processor.core.cutting import MOST_BYTES
from processor.core.model import Kind, Model
from processor.core.preflight_fields import field_findings, is_integer, snake
from processor.core.preflight_finding import PreflightFinding, Rule, stop, warning
from processor.core.preflight_reference import reference_findings
from processor.core.preflight_request import request_message_findings
from processor.core.preflight_schema import schema_findings
from processor.core.preflight_thinking import thinking_findings
from processor.core.task import Task

_NO_LIMIT = 1 << 62


class Preflight:
    """Looks at a task once, and at each item in a few comparisons.

    Args:
        model: None when it is not known; what depends on it is not looked at, then.
        now: the day decides which parameters are deprecated, the time which references expire.
        estimate_error: how far an estimate of prompt tokens may be off, as a share (0.2 is 20 %):
            only what is too long for certain stops.
        expiries: of caches and files that the task refers to; see ``reference_findings``.
    """

    def __init__(
        self,
        task: Task,
        model: Model | None,
        now: datetime,
        *,
        estimate_error: float = 0.0,
        expiries: Mapping[str, datetime] | None = None,
    ) -> None:
        self._request = shared_request(task)
        self._model = model
        self._now = now
        self._expiries = expiries or {}
        self._most_tokens = model.context_tokens if model else _NO_LIMIT
        self._certain_tokens = self._most_tokens * (1 + estimate_error)
        self._quiet_tokens = self._most_tokens - self._reserved()

    def task_findings(self) -> tuple[PreflightFinding, ...]:
        """What is the same for every item; those that stop come first."""
        found = [
            *request_findings(self._request, self._model, self._now.date()),
            *reference_findings(self._request, self._expiries, self._now),
        ]
        return tuple(sorted(found, key=lambda finding: not finding.stops))

    def item_finding(self, prompt_tokens: int, line_bytes: int) -> PreflightFinding | None:
        """What is wrong with one item; None for all but the longest. ``about`` names the item.

        Args:
            prompt_tokens: estimated, the system instruction included.
            line_bytes: of the item's line in the request file.
        """
        if prompt_tokens <= self._quiet_tokens and line_bytes <= MOST_BYTES:
            return None
        if line_bytes > MOST_BYTES:
            message = (
                f"its request has {line_bytes:,} bytes, and a request file {MOST_BYTES:,} at most. "
                "Cut the item into several."
            )
            return stop(Rule.SIZE, "contents", message)
        return self._too_long(prompt_tokens)

    def _too_long(self, prompt_tokens: int) -> PreflightFinding:
        model = self._model
        assert model is not None  # without a model there is no limit to pass
        says = f"its prompt has about {prompt_tokens:,} tokens"
        cut = "Cut the item into several, or ask a model with a longer context."
        if prompt_tokens > self._certain_tokens:
            message = f"{says}, and {model.name} takes {self._most_tokens:,}. {cut}"
            return stop(Rule.CONTEXT, "contents", message)
        if prompt_tokens > self._most_tokens:
            message = (
                f"{says} by estimate, near or above {model.name}'s {self._most_tokens:,}. {cut}"
            )
            return warning(Rule.CONTEXT, "contents", message)
        message = (
            f"{says}; {model.name} has {self._most_tokens:,} for prompt, thoughts and answer, so "
            f"less is left than max_output_tokens says. {cut}"
        )
        return warning(Rule.CONTEXT, "contents", message)

    def _reserved(self) -> int:
        """What of the context an answer may take, where both share it."""
        if self._model is None or not self._model.shared_context:
            return 0
        limit = self._request.get("generationConfig", {}).get("maxOutputTokens")
        most = self._model.max_output_tokens
        return min(int(limit), most) if limit is not None and is_integer(limit) else most


def shared_request(task: Task) -> dict[str, Any]:
    """What stands in every request of a task, by its names on the wire."""
    request: dict[str, Any] = dict(task.request)
    if task.system is not None:
        request["systemInstruction"] = {"parts": [{"text": task.system}]}
    if task.generation_config:
        request["generationConfig"] = task.generation_config
    return request


def request_findings(
    request: Mapping[str, Any], model: Model | None, day: date
) -> Iterator[PreflightFinding]:
    """What the service would refuse or ignore in a request, and what is unwise in it."""
    config = request.get("generationConfig", {})
    extra = model.extra_fields if model else ()
    yield from field_findings(request, extra)
    yield from request_message_findings(request, extra)
    yield from schema_findings(config)
    yield from thinking_findings(config, model)
    yield from _shape_findings(config)
    if model is not None:
        yield from _kind_findings(model)
        yield from _parameter_findings(request, model, day)


def _shape_findings(config: Mapping[str, Any]) -> Iterator[PreflightFinding]:
    count = config.get("candidateCount")
    if count is not None and is_integer(count) and int(count) != 1:
        message = "`candidate_count` is 1 or left out: an item has exactly one answer here."
        yield stop(Rule.PARAMETER, "generationConfig.candidateCount", message)
    modalities = config.get("responseModalities")
    if isinstance(modalities, list) and modalities and "TEXT" not in modalities:
        message = "`response_modalities` has no TEXT, and an answer without text cannot be judged."
        yield stop(Rule.PARAMETER, "generationConfig.responseModalities", message)


def _kind_findings(model: Model) -> Iterator[PreflightFinding]:
    if model.kind in (Kind.EMBEDDING, Kind.SPEECH):
        message = f"{model.name} answers with {model.kind}, not with text. Choose another model."
        yield stop(Rule.MODEL, "model", message)
    elif model.kind is Kind.IMAGE:
        message = (
            f"{model.name} is made for images: only the text of its answers is judged and saved, "
            "and images are paid for."
        )
        yield warning(Rule.MODEL, "model", message)


def _parameter_findings(
    request: Mapping[str, Any], model: Model, day: date
) -> Iterator[PreflightFinding]:
    known = model.parameters
    if known.since is not None and day < known.since:
        return
    for name, path in _names(request):
        if name in known.rejected:
            message = f"{model.name} refuses `{snake(name)}`. Take it out."
            yield stop(Rule.PARAMETER, path, message)
        elif name in known.ignored:
            message = f"{model.name} takes `{snake(name)}`, and does not heed it. {_instead(name)}"
            yield warning(Rule.PARAMETER, path, message)
        elif name in known.deprecated:
            message = f"`{snake(name)}` is deprecated for {model.name}. {_instead(name)}"
            yield warning(Rule.PARAMETER, path, message)


def _instead(name: str) -> str:
    if name == "thinkingBudget":
        return "Set `thinking_level` instead."
    if name in ("responseSchema", "responseJsonSchema"):
        return "Put the schema into the prompt too: {{ schema }}."
    return "Take it out: the model is made for its own."


def _names(request: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    """Every parameter's name with its path."""
    config = request.get("generationConfig", {})
    thinking = config.get("thinkingConfig", {})
    yield from ((name, name) for name in request)
    yield from ((name, f"generationConfig.{name}") for name in config)
    if isinstance(thinking, Mapping):
        path = "generationConfig.thinkingConfig."
        yield from ((name, path + name) for name in thinking)
