"""Cutting: the stretches of requests that make one job each, when one job may not hold them all."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from hashlib import sha256

# The service takes 2 GB (2,147,483,648 bytes: media.upload's maxSize in the v1beta discovery document,
# read 2026-11-22); whether it means 2,000,000,000 is not established, so that is the most we send.
MOST_BYTES = 2_000_000_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """What one job may hold; None is no limit.

    Attributes:
        tokens: estimated input tokens.
        added_bytes: that each request may still grow by before it is sent.
    """

    bytes: int = MOST_BYTES
    tokens: int | None = None
    requests: int | None = None
    added_bytes: int = 0


@dataclass(slots=True, kw_only=True)
class Part:
    """One stretch of requests.

    Attributes:
        first_position: of the item its first request is for.
        offset: where its bytes begin in the file of all requests.
    """

    first_position: int
    offset: int
    requests: int = 0
    bytes: int = 0
    tokens: int = 0


@dataclass(slots=True)
class Cutter:
    """Cuts a stream of requests, in order and greedily.

    Law: the parts are the stream, none is over a limit unless it holds a single request, and no two
    neighbours would fit into one, the canary aside (tests/processor_admission/test_cutting.py).

    Attributes:
        first_requests: the first part ends after so many requests, whatever would fit: the canary.
    """

    limits: Limits
    first_requests: int | None = None
    parts: list[Part] = field(default_factory=list)
    _offset: int = 0

    def add(self, position: int, size: int, tokens: int) -> Part:
        """Put the next request into the part it belongs to."""
        if not self.parts or not self._fits(self.parts[-1], size, tokens):
            self.parts.append(Part(first_position=position, offset=self._offset))
        part = self.parts[-1]
        part.requests += 1
        part.bytes += size
        part.tokens += tokens
        self._offset += size
        return part

    def _fits(self, part: Part, size: int, tokens: int) -> bool:
        limits = self.limits
        if len(self.parts) == 1 and part.requests == self.first_requests:
            return False
        return (
            part.bytes + size + (part.requests + 1) * limits.added_bytes <= limits.bytes
            and (limits.tokens is None or part.tokens + tokens <= limits.tokens)
            and (limits.requests is None or part.requests < limits.requests)
        )


class DigestCutter:
    """Cuts a stream of requests where request files ended of which only the digests are known.

    Law: a part for which there is a digest ends where it has that digest; what comes after the last
    is one part more.

    Attributes:
        digests: how each file's SHA-256 begins, in hex, in order.
    """

    def __init__(self, digests: Sequence[str]) -> None:
        self.digests = digests
        self.parts: list[Part] = []
        self._hash = sha256()
        self._offset = 0
        self._ended = True

    def add(self, position: int, line: bytes, tokens: int) -> None:
        """Put the next request into the part it belongs to."""
        if self._ended:
            self.parts.append(Part(first_position=position, offset=self._offset))
            self._hash = sha256()
        part = self.parts[-1]
        part.requests += 1
        part.bytes += len(line)
        part.tokens += tokens
        self._offset += len(line)
        self._hash.update(line)
        number = len(self.parts)
        self._ended = number <= len(self.digests) and self._hash.hexdigest().startswith(
            self.digests[number - 1]
        )
