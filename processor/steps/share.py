"""share: keep a run's context in one cache on the service, for as long as its jobs may take."""

from __future__ import annotations

import secrets
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import timedelta
from functools import partial
from typing import Any, TypeVar

from processor.core.advice import advice
from processor.core.context import CACHE_SECONDS, cache_display_name
from processor.core.fault import FaultKind, GatewayFault
from processor.core.ids import RunId
from processor.core.referred import CacheRow, CacheState
from processor.core.remote import RemoteCache
from processor.errors import ServiceRefused
from processor.ports import Gateway, Journal
from processor.steps.patience import FEW, Patience

Answer = TypeVar("Answer")

LEAST_LIFE = timedelta(hours=49)
"""How long a cache must still live when a job is made: its 48 h, and an hour for uploading it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Sharing:
    """All that keeping one cache needs.

    The intent, a display name of its own, is in the journal before the cache is made. A create of which
    nobody knows what came is followed by a look through all caches: one of that name is the run's.
    Creating costs money twice, so absence is believed only of two lists, the second one later.
    """

    gateway: Gateway
    journal: Journal
    patience: Patience
    run: RunId
    model: str

    def share(self, content: Mapping[str, Any]) -> CacheRow:
        """The run's cache: made, found again, or prolonged, so that it outlives a job made now.

        Raises:
            ServiceRefused: the service makes none, or cannot be asked; no job was made.
        """
        row = self.journal.cache(self.run)
        if row is not None and row.state is CacheState.CREATING:
            row = self._reconcile(row)
        if row is not None and row.state is CacheState.READY:
            row = self._prolonged(row)
        if row is not None and row.state is CacheState.READY:
            return row
        return self._create(content)

    def release(self) -> None:
        """Delete the run's cache: what is stored costs by the hour.

        When the service does not answer, that is told, and the cache expires by itself.
        """
        row = self.journal.cache(self.run)
        if row is None or row.state is CacheState.DELETED:
            return
        try:
            named = (
                [row.name]
                if row.name is not None
                else [cache.name for cache in self._ask(lambda: self._namesakes(row))]
            )
            for name in named:
                self._ask(partial(self.gateway.delete_cache, name))
        except GatewayFault as fault:
            self.patience.observer.warn(
                f"The cache {row.name or row.display_name} of run {self.run} was not deleted: {fault}. "
                f"It expires by itself at {row.expires_at or 'its time'}; `truebatch clean` deletes it "
                "before."
            )
            return
        self.journal.save_cache(replace(row, state=CacheState.DELETED))
        self._say("the cache is deleted")

    # -- within -------------------------------------------------------------------------------

    def _create(self, content: Mapping[str, Any]) -> CacheRow:
        display_name = cache_display_name(self.run, secrets.token_hex(8))
        row = self.journal.save_cache(
            CacheRow(run=self.run, state=CacheState.CREATING, display_name=display_name)
        )
        tries = FEW
        while True:
            try:
                made = self.gateway.create_cache(
                    model=self.model,
                    display_name=display_name,
                    content=content,
                    ttl_seconds=CACHE_SECONDS,
                )
                return self._ready(row, made)
            except GatewayFault as fault:
                if fault.kind is FaultKind.UNCLEAR:
                    row = self._reconcile(row, because=fault)
                    if row.state is CacheState.READY:
                        return row
                tries -= 1
                if fault.kind is FaultKind.REFUSED or tries <= 0:
                    self.journal.save_cache(replace(row, state=CacheState.DELETED))
                    raise self._refused(fault) from None
                self._say(f"{fault}; no cache was made, asking again in {self._interval:g} s")
            self.patience.clock.wait(self._interval)

    def _reconcile(self, row: CacheRow, *, because: GatewayFault | None = None) -> CacheRow:
        """READY, when there is a cache of this display name; else CREATING still, and there is none."""
        reason = f"after {because}" if because else "after an interruption"
        self._say(f"looking for the cache {reason}")
        try:
            found = self._ask(lambda: self._namesakes(row))
            if not found:
                self.patience.clock.wait(max(self._interval, self.patience.settle_seconds))
                found = self._ask(lambda: self._namesakes(row))
            for twin in found[1:]:
                # A create that came late: nothing refers to it, and it costs by the hour.
                self._ask(partial(self.gateway.delete_cache, twin.name))
        except GatewayFault as fault:
            raise ServiceRefused(
                f"It is unknown whether the service has made the cache {row.display_name!r}: {fault}. "
                f"No second one is made before that is known: `truebatch resume {self.run}` looks "
                "again.",
                run=self.run,
            ) from None
        if not found:
            self._say("there is none: the cache was not made")
            return row
        self._say(f"found it: {found[0].name}; nothing is made again")
        return self._ready(row, found[0])

    def _namesakes(self, row: CacheRow) -> Sequence[RemoteCache]:
        return [one for one in self.gateway.caches() if one.display_name == row.display_name]

    def _prolonged(self, row: CacheRow) -> CacheRow:
        """READY with enough life before it; DELETED when it is there no more."""
        assert row.name is not None
        assert row.expires_at is not None
        name = row.name
        if row.expires_at - self.patience.clock.now() >= LEAST_LIFE:
            return row
        try:
            longer = self._ask(partial(self.gateway.prolong_cache, name, ttl_seconds=CACHE_SECONDS))
        except GatewayFault as fault:
            raise self._refused(fault) from None
        if longer is None:
            self._say(f"{name} has gone; another is made")
            return self.journal.save_cache(replace(row, state=CacheState.DELETED))
        return self._ready(row, longer)

    def _ready(self, row: CacheRow, cache: RemoteCache) -> CacheRow:
        expires = cache.expires_at or self.patience.clock.now() + timedelta(seconds=CACHE_SECONDS)
        ready = replace(
            row,
            state=CacheState.READY,
            name=cache.name,
            expires_at=expires,
            tokens=cache.tokens if cache.tokens is not None else row.tokens,
        )
        self._say(f"{cache.name} holds {ready.tokens or 0:,} tokens until {expires:%Y-%m-%d %H:%M}")
        return self.journal.save_cache(ready)

    def _refused(self, fault: GatewayFault) -> ServiceRefused:
        hint = advice(fault)
        return ServiceRefused(
            f"The service keeps no cache of this context: {fault}. {hint + ' ' if hint else ''}No job "
            "was made. A new run with --context-mode implicit puts the context in front of every "
            f"prompt instead; `truebatch resume {self.run}` tries the cache again.",
            run=self.run,
        )

    def _ask(self, question: Callable[[], Answer]) -> Answer:
        return self.patience.ask("share", question)

    def _say(self, message: str) -> None:
        self.patience.observer.step("share", message)

    @property
    def _interval(self) -> float:
        return self.patience.interval_seconds
