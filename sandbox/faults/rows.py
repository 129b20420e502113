"""Spoils one row: its answer, its response, its lines."""

from dataclasses import dataclass
from typing import Any

import orjson

from sandbox.answers import Answer
from sandbox.records import Plan


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """What the faults of a row work with."""

    specs: tuple[str, ...]
    digest: bytes
    model: str
    schema: Any


class RowPlan:
    """The faults of each row of a job."""

    def __init__(self, plan: Plan) -> None:
        self._own = dict(plan.rows)
        self._every = plan.every

    def specs(self, index: int) -> tuple[str, ...]:
        """The faults of the row at `index`, in the order in which they are played."""
        own = self._own.get(index)
        return self._every if own is None else (*own, *self._every)


def spoil_answer(answer: Answer, row: Row) -> Answer:
    return answer


def spoil_response(response: dict[str, Any], row: Row) -> dict[str, Any]:
    return response


def spoil_lines(result: dict[str, Any], row: Row) -> tuple[list[bytes], int]:
    return [orjson.dumps(result) + b"\n"], 0
