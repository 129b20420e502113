"""The attendant: takes every unfinished run of a folder to its end, one look at each an interval."""

from __future__ import annotations

import threading
from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any

from loguru import logger

from processor.api.processor import Processor
from processor.core.operation import JobView
from processor.effects.clock import StoppableClock
from processor.errors import DrivenElsewhere, ProcessorError, Terminated

Event = Mapping[str, Any]
"""``{"run", "step", "message"}``, ``{"run", "progress": {…}}``, ``{"run", "problem": error or null}`` or
``{"run", "ended": state}``."""

_SCAN_SECONDS = 1.0  # how long a run that a command began may go unseen
_LOCKED_SECONDS = 5.0  # how soon a run is looked at again that another process drove
_STOPPING_SECONDS = 2.0  # how soon a run is looked at again that is to be cancelled, or was
_STOPPING_LOOKS = 30  # after which the interval holds again: some jobs take their time to end
_LONGEST_PAUSE_SECONDS = 3600.0
_MOST_DOUBLINGS = 12
_PROGRESS_SECONDS = 0.5


@dataclass(slots=True)
class _Attended:
    """A run that is attended to.

    Attributes:
        next_at: when it is looked at next, on the clock's monotonic seconds.
        failures: looks in a row that could not go on.
        soon: looks that come sooner than the interval says, because the run is being cancelled.
    """

    interval: float
    next_at: float = 0.0
    failures: int = 0
    soon: int = 0
    busy: bool = False


class Attendant:
    """One driver for all runs of an outputs folder.

    A run that another process drives is left alone, and looked at again later: the run's lock decides.
    Every look is safe to be cut at any instant, and to be taken again.

    Args:
        open_processor: makes a processor with the clock and the observer given; each thread has its own.
        hear: gets every event, from any thread.
        workers: how many runs are looked at at once; most of the time they wait for the service.
    """

    def __init__(
        self,
        open_processor: Callable[[StoppableClock, Telling], Processor],
        *,
        hear: Callable[[Event], None],
        workers: int = 8,
    ) -> None:
        self._open = open_processor
        self._hear = hear
        self._clock = StoppableClock()
        self._runs: dict[str, _Attended] = {}
        self._lock = threading.Lock()
        self._bell = threading.Event()
        self._stopping = False
        self._own = threading.local()
        self._pool = ThreadPoolExecutor(workers, thread_name_prefix="attendant")

    def attend(self) -> None:
        """Go on until ``stop`` is called."""
        with self._open(self._clock, Telling(self._hear, self._clock)) as processor:
            while not self._stopping:
                try:
                    self._see(processor.unfinished())
                except ProcessorError as error:
                    logger.error("the journal cannot be read: {}", error.message)
                except Exception as bug:  # noqa: BLE001 - without this thread, nothing is driven any more
                    logger.opt(exception=bug).error("a bug while the runs were listed")
                self._bell.wait(self._start_due())
                self._bell.clear()

    def wake(self, run: str | None = None) -> None:
        """Look at ``run``, or at all runs, now."""
        with self._lock:
            for name, attended in self._runs.items():
                if run in (None, name):
                    attended.next_at = 0.0
        self._bell.set()

    def withdraw(self, run: str) -> None:
        """Cancel ``run`` as soon as that is possible, also while it is looked at."""
        self._pool.submit(self._try_withdraw, run)
        self.wake(run)

    def stop(self, grace_seconds: float) -> bool:
        """Start nothing more, and let what is under way end; whether it did in time."""
        self._stopping = True
        self._clock.stop()
        self._bell.set()
        deadline = self._clock.monotonic() + grace_seconds
        ended = threading.Thread(
            target=self._pool.shutdown, kwargs={"cancel_futures": True}, daemon=True
        )
        ended.start()
        ended.join(max(0.0, deadline - self._clock.monotonic()))
        return not ended.is_alive()

    # -- scheduling ---------------------------------------------------------------------------

    def _see(self, unfinished: list[tuple[str, float]]) -> None:
        """Know of new runs; forget those that have ended."""
        known = dict(unfinished)
        with self._lock:
            for run in [
                run for run, one in self._runs.items() if run not in known and not one.busy
            ]:
                del self._runs[run]
            for run, interval in known.items():
                self._runs.setdefault(run, _Attended(interval=interval)).interval = interval

    def _start_due(self) -> float:
        """Start a look at each run that is due; seconds until the next thing to do."""
        now = self._clock.monotonic()
        wait = _SCAN_SECONDS
        with self._lock:
            for run, attended in self._runs.items():
                if attended.busy or self._stopping:
                    continue
                if attended.next_at <= now:
                    attended.busy = True
                    self._pool.submit(self._look, run)
                else:
                    wait = min(wait, attended.next_at - now)
        return wait

    # -- on a worker's thread -----------------------------------------------------------------

    def _look(self, run: str) -> None:
        attended = self._runs[run]
        pause, failed = attended.interval, False
        telling, processor = self._mine(run)
        try:
            if processor.asked_to_stop(run).exists():
                attended.soon = _STOPPING_LOOKS
                self._withdraw(processor, run)
            report = processor.advance(run)
            telling.problem(None)
            if report is not None:
                self._end(processor, telling, report)
        except DrivenElsewhere:
            pause = min(attended.interval, _LOCKED_SECONDS)
        except Terminated:
            pass
        except ProcessorError as error:
            failed = True
            telling.problem(error.as_json()["error"])
        except Exception as bug:  # noqa: BLE001 - one run's bug must not end the others' driver
            failed = True
            logger.opt(exception=bug).error("a bug while run {} was driven", run)
            telling.problem(ProcessorError("A bug; the service's log has it.").as_json()["error"])
        self._note(attended, pause, failed=failed)

    def _note(self, attended: _Attended, pause: float, *, failed: bool) -> None:
        """When the run is looked at next: a look that cannot go on is taken ever more seldom."""
        with self._lock:
            attended.failures = attended.failures + 1 if failed else 0
            doublings = min(max(0, attended.failures - 1), _MOST_DOUBLINGS)
            longest = max(pause, _LONGEST_PAUSE_SECONDS)
            if attended.soon:
                attended.soon -= 1
                pause = min(pause, _STOPPING_SECONDS)
            attended.next_at = self._clock.monotonic() + min(pause * 2**doublings, longest)
            attended.busy = False
        self._bell.set()

    def _end(self, processor: Processor, telling: Telling, report: dict[str, Any]) -> None:
        processor.asked_to_stop(report["run"]).unlink(missing_ok=True)
        telling.ended(report["state"])
        processor.after(report)

    def _try_withdraw(self, run: str) -> None:
        telling, processor = self._mine(run)
        try:
            self._withdraw(processor, run)
        except (DrivenElsewhere, Terminated):
            pass  # whoever looks at it now goes on; the next look cancels it
        except ProcessorError as error:
            telling.problem(error.as_json()["error"])
        with self._lock:
            attended = self._runs.get(run)
            if attended is not None:
                attended.soon = _STOPPING_LOOKS
                soon = self._clock.monotonic() + min(attended.interval, _STOPPING_SECONDS)
                attended.next_at = min(attended.next_at, soon)
        self._bell.set()

    def _withdraw(self, processor: Processor, run: str) -> None:
        report = processor.withdraw(run)
        processor.asked_to_stop(run).unlink(missing_ok=True)
        if report is not None:
            self._end(processor, self._own.telling, report)

    def _mine(self, run: str) -> tuple[Telling, Processor]:
        """This thread's processor, and who tells of it."""
        if not hasattr(self._own, "processor"):
            self._own.telling = Telling(self._hear, self._clock)
            self._own.processor = self._open(self._clock, self._own.telling)
        self._own.telling.run = run
        return self._own.telling, self._own.processor


