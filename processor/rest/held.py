"""What is held: the bodies that all requests together have in memory."""

from __future__ import annotations

from http import HTTPStatus

from processor.rest.problems import Refused


class Held:
    """What the bodies under way hold of the memory, all together; uploads go to the disk, and hold none."""

    def __init__(self, most: int) -> None:
        self._most = most
        self._now = 0

    def take(self, count: int) -> None:
        """Hold so many bytes more.

        Raises:
            Refused: 503, that is more than may be held.
        """
        if self._now + count > self._most:
            raise Refused(
                HTTPStatus.SERVICE_UNAVAILABLE,
                "busy",
                "Too many large bodies come at once. Ask again in a while.",
                headers={"retry-after": "2"},
            )
        self._now += count

    def give_back(self, count: int) -> None:
        """Hold so many bytes less."""
        self._now -= count
