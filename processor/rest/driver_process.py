"""The driver as a child process: started, told, heard, and started again when it dies."""

from __future__ import annotations

import asyncio
import sys
from collections.abc import Callable, Mapping
from contextlib import suppress
from typing import Any

import orjson
from loguru import logger

from processor.errors import DiskFailed, ProcessorError
from processor.rest.driver import GRACE_SECONDS

_LINE_BYTES = 16 * 1024 * 1024
_AGAIN_SECONDS = 1.0
_MOST_AGAIN_SECONDS = 60.0


class DriverProcess:
    """``python -m processor.rest.driver``, for as long as the service lives.

    Args:
        options: of the processor; the driver gets them through a pipe.
        hear: gets each event, on the event loop.
        log: the least level of what it logs.
    """

    def __init__(
        self, options: Mapping[str, Any], *, hear: Callable[[Mapping[str, Any]], None], log: str
    ) -> None:
        self._options = dict(options)
        self._log = log
        self._hear = hear
        self._process: asyncio.subprocess.Process | None = None
        self._keeper: asyncio.Task[None] | None = None
        self._stopping = False

    @property
    def alive(self) -> bool:
        """Whether it runs now."""
        return self._process is not None and self._process.returncode is None

    async def start(self) -> None:
        """Start it, and return when it is ready.

        Raises:
            ProcessorError: it cannot work: no key, or another service's folder.
        """
        await self._start()
        self._keeper = asyncio.create_task(self._keep())

    def wake(self, run: str | None = None) -> None:
        """Have it look at ``run``, or at all runs, now."""
        self._say({"wake": run})

    def withdraw(self, run: str) -> None:
        """Have it cancel ``run``."""
        self._say({"withdraw": run})

    async def stop(self) -> None:
        """Let what is under way end, and wait for it."""
        self._stopping = True
        process = self._process
        if process is None:
            return
        assert process.stdin is not None
        process.stdin.close()
        try:
            async with asyncio.timeout(GRACE_SECONDS + 5):
                await process.wait()
        except TimeoutError:
            process.kill()
            await process.wait()
        if self._keeper is not None:
            await self._keeper

    async def _start(self) -> None:
        process = await asyncio.create_subprocess_exec(
            sys.executable,
            "-m",
            "processor.rest.driver",
            self._log,
            stdin=asyncio.subprocess.PIPE,
            stdout=asyncio.subprocess.PIPE,
            limit=_LINE_BYTES,
            start_new_session=True,  # Ctrl-C in the terminal is ours to handle
        )
        self._process = process
        assert process.stdin is not None
        assert process.stdout is not None
        process.stdin.write(orjson.dumps(self._options) + b"\n")
        line = await process.stdout.readline()
        said = orjson.loads(line) if line else {"failed": None}
        if "failed" in said:
            await process.wait()
            raise _failure(said["failed"])

    async def _keep(self) -> None:
        """Hear what it says; start it again when it has died, ever more slowly."""
        pause = _AGAIN_SECONDS
        while True:
            with suppress(ConnectionError):
                await self._listen()
            if self._stopping:
                return
            logger.error("the driver died; it is started again in {:g} s", pause)
            await asyncio.sleep(pause)
            pause = min(pause * 2, _MOST_AGAIN_SECONDS)
            try:
                await self._start()
            except ProcessorError as error:
                logger.error("the driver cannot start: {}", error.message)

    async def _listen(self) -> None:
        process = self._process
        assert process is not None
        assert process.stdout is not None
        async for line in process.stdout:
            self._hear(orjson.loads(line))
        await process.wait()

    def _say(self, command: Mapping[str, Any]) -> None:
        process = self._process
        if process is None or process.returncode is not None:
            return  # it finds the journal's runs when it is started again
        assert process.stdin is not None
        with suppress(ConnectionError, RuntimeError):
            process.stdin.write(orjson.dumps(command) + b"\n")


def _failure(error: Mapping[str, Any] | None) -> ProcessorError:
    if error is None:
        return DiskFailed("The driver's process could not be started; its messages are above.")
    kinds = {kind.kind: kind for kind in ProcessorError.__subclasses__()}
    return kinds[error["kind"]](error["message"], run=error["run"])
