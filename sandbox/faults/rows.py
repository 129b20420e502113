"""Spoils one row: the value it answers with, its text, its response, its lines."""

import functools
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

from sandbox.answers import Answer
from sandbox.faults.lines import LINE_FAULTS, Lines
from sandbox.faults.responses import RESPONSE_FAULTS
from sandbox.faults.texts import TEXT_FAULTS
from sandbox.faults.values import VALUE_FAULTS
from sandbox.records import Plan
from sandbox.wire import dump


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """What the faults of a row work with.

    `limit` is maxOutputTokens; `second` writes another answer to the same request.
    """

    specs: tuple[str, ...]
    number: int
    limit: int
    second: Callable[[], str]

    def faults(self) -> list[tuple[str, str]]:
        """Names and values of the faults, in the order in which they are played."""
        return [(name, value) for name, _, value in (spec.partition("=") for spec in self.specs)]


class RowPlan:
    """The faults of each row of a job."""

    def __init__(self, plan: Plan) -> None:
        self._own = dict(plan.rows)
        self._every = plan.every

    def specs(self, index: int) -> tuple[str, ...]:
        """The faults of the row at `index`: its own, then those of every row."""
        own = self._own.get(index)
        return self._every if own is None else (*own, *self._every)


def spoil_answer(answer: Answer, row: Row) -> Answer:
    """Play the faults of value and text. Those of JSON leave a text that is none alone."""
    for name, _ in row.faults():
        if name in VALUE_FAULTS and isinstance(answer.value, dict):
            accepts = answer.compiled.accepts if answer.compiled else _nothing
            value = VALUE_FAULTS[name](answer.value, accepts, row.number)
            answer = replace(answer, value=value, text=dump(value))
    for name, _ in row.faults():
        if name in TEXT_FAULTS and (answer.is_json or name == "fence"):
            answer = replace(answer, text=TEXT_FAULTS[name](answer.text))
    return answer


def _nothing(_: Any) -> bool:
    return False


def spoil_response(response: dict[str, Any], row: Row) -> dict[str, Any]:
    """Play the faults of the response."""
    for name, value in row.faults():
        if name in RESPONSE_FAULTS:
            response = RESPONSE_FAULTS[name](response, value, row.limit)
    return response


def spoil_lines(result: dict[str, Any], row: Row) -> tuple[list[bytes], int]:
    """Play the faults of the line; the lines, and how many requests failed (0 or 1)."""
    lines = Lines(result=result, second=functools.cache(row.second))
    for name, value in row.faults():
        if name in LINE_FAULTS:
            LINE_FAULTS[name](lines, value)
    return lines.written(), int(lines.failed)
