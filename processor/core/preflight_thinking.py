"""Thinking and the room for an answer: one limit holds both."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from processor.core.model import Kind, Model, Thinking
from processor.core.preflight_fields import is_integer
from processor.core.preflight_finding import PreflightFinding, Rule, stop, warning

_PATH = "generationConfig.thinkingConfig"
_LIMIT = "generationConfig.maxOutputTokens"
_BY_MODEL = -1  # a budget that lets the model decide
# Below this much for thoughts and answer, cut answers have been reported: at 8,192 (2,168 tokens of thought
# and the rest still too short, forum/143697), at 4,096 (about 4,000 of thought, paperbanana#54); read
# 2026-11-21. Low thinking takes less: that limit is our own judgement.
_SMALL = 8_192
_SMALL_FOR_LOW = 2_048


def thinking_findings(config: Mapping[str, Any], model: Model | None) -> Iterator[PreflightFinding]:
    """What is wrong or unwise in how thinking and the length of answers are set."""
    thinking = config.get("thinkingConfig", {})
    if not isinstance(thinking, Mapping):
        return
    level, budget = thinking.get("thinkingLevel"), thinking.get("thinkingBudget")
    known = model.thinking if model else None
    if level is not None and budget is not None:
        message = "`thinking_level` and `thinking_budget` exclude each other. Keep one."
        yield stop(Rule.THINKING, _PATH, message)
    elif known is not None and model is not None:
        yield from _mode_findings(level, budget, model.name, known)
    if level is None and budget is None and (model is None or model.kind is Kind.TEXT):
        yield _unset(model)
    limit = config.get("maxOutputTokens")
    if limit is not None and is_integer(limit):
        yield from _limit_findings(int(limit), _name(level), _tokens(budget), model)


def _name(level: Any) -> str | None:
    return level.lower() if isinstance(level, str) else None


def _tokens(budget: Any) -> int | None:
    return int(budget) if budget is not None and is_integer(budget) else None


def _mode_findings(
    level: Any, budget: Any, name: str, known: Thinking
) -> Iterator[PreflightFinding]:
    asked = _name(level)
    if asked is not None and not known.levels:
        cure = f"set thinking_budget, {_budgets(known)}."
        yield stop(Rule.THINKING, f"{_PATH}.thinkingLevel", f"{name} takes no levels: {cure}")
    elif asked is not None and asked != "thinking_level_unspecified" and asked not in known.levels:
        message = f"{name} knows no thinking level {asked!r}. It knows: {', '.join(known.levels)}."
        yield stop(Rule.THINKING, f"{_PATH}.thinkingLevel", message)
    tokens = _tokens(budget)
    if tokens is not None and known.most_budget is not None and not _in_range(tokens, known):
        message = f"{name} takes a thinking_budget of {_budgets(known)}, not {tokens:,}."
        yield stop(Rule.THINKING, f"{_PATH}.thinkingBudget", message)


def _in_range(budget: int, known: Thinking) -> bool:
    least, most = known.least_budget or 0, known.most_budget or 0
    return budget == _BY_MODEL or (budget == 0 and known.may_be_off) or least <= budget <= most


def _budgets(known: Thinking) -> str:
    off = ", 0 for none" if known.may_be_off else ""
    return f"{known.least_budget:,} to {known.most_budget:,} tokens{off}, -1 for the model's choice"


def _unset(model: Model | None) -> PreflightFinding:
    known = model.thinking if model else None
    does = "most models think all the same"
    if model is not None and known is not None and known.default is not None:
        does = f"{model.name} thinks at level {known.default} then"
    if known is not None and not known.levels:
        cure = f"Set thinking_config = {{ thinking_budget = … }}: {_budgets(known)}."
    else:
        levels = ", ".join(known.levels) if known else "low, medium, high"
        cure = f'Set thinking_config = {{ thinking_level = "low" }}: {levels}.'
    message = f"Thinking is not set: {does}, and thoughts are paid for as output. {cure}"
    return warning(Rule.THINKING, _PATH, message)


def _limit_findings(
    limit: int, level: str | None, budget: int | None, model: Model | None
) -> Iterator[PreflightFinding]:
    if limit < 1:
        message = f"`max_output_tokens` is 1 or more, not {limit:,}."
        yield stop(Rule.OUTPUT_LIMIT, _LIMIT, message)
        return
    if model is not None and limit > model.max_output_tokens:
        message = (
            f"`max_output_tokens` is {limit:,}, and {model.name} gives at most "
            f"{model.max_output_tokens:,}. Set that, or less."
        )
        yield warning(Rule.OUTPUT_LIMIT, _LIMIT, message)
    small = _small(limit, level, budget)
    if small:
        yield warning(Rule.OUTPUT_LIMIT, _LIMIT, small)


def _small(limit: int, level: str | None, budget: int | None) -> str | None:
    if budget == 0 or level == "minimal":
        return None
    if budget is not None and budget > 0:
        if budget < limit:
            return None
        return (
            f"`thinking_budget` ({budget:,}) may use up `max_output_tokens` ({limit:,}), and leave "
            "no room for the answer. Raise the one, or lower the other."
        )
    least = _SMALL_FOR_LOW if level == "low" else _SMALL
    if limit >= least:
        return None
    return (
        f"`max_output_tokens` is {limit:,}, and thoughts count against it: answers may be cut, or "
        f"empty, and are paid for. Set {least:,} or more, or let it think less."
    )
