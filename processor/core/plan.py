"""What a run would send, known before a byte is sent."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from processor.core.estimate import Estimate
from processor.core.ids import RunId, is_run_id


@dataclass(frozen=True, slots=True, kw_only=True)
class RequestFile:
    """One request file as built.

    Attributes:
        name: the file's name within the run's folder.
        item_count: the stretch of the run's items it covers.
        tokens: estimated input tokens of its lines.
        request_count: its lines; the other items are reused.
        digest: SHA-256 of its bytes, in hex.
    """

    name: str
    first_position: int
    item_count: int
    request_count: int
    size_bytes: int
    tokens: int
    digest: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Build:
    """What build made.

    Attributes:
        files: one for each job, in the order of the items; none when nothing must be asked.
    """

    item_count: int
    files: tuple[RequestFile, ...]

    @property
    def request_count(self) -> int:
        """Items that are asked."""
        return sum(file.request_count for file in self.files)

    @property
    def size_bytes(self) -> int:
        """Bytes to upload."""
        return sum(file.size_bytes for file in self.files)

    @property
    def tokens(self) -> int:
        """Estimated input tokens."""
        return sum(file.tokens for file in self.files)


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """What a run would send, cost and take.

    Attributes:
        excluded: names of the input files left out.
        enqueued_tokens: what active jobs of the model may have; None when nobody said.
        priced: whether a price of the model is known.
        remarks: what may be unwise, as sentences.
        findings: of preflight, as JSON.
        serving: who answers requests for the model, as JSON.
    """

    task: str
    model: str
    service: str
    excluded: tuple[str, ...]
    estimate: Estimate
    enqueued_tokens: int | None
    priced: bool
    remarks: tuple[str, ...]
    findings: tuple[Mapping[str, Any], ...]
    serving: Mapping[str, Any]

    def summary(self) -> str:
        """The plan in one sentence: tokens in and out, cost both ways, jobs."""
        expected = self.estimate
        out = expected.output_tokens
        cost, alone = expected.batch_usd, expected.interactive_usd
        money = (
            f"about {cost.expected:.4f} USD ({cost.low:.4f} to {cost.high:.4f}) as a batch, "
            f"{alone.expected:.4f} one by one"
            if cost is not None and alone is not None
            else "cost unknown"
        )
        return (
            f"about {expected.input_tokens:,} tokens in (± {expected.input_error:.0%}), "
            f"{out.low:,.0f} to {out.high:,.0f} out: {money}"
        )

    def as_json(self) -> dict[str, Any]:
        """The plan as JSON shows it."""
        return {
            "task": self.task,
            "model": self.model,
            "service": self.service,
            "excluded": list(self.excluded),
            **self.estimate.as_json(),
            "enqueued_tokens": self.enqueued_tokens,
            "priced": self.priced,
            "remarks": list(self.remarks),
            "findings": list(self.findings),
            "serving": self.serving,
        }


@dataclass(frozen=True, slots=True, kw_only=True)
class JobLabel:
    """What a display name tells.

    Attributes:
        random_part: the same in all jobs of the run; in no other run of this name.
        digest: the first 32 hex digits of the request file's SHA-256.
    """

    run: RunId
    number: int
    random_part: str
    digest: str


def display_name(run: str, number: int, random_part: str, digest: str) -> str:
    """What a job is called on the service: unique, and found again by it on any machine.

    At most 512 characters are allowed there; this has fewer than 150.
    """
    return f"truebatch/{run}/{number}/{random_part}/{digest[:32]}"


def read_display_name(text: str) -> JobLabel | None:
    """The label a display name of ours holds; None when it is none of ours."""
    match text.split("/"):
        case ["truebatch", run, number, random_part, digest] if (
            is_run_id(run) and number.isdecimal()
        ):
            return JobLabel(
                run=RunId(run), number=int(number), random_part=random_part, digest=digest
            )
    return None