class Telling:
    """An observer that makes events of what it is told."""

    def __init__(self, hear: Callable[[Event], None], clock: StoppableClock) -> None:
        self.run = ""
        self._hear = hear
        self._clock = clock
        self._last_progress = 0.0

    def step(self, step: str, message: str) -> None:
        """A line."""
        self._hear({"run": self.run, "step": step, "message": message})

    def progress(self, step: str, done: int, total: int | None, unit: str) -> None:
        """A count, now and then."""
        now = self._clock.monotonic()
        if now - self._last_progress >= _PROGRESS_SECONDS:
            self._last_progress = now
            counted = {"step": step, "done": done, "total": total, "unit": unit}
            self._hear({"run": self.run, "progress": counted})

    def polled(self, view: JobView, *, age_seconds: float, next_poll_seconds: float) -> None:
        """A look was taken; the journal has what it saw."""
        message = f"{view.name} {view.state}"
        times = {"age_seconds": age_seconds, "next_poll_seconds": next_poll_seconds}
        self._hear({"run": self.run, "step": "poll", "message": message, **times})

    def warn(self, message: str) -> None:
        """A line that somebody should read."""
        self._hear({"run": self.run, "step": "warning", "message": message})

    def problem(self, error: object) -> None:
        """The run cannot go on now, or (None) can again."""
        self._hear({"run": self.run, "problem": error})

    def ended(self, state: str) -> None:
        """The run has ended."""
        self._hear({"run": self.run, "ended": state})
