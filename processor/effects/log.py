"""The log: what the steps say, as loguru records, and a run's own file of them."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager, suppress
from io import FileIO
from pathlib import Path

from loguru import logger

from processor.core.operation import JobView
from processor.ports import Observer

_FORMAT = "{time:YYYY-MM-DDTHH:mm:ss.SSSZ} {level: <7} {extra[run]} {message}"


class LoggingObserver:
    """Writes every word to the log, and passes it on."""

    def __init__(self, inner: Observer) -> None:
        self._inner = inner

    def step(self, step: str, message: str) -> None:
        """Log and pass on."""
        logger.info("{}: {}", step, message)
        self._inner.step(step, message)

    def progress(self, step: str, done: int, total: int | None, unit: str) -> None:
        """Pass on; progress is for eyes, not for the log."""
        self._inner.progress(step, done, total, unit)

    def polled(self, view: JobView, *, age_seconds: float, next_poll_seconds: float) -> None:
        """Log and pass on."""
        stats = view.stats
        logger.info(
            "poll: {} {} {}/{} age {:.0f} s",
            view.name,
            view.state,
            stats.answered if stats else "?",
            stats.total if stats else "?",
            age_seconds,
        )
        self._inner.polled(view, age_seconds=age_seconds, next_poll_seconds=next_poll_seconds)

    def warn(self, message: str) -> None:
        """Log and pass on."""
        logger.warning("{}", message)
        self._inner.warn(message)


class Silence:
    """An observer that says nothing: the Python API's default."""

    def step(self, step: str, message: str) -> None:
        """Nothing."""

    def progress(self, step: str, done: int, total: int | None, unit: str) -> None:
        """Nothing."""

    def polled(self, view: JobView, *, age_seconds: float, next_poll_seconds: float) -> None:
        """Nothing."""

    def warn(self, message: str) -> None:
        """Nothing."""


class _RunFile:
    """A run's log file. A disk that is full or read-only loses its lines, and never ends the run."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._file: FileIO | None = None

    def write(self, message: str) -> None:
        """Append one message; the file is made for the first."""
        with suppress(OSError):
            if self._file is None:
                self._file = FileIO(self._path, "a")
            # A path may hold bytes that are no UTF-8; loguru would print a traceback.
            self._file.write(message.encode(errors="backslashreplace"))

    def stop(self) -> None:
        """Close the file; loguru calls this when the sink is removed."""
        if self._file is not None:
            with suppress(OSError):
                self._file.close()


@contextmanager
def run_log(path: Path, run: str) -> Iterator[None]:
    """Within the block, what is logged goes into the run's own file too.

    Nothing is logged unless the application says ``logger.enable("processor")``.
    """
    sink = logger.add(
        _RunFile(path),
        format=_FORMAT,
        level="DEBUG",
        # diagnose prints local variables into tracebacks, the API key among them.
        diagnose=False,
        backtrace=False,
        colorize=False,
        filter=lambda record: record["extra"].get("run") == run,
    )
    try:
        with logger.contextualize(run=run):
            yield
    finally:
        logger.remove(sink)
