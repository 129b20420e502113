"""The desk: what every route needs, and the acts that several of them share."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from http import HTTPStatus
from pathlib import Path
from typing import Annotated, Any

from fastapi import Depends, Request

from processor.api import Processor
from processor.api.tokens import tokens_of
from processor.core.layout import Layout
from processor.core.state import FINAL
from processor.core.status import Status
from processor.effects.clock import SystemClock
from processor.effects.idempotency import IdempotencyKeys, OtherRequest
from processor.effects.tokens import Tokens
from processor.errors import NotFinished, ProcessorError
from processor.rest.driver_process import DriverProcess
from processor.rest.hub import Hub
from processor.rest.office import Office
from processor.rest.problems import Refused, conflict, not_found
from processor.rest.rates import Rates
from processor.rest.sessions import Sessions
from processor.rest.settings import Settings
from processor.rest.signatures import Webhooks
from processor.rest.snapshots import Snapshots

_LOOK_AGAIN_SECONDS = 2.0
_STRANGER_RATE = 5.0  # wrong tokens a second from one address


@dataclass(frozen=True, slots=True, kw_only=True)
class Order:
    """A run that a client wants.

    Attributes:
        name: the id it asks for; None for one that is made up.
        task: by name.
        caller, key, digest: who asks, its idempotency key, and the digest of the whole request.
    """

    name: str | None
    task: str
    caller: str
    key: str | None
    digest: str


@dataclass(kw_only=True)
class Desk:
    """The service's parts."""

    settings: Settings
    office: Office
    driver: DriverProcess
    hub: Hub
    clock: SystemClock = field(default_factory=SystemClock)
    snapshots: Snapshots = field(init=False)
    sessions: Sessions = field(init=False)
    tokens: Tokens = field(init=False)
    strangers: Rates = field(init=False)
    webhooks: Webhooks = field(init=False)
    _keys: IdempotencyKeys = field(init=False)
    _taking: threading.Lock = field(default_factory=threading.Lock, init=False)

    def __post_init__(self) -> None:
        self._keys = IdempotencyKeys(self.layout.service / "keys.sqlite3")
        self.tokens = tokens_of(self.settings.processor["outputs"])
        self.strangers = Rates(_STRANGER_RATE, self.clock)
        self.webhooks = Webhooks(self.settings.webhook_secrets)
        self.sessions = Sessions(self.clock, self.tokens)
        self.snapshots = Snapshots(self.office, self.clock)

    def paced(self, options: dict[str, Any]) -> dict[str, Any]:
        """A client's options, with the service's own interval where it says none."""
        if options.get("poll_interval") is None:
            return {**options, "poll_interval": self.settings.poll_interval}
        return options

    @property
    def layout(self) -> Layout:
        """The outputs folder."""
        return Layout(Path(self.settings.processor["outputs"]))

    # -- looking ------------------------------------------------------------------------------

    async def standing(self, run: str) -> Status:
        """Where the run of this id, or with the job of this name, stands.

        Raises:
            Refused: 404, there is none.
        """
        status = await self.snapshots.of(run)
        if status is None:
            raise not_found(f"There is no run {run!r} here. GET /runs lists them.")
        return status

    async def ended(self, run: str) -> Status:
        """Where a run stands that has ended.

        Raises:
            NotFinished: it has not.
        """
        status = await self.standing(run)
        if status.state not in FINAL:
            raise NotFinished(
                f"Run {status.run} has no results yet: it is {status.state}. "
                f"GET /runs/{status.run} shows how it goes on.",
                run=status.run,
            )
        return status

    def shown(self, status: Status) -> dict[str, Any]:
        """A status as JSON shows it, with what hinders the run."""
        problem = None if status.state in FINAL else self.hub.problem(status.run)
        return {**status.as_json(), "problem": problem}

    async def wait_for_end(self, run: str, seconds: float) -> Status:
        """Where the run stands at its end, or after ``seconds``."""
        deadline = self.clock.monotonic() + seconds
        with self.hub.listening(run) as events:
            while True:
                status = await self.standing(run)
                left = deadline - self.clock.monotonic()
                if status.state in FINAL or left <= 0:
                    return status
                try:
                    async with asyncio.timeout(min(left, _LOOK_AGAIN_SECONDS)):
                        await events.get()
                except TimeoutError:
                    continue

    # -- taking over --------------------------------------------------------------------------

    async def take(
        self, order: Order, receive: Callable[[Processor, str], Status]
    ) -> tuple[Status, bool]:
        """Make the run that ``order`` wants, once.

        Args:
            receive: takes it over under the id that it is given.

        Returns:
            Where it stands, and whether an earlier request with this idempotency key made it.

        Raises:
            Refused: 409, there is such a run; 422, the idempotency key was used for another request.
        """
        status, replayed = await self.office.ask(lambda one: self._take(one, order, receive))
        if not replayed:
            self.driver.wake(status.run)
        return status, replayed

    async def cancel(self, run: str) -> None:
        """Have a run cancelled, also if the driver dies before it could be."""
        await self.office.ask(lambda one: one.asked_to_stop(run).touch())
        self.driver.withdraw(run)

    def _take(
        self, processor: Processor, order: Order, receive: Callable[[Processor, str], Status]
    ) -> tuple[Status, bool]:
        with self._taking:  # twins come at the same moment
            run, fresh = self._claim(order, order.name or processor.new_name(order.task))
            try:
                status = processor.standing(run)
                if status is None:
                    return receive(processor, run), False
                if not fresh:
                    return status, True
                raise conflict("run_exists", f"There is a run {run} already. Use another name.")
            except (ProcessorError, Refused):
                if order.key is not None and fresh:
                    self._keys.release(order.caller, order.key, run)
                raise

    def _claim(self, order: Order, run: str) -> tuple[str, bool]:
        if order.key is None:
            return run, True
        try:
            now = self.clock.now().isoformat()
            return self._keys.claim(order.caller, order.key, order.digest, run, now=now)
        except OtherRequest:
            raise Refused(
                HTTPStatus.UNPROCESSABLE_ENTITY,
                "idempotency_key_reused",
                "This Idempotency-Key was used for another request. Use a new one for a new run.",
            ) from None


def desk_of(request: Request) -> Desk:
    """The desk of the application that got ``request``."""
    desk: Desk = request.app.state.desk
    return desk


AtDesk = Annotated[Desk, Depends(desk_of)]
