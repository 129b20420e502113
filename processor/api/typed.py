"""Typed results: each answer as a value of the program's own type, or what is wrong with it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, TypeVar

from processor.core.json_bytes import encode
from processor.core.outcome import GOOD
from processor.errors import WrongUsage
from validation import Finding

T = TypeVar("T")

MODEL_RULE = "typed.model"
"""The rule of an answer that its task accepts, and the program's type does not take."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Failure:
    """What stands in the place of an answer that cannot be used.

    Attributes:
        item_id: of a list of prompts, the prompt's position as text, from 1.
        outcome: ``rejected`` or ``failed``; ``accepted`` or ``reused`` when only the type refuses it.
        findings: what is wrong; never empty.
        raw_text: what the model wrote, None when it wrote nothing.
    """

    item_id: str
    outcome: str
    findings: tuple[Finding, ...]
    raw_text: str | None

    def __str__(self) -> str:
        said = "; ".join(f"{one.rule} at {one.path}: {one.message}" for one in self.findings)
        return f"{self.item_id} {self.outcome}: {said}"


def typed(envelopes: Iterable[Mapping[str, Any]], model: type[T]) -> Iterator[T | Failure]:
    """The value of each envelope, in order, one in memory at a time.

    Values are read strictly, as JSON: a text is no number, and nothing is converted or left out.

    Args:
        model: a pydantic model, or any type that pydantic knows (``dict``, ``list[Model]``, ``str``).

    Raises:
        WrongUsage: pydantic cannot make values of that type.
    """
    adapter = adapter_of(model)
    return (_value(envelope, adapter) for envelope in envelopes)


def adapter_of(model: Any) -> Any:
    """pydantic's way to and from a type.

    Raises:
        WrongUsage: there is none.
    """
    from pydantic import PydanticUserError, TypeAdapter

    try:
        return TypeAdapter(model)
    except PydanticUserError as error:
        raise WrongUsage(f"{model!r} is no type that answers can have: {error.message}") from None


def _value(envelope: Mapping[str, Any], adapter: Any) -> Any:
    from pydantic import ValidationError

    if envelope["outcome"] not in GOOD:
        findings = tuple(Finding(**one) for one in envelope["findings"])
        return _failure(envelope, findings)
    try:
        return adapter.validate_json(encode(envelope["data"]), strict=True)
    except ValidationError as error:
        faults = error.errors(include_url=False, include_context=False, include_input=False)
        findings = tuple(
            Finding(rule=MODEL_RULE, path=_path(one["loc"]), message=one["msg"]) for one in faults
        )
        return _failure(envelope, findings)


def _failure(envelope: Mapping[str, Any], findings: tuple[Finding, ...]) -> Failure:
    return Failure(
        item_id=envelope["item_id"],
        outcome=envelope["outcome"],
        findings=findings,
        raw_text=envelope["raw_text"],
    )


def _path(place: Iterable[int | str]) -> str:
    return "$" + "".join(f"[{one}]" if isinstance(one, int) else f".{one}" for one in place)
