"""What went wrong between us and the service, sorted by what may be done next."""

from __future__ import annotations

from enum import StrEnum

_REQUEST_TIMEOUT = 408
_TOO_MANY = 429
_SERVER = 500


class FaultKind(StrEnum):
    """What is known after a call that did not succeed."""

    REFUSED = "refused"
    """A definite no (4xx): nothing was made, and asking again changes nothing."""
    BUSY = "busy"
    """429: nothing was made; the same call may succeed later."""
    UNREACHABLE = "unreachable"
    """No connection: nothing was sent."""
    UNCLEAR = "unclear"
    """5xx, 408, a timeout, a cut connection, an unreadable answer: it may have been done."""


class GatewayFault(Exception):
    """One call to the service did not succeed. Never leaves the steps: they decide what it means.

    Attributes:
        status: the HTTP status, None when there was no answer.
        reason: the service's own status word, such as ``RESOURCE_EXHAUSTED``; may be empty.
        message: the service's or the transport's words, without secrets.
    """

    def __init__(
        self, kind: FaultKind, message: str, *, status: int | None = None, reason: str = ""
    ) -> None:
        super().__init__(message)
        self.kind = kind
        self.message = message
        self.status = status
        self.reason = reason

    @property
    def passing(self) -> bool:
        """Whether the same question may be asked again (never said of a create that is unclear)."""
        return self.kind is not FaultKind.REFUSED

    def __str__(self) -> str:
        """Status, reason and message without its full stop: it goes into sentences."""
        head = " ".join(str(part) for part in (self.status, self.reason) if part)
        said = self.message.rstrip().removesuffix(".")
        return f"{head}: {said}" if head else said


def kind_of_status(status: int) -> FaultKind:
    """What an HTTP status other than 200 tells."""
    if status == _TOO_MANY:
        return FaultKind.BUSY
    if status == _REQUEST_TIMEOUT or status >= _SERVER or status < 400:
        return FaultKind.UNCLEAR
    return FaultKind.REFUSED
