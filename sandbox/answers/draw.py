"""Choices by digest: the same digest and path, the same choice."""

import hashlib
from collections.abc import Sequence
from typing import TypeVar

T = TypeVar("T")


class Draw:
    """A source of choices, each named by the path of the field that it is for.

    Named choices do not shift when a schema gains a field elsewhere.
    """

    __slots__ = ("_salt", "attempt")

    def __init__(self, digest: bytes, attempt: int = 0) -> None:
        self._salt = digest[:15] + bytes([attempt])
        self.attempt = attempt

    def number(self, path: str) -> int:
        """A number from 0 below 2**64."""
        data = path.encode("utf-8", "surrogatepass")
        return int.from_bytes(hashlib.blake2b(data, digest_size=8, salt=self._salt).digest(), "big")

    def between(self, path: str, low: int, high: int) -> int:
        """A whole number from `low` to `high`, both included."""
        return low + self.number(path) % (high - low + 1)

    def share(self, path: str) -> float:
        """A number from 0 below 1."""
        return (self.number(path) >> 11) / (1 << 53)

    def choose(self, path: str, choices: Sequence[T]) -> T:
        """One of the choices."""
        return choices[self.number(path) % len(choices)]
