"""The crowd: threads that fetch pages side by side, a few of each host at once."""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from queue import Empty, SimpleQueue
from threading import Thread
from types import TracebackType

import httpx2

from processor.core.address import Address
from processor.core.turns import Turns
from processor.core.web_page import Page, PageLimits, Unreached
from processor.effects.clock import SystemClock
from processor.effects.web.page_client import PageClient
from processor.effects.web.page_fault import PageFault
from processor.effects.web.reader import Readers, check_extractor
from processor.ports import Clock

_MOST_READERS = 4  # each holds an extractor, some 80 MB
_LOOK_SECONDS = 0.5  # Windows lets no Ctrl-C through while a queue is waited for without an end


@dataclass(frozen=True, slots=True, kw_only=True)
class OpenWeb:
    """The web as the guard lets it be seen.

    Attributes:
        limits: of each page, and of all together.
        user_agent: what servers are told of who asks.
        clock: a real one: servers do not wait for another.
    """

    limits: PageLimits = field(default_factory=PageLimits)
    user_agent: str = "truebatch"
    clock: Clock = field(default_factory=SystemClock)

    def fetch(
        self, addresses: Iterable[Address], *, allowed: frozenset[str]
    ) -> Iterator[Page | Unreached]:
        """Every page, or why it gave no article, in the order in which they come.

        The generator may be closed, or left by an interrupt, at any time: what is under way is
        abandoned, not waited for.

        Args:
            addresses: each once.
            allowed: names of hosts that need not be public.

        Raises:
            WrongUsage: the extra `web` is not installed.
        """
        check_extractor()
        turns = Turns(per_host=self.limits.per_host)
        waiting = 0
        for address in addresses:
            turns.add(address)
            waiting += 1
        if not waiting:
            return
        client = PageClient(
            limits=self.limits,
            allowed=allowed,
            clock=self.clock,
            user_agent=self.user_agent,
            tls=httpx2.create_ssl_context(),
        )
        readers = Readers(
            count=min(_MOST_READERS, os.cpu_count() or 1), seconds=self.limits.reading_seconds
        )
        with _Crowd(client, readers, min(self.limits.at_once, waiting)) as crowd:
            under_way = 0
            while waiting:
                while under_way < self.limits.at_once and (turn := turns.take()) is not None:
                    crowd.begin(turn)
                    under_way += 1
                done = crowd.next_done()
                turns.ended(done.address)
                under_way -= 1
                waiting -= 1
                yield done


class _Crowd:
    """Some threads. They are daemons: whoever leaves does not wait for a server that drips."""

    def __init__(self, client: PageClient, readers: Readers, count: int) -> None:
        self._client = client
        self._readers = readers
        self._count = count
        self._asked: SimpleQueue[Address | None] = SimpleQueue()
        self._done: SimpleQueue[Page | Unreached | BaseException] = SimpleQueue()

    def __enter__(self) -> _Crowd:
        for number in range(self._count):
            Thread(target=self._work, name=f"truebatch-web-{number}", daemon=True).start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        for _ in range(self._count):
            self._asked.put(None)
        self._readers.close()

    def begin(self, address: Address) -> None:
        """Have a page fetched."""
        self._asked.put(address)

    def next_done(self) -> Page | Unreached:
        """The next page that has come, or has failed."""
        while True:
            try:
                done = self._done.get(timeout=_LOOK_SECONDS)
            except Empty:
                continue
            if isinstance(done, BaseException):
                raise done
            return done

    def _work(self) -> None:
        while (address := self._asked.get()) is not None:
            try:
                self._done.put(self._fetch(address))
            except BaseException as error:  # noqa: BLE001 - a bug: raised where the pages are waited for
                self._done.put(error)

    def _fetch(self, address: Address) -> Page | Unreached:
        try:
            title, contents = self._readers.article(self._client.fetch(address))
        except PageFault as fault:
            return Unreached(address, str(fault))
        return Page(address, title, contents)
