"""The office: threads in which the service asks the journal and the disk, each with its own processor."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from typing import Any, TypeVar

from processor.api import Processor

Answer = TypeVar("Answer")

_THREADS = 6


class Office:
    """Answers questions off the event loop, in the order in which they come.

    Nothing here talks to the Gemini service: that is the driver's.
    """

    def __init__(self, options: Mapping[str, Any]) -> None:
        self._options = dict(options)
        self._own = threading.local()
        self._pool = ThreadPoolExecutor(
            _THREADS, thread_name_prefix="office", initializer=self._open
        )

    async def ask(self, question: Callable[[Processor], Answer]) -> Answer:
        """The answer to ``question``, which gets a processor of its thread."""
        loop = asyncio.get_running_loop()
        return await loop.run_in_executor(self._pool, self._answer, question)

    def close(self) -> None:
        """End the threads when they have answered."""
        self._pool.shutdown()

    def _open(self) -> None:
        self._own.processor = Processor(**self._options)

    def _answer(self, question: Callable[[Processor], Answer]) -> Answer:
        answer: Answer = question(self._own.processor)
        return answer
