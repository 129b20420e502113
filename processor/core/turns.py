"""Turns: whose page is fetched next, so that no host is asked for too many at once."""

from __future__ import annotations

from collections import Counter, deque

from processor.core.address import Address


class Turns:
    """Addresses that wait, by host.

    Law: never more than ``per_host`` pages of one host are under way; hosts take turns; pages of one
    host come in the order in which they were added.
    """

    def __init__(self, *, per_host: int) -> None:
        self._per_host = per_host
        self._waiting: dict[str, deque[Address]] = {}
        self._ready: deque[str] = deque()
        self._under_way: Counter[str] = Counter()

    def add(self, address: Address) -> None:
        """Let an address wait."""
        queue = self._waiting.setdefault(address.host, deque())
        queue.append(address)
        if len(queue) == 1 and self._under_way[address.host] < self._per_host:
            self._ready.append(address.host)

    def take(self) -> Address | None:
        """The next that may be fetched now; None when every host that waits is busy, or none waits."""
        if not self._ready:
            return None
        host = self._ready.popleft()
        queue = self._waiting[host]
        address = queue.popleft()
        self._under_way[host] += 1
        if not queue:
            del self._waiting[host]
        elif self._under_way[host] < self._per_host:
            self._ready.append(host)
        return address

    def ended(self, address: Address) -> None:
        """A page that was taken has come, or has failed."""
        host = address.host
        was_full = self._under_way[host] == self._per_host
        self._under_way[host] -= 1
        if was_full and host in self._waiting:
            self._ready.append(host)
        if not self._under_way[host]:
            del self._under_way[host]
