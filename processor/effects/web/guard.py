"""The guard on connections: a host is looked up once, judged, and connected to at that very address."""

from __future__ import annotations

import socket
import ssl
from collections.abc import Iterable
from queue import Empty, SimpleQueue
from threading import Thread
from typing import Any

import httpcore2

from processor.core.address_class import refusal
from processor.effects.web.page_fault import PageFault, proxy_hint
from processor.ports import Clock


class Deadline:
    """The end of the time that one page may take."""

    def __init__(self, clock: Clock, seconds: float) -> None:
        self._clock = clock
        self._seconds = seconds
        self._end = clock.monotonic() + seconds

    def left(self) -> float:
        """Seconds until then.

        Raises:
            PageFault: it has passed.
        """
        left = self._end - self._clock.monotonic()
        if left <= 0:
            raise self.fault()
        return left

    def fault(self) -> PageFault:
        """What is said of a page that takes longer."""
        return PageFault(f"it was not there after {self._seconds:g} seconds")


class GuardedBackend(httpcore2.NetworkBackend):
    """Connects to public addresses, and to hosts that the user allows by name, before the deadline.

    The name is looked up here, once for each connection, and the connection goes to what was judged:
    a name that changes its address in between gains nothing (DNS rebinding). TLS and the Host header
    keep the name. Spellings such as ``0x7f.1`` are judged as what the resolver makes of them.
    """

    def __init__(self, allowed: frozenset[str], deadline: Deadline) -> None:
        self._allowed = allowed
        self._deadline = deadline
        self._sockets = httpcore2.SyncBackend()

    def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,  # noqa: ARG002 - the deadline holds instead
        local_address: str | None = None,
        socket_options: Iterable[httpcore2.SOCKET_OPTION] | None = None,
    ) -> httpcore2.NetworkStream:
        """A connection to the first of the host's addresses that answers.

        Raises:
            PageFault: the host is not known, or one of its addresses is not public.
        """
        ips = _look_up(host, port, self._deadline)
        for ip in ips:
            found = refusal(ip, allowed=host in self._allowed)
            if found is not None:
                raise PageFault(_refused(host, ip, found, named=host in self._allowed))
        for ip in ips[:-1]:
            try:
                return self._connect(ip, port, local_address, socket_options)
            except (httpcore2.ConnectError, httpcore2.ConnectTimeout):
                continue
        return self._connect(ips[-1], port, local_address, socket_options)

    def _connect(
        self,
        ip: str,
        port: int,
        local_address: str | None,
        socket_options: Iterable[httpcore2.SOCKET_OPTION] | None,
    ) -> httpcore2.NetworkStream:
        stream = self._sockets.connect_tcp(
            ip, port, self._deadline.left(), local_address, socket_options
        )
        return _TimedStream(stream, self._deadline)


class _TimedStream(httpcore2.NetworkStream):
    """A stream whose every operation ends at the deadline, however slowly its bytes drip."""

    def __init__(self, inner: httpcore2.NetworkStream, deadline: Deadline) -> None:
        self._inner = inner
        self._deadline = deadline

    def read(self, max_bytes: int, timeout: float | None = None) -> bytes:  # noqa: ARG002
        return self._inner.read(max_bytes, timeout=self._deadline.left())

    def write(self, buffer: bytes, timeout: float | None = None) -> None:  # noqa: ARG002
        self._inner.write(buffer, timeout=self._deadline.left())

    def close(self) -> None:
        self._inner.close()

    def start_tls(
        self,
        ssl_context: ssl.SSLContext,
        server_hostname: str | None = None,
        timeout: float | None = None,  # noqa: ARG002
    ) -> httpcore2.NetworkStream:
        stream = self._inner.start_tls(ssl_context, server_hostname, timeout=self._deadline.left())
        return _TimedStream(stream, self._deadline)

    def get_extra_info(self, info: str) -> Any:
        return self._inner.get_extra_info(info)


def _look_up(host: str, port: int, deadline: Deadline) -> tuple[str, ...]:
    """The host's IP addresses, in the resolver's order.

    A resolver cannot be told to hurry: it is asked in a thread that nobody waits for after the deadline.
    """
    answer: SimpleQueue[tuple[str, ...] | OSError | UnicodeError] = SimpleQueue()

    def ask() -> None:
        try:
            found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
            answer.put(tuple(dict.fromkeys(str(entry[4][0]) for entry in found)))
        except (OSError, UnicodeError) as error:
            answer.put(error)

    Thread(target=ask, name="truebatch-resolver", daemon=True).start()
    try:
        found = answer.get(timeout=deadline.left())
    except Empty:
        raise deadline.fault() from None
    if isinstance(found, Exception):
        why = getattr(found, "strerror", None) or found
        raise PageFault(f"the host {host} is not known: {why}{proxy_hint()}")
    if not found:
        raise PageFault(f"the host {host} has no address")
    return found


def _refused(host: str, ip: str, found: str, *, named: bool) -> str:
    where = host if host == ip else f"{host} ({ip})"
    if named:
        return f"{where} is {found}, where no page can be"
    return (
        f"{where} is not on the public internet: {found}. `--allow-host {host}` allows it by name"
    )
