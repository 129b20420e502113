"""What validation says: of a text (a verdict), of an answer line (a judgement)."""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum
from types import MappingProxyType
from typing import NamedTuple

from validation.finding import Finding


class Outcome(StrEnum):
    """What became of one answer."""

    ACCEPTED = "accepted"
    REJECTED = "rejected"
    FAILED = "failed"


NO_VARIANTS: Mapping[str, str] = MappingProxyType({})


# These four are named tuples, not dataclasses, because a run of a million items makes one of each
# per item and a frozen dataclass costs four times as much to make (measured 2026-11-22, CPython
# 3.11: 0.78 µs against 0.19 µs for six fields).


class Verdict(NamedTuple):
    """What validation says of one text.

    Attributes:
        outcome: Accepted, rejected or failed.
        data: The value under canonical names; None unless accepted.
        canonical: The same value also when rejected, where the text could be decoded.
        findings: Everything found, in the order of the rules; notes come after what decided.
        repairs: The lossless repairs and wrappers taken off, by name, each once.
        variants: Canonical dotted name to the name or names that the answer used instead.
    """

    outcome: Outcome
    data: object | None = None
    canonical: object | None = None
    findings: tuple[Finding, ...] = ()
    repairs: tuple[str, ...] = ()
    variants: Mapping[str, str] = NO_VARIANTS

    @property
    def accepted(self) -> bool:
        """Whether every rule holds."""
        return self.outcome is Outcome.ACCEPTED


class Usage(NamedTuple):
    """Tokens used by one answer, as the service counted them."""

    prompt: int = 0
    cached: int = 0
    output: int = 0
    thoughts: int = 0


class Line(NamedTuple):
    """One line of a result file, read but not judged.

    Attributes:
        key: The request's key; None where the line has none that can be trusted.
        body: The decoded line; None when it is blank or cannot be read.
        findings: Why it cannot be read; empty for a blank line, which is nothing.
        raw: The line's own bytes, by which members given twice are found; empty: not checked.
    """

    key: str | None
    body: dict[str, object] | None
    findings: tuple[Finding, ...] = ()
    raw: bytes = b""


class Judgement(NamedTuple):
    """What validation says of one answer line.

    Attributes:
        verdict: The verdict.
        text: The model's text without its thoughts, kept whatever the verdict; None if there is
            none.
        usage: Tokens, or None where the line states none.
        model_version: What the service says answered.
        finish_reason: Why the model stopped, verbatim.
    """

    verdict: Verdict
    text: str | None = None
    usage: Usage | None = None
    model_version: str | None = None
    finish_reason: str | None = None
