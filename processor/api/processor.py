"""The processor: one verb for each command, with the same names and options."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from types import TracebackType

from processor.api.chaining import Chaining
from processor.api.comparing import Comparing
from processor.api.exporting import Exporting
from processor.api.overview import Overviewing
from processor.api.prompting import Prompting
from processor.api.workplace import Workplace
from processor.core.layout import Layout
from processor.core.plan import Plan
from processor.effects.clock import SystemClock
from processor.effects.log import LoggingObserver, Silence
from processor.effects.service import Service
from processor.errors import WrongUsage
from processor.ports import Clock, Observer


class Processor(Chaining, Exporting, Comparing, Overviewing, Prompting):
    """A batch processor on one outputs folder.

    Args:
        api_key: else ``api_key_file``, ``env_file``, ``$GEMINI_API_KEY``, ``$GOOGLE_API_KEY``.
        outputs: the folder of all runs; ``outputs``, or ``outputs/sandbox`` with ``sandbox``.
        sandbox: talk to the built-in loopback server instead of Google: no key, no cost.
        faults: what the sandbox plays: ``realistic``, ``none``, or names.
        base_url: another address than Google's own.
        timeout: seconds, for each socket operation.
        models: a ``models.toml`` over the built-in one and the user's own.
        confirm: asks about a plan before it is carried out; None never asks.
        clock, observer: the time, and who is told how it goes.

    Every verb raises a ``ProcessorError`` when it cannot do what it was asked.
    """

    def __init__(
        self,
        *,
        api_key: str | None = None,
        api_key_file: str | None = None,
        env_file: str | None = None,
        outputs: str | Path | None = None,
        sandbox: bool = False,
        faults: str | None = None,
        base_url: str | None = None,
        timeout: float = 60.0,
        models: str | None = None,
        confirm: Callable[[Plan], bool] | None = None,
        clock: Clock | None = None,
        observer: Observer | None = None,
    ) -> None:
        if sandbox and base_url:
            raise WrongUsage("--sandbox is an address of its own: it goes without --base-url.")
        layout = Layout(Path(outputs or ("outputs/sandbox" if sandbox else "outputs")))
        log = LoggingObserver(observer or Silence())
        service = Service(
            layout=layout,
            observer=log,
            api_key=api_key,
            api_key_file=api_key_file,
            env_file=env_file,
            base_url=base_url,
            sandbox=sandbox,
            faults=faults,
            timeout_seconds=timeout,
        )
        self._place = Workplace(
            layout=layout,
            service=service,
            clock=clock or SystemClock(),
            observer=log,
            models_file=models,
            confirm=confirm,
        )

    @classmethod
    def at(cls, place: Workplace) -> Processor:
        """A processor at a workplace made elsewhere, with clock, files or service of one's own."""
        processor = cls.__new__(cls)
        processor._place = place
        return processor

    def __enter__(self) -> Processor:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self.close()

    def close(self) -> None:
        """Close the journal and the connection; runs stay where they stand."""
        self._place.close()
