"""The client that fetches one page: redirects followed, sizes counted, types looked at."""

from __future__ import annotations

import ssl
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from email.message import Message
from http import HTTPStatus

import httpcore2

from processor.core.address import Address
from processor.core.web_page import PageLimits
from processor.effects.web.guard import Deadline, GuardedBackend
from processor.effects.web.page_fault import PageFault, proxy_hint
from processor.ports import Clock

HTML = frozenset({"text/html", "application/xhtml+xml"})
TEXT = "text/plain"
_REDIRECTS = frozenset({301, 302, 303, 307, 308})
_GZIP = 16 + zlib.MAX_WBITS
_BLOCK_BYTES = 64 * 1024
_HEADERS = {
    "Accept": "text/html, application/xhtml+xml, text/plain;q=0.8",
    "Accept-Encoding": "gzip",
    "Connection": "close",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Content:
    """What a server answered.

    Attributes:
        media_type: one of ``HTML``, or ``TEXT``.
        charset: as the server says; None when it does not.
    """

    raw: bytes
    media_type: str
    charset: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class PageClient:
    """Fetches pages, each on a connection of its own; safe to be used by several threads.

    No proxy is used, whatever the environment says: a proxy would look names up itself, and connect
    where the guard cannot see. No cookies are kept, and nothing is sent but the address.

    Attributes:
        allowed: hosts that need not be public.
        user_agent: what servers are told of who asks.
    """

    limits: PageLimits
    allowed: frozenset[str]
    clock: Clock
    tls: ssl.SSLContext
    user_agent: str

    def fetch(self, address: Address) -> Content:
        """The page at ``address``, or where it redirects to.

        Raises:
            PageFault: it cannot be had, or is no page.
        """
        deadline = Deadline(self.clock, self.limits.seconds)
        backend = GuardedBackend(self.allowed, deadline)
        try:
            with httpcore2.ConnectionPool(
                ssl_context=self.tls, network_backend=backend, max_keepalive_connections=0
            ) as pool:
                return self._follow(pool, address)
        except httpcore2.TimeoutException:
            raise deadline.fault() from None
        except (httpcore2.NetworkError, httpcore2.ProtocolError) as error:
            raise PageFault(_transport(error)) from None

    def _follow(self, pool: httpcore2.ConnectionPool, address: Address) -> Content:
        for _ in range(self.limits.redirects + 1):
            with pool.stream("GET", _url(address), headers=self._headers(address)) as response:
                headers = _Headers(response)
                if response.status not in _REDIRECTS:
                    return self._content(response, headers)
                address = _redirected(address, headers.one("location"))
        raise PageFault(f"it redirects more than {self.limits.redirects} times")

    def _headers(self, address: Address) -> list[tuple[str, str]]:
        authority = address.url.split("/", 3)[2]
        return [("Host", authority), ("User-Agent", self.user_agent), *_HEADERS.items()]

    def _content(self, response: httpcore2.Response, headers: _Headers) -> Content:
        if response.status != HTTPStatus.OK:
            raise PageFault(f"the server answered {_status(response.status)}")
        said = Message()
        said["Content-Type"] = headers.one("content-type") or "application/octet-stream"
        # Not get_content_type(), which takes what it does not understand for plain text.
        media_type = str(said["Content-Type"]).partition(";")[0].strip().lower()
        if media_type not in HTML and media_type != TEXT:
            named = (
                media_type if headers.one("content-type") else "of no type that the server names"
            )
            raise PageFault(f"it is {named}, not HTML or plain text")
        length = headers.one("content-length") or ""
        if length.isdecimal() and int(length) > self.limits.bytes:
            raise self._too_large()
        return Content(
            raw=self._read(response, (headers.one("content-encoding") or "").lower()),
            media_type=media_type,
            charset=said.get_content_charset(),
        )

    def _read(self, response: httpcore2.Response, encoding: str) -> bytes:
        if encoding not in ("", "identity", "gzip", "x-gzip"):
            raise PageFault(f"it is packed ({encoding[:40]}) in a way that was not asked for")
        chunks = response.iter_stream()
        pieces = _unpacked(self._counted(chunks)) if "gzip" in encoding else chunks
        return b"".join(self._counted(pieces))

    def _counted(self, pieces: Iterator[bytes]) -> Iterator[bytes]:
        """The same, until they are too many bytes."""
        total = 0
        for piece in pieces:
            total += len(piece)
            if total > self.limits.bytes:
                raise self._too_large()
            yield piece

    def _too_large(self) -> PageFault:
        return PageFault(f"it is larger than {self.limits.bytes:,} bytes")


class _Headers:
    """A response's headers by lower-case name."""

    def __init__(self, response: httpcore2.Response) -> None:
        self._values: dict[str, bytes] = {
            name.decode("ascii", "replace").lower(): value for name, value in response.headers
        }

    def one(self, name: str) -> str | None:
        """The header's value; where it comes more than once, the last."""
        value = self._values.get(name)
        if value is None:
            return None
        try:
            return value.decode("utf-8").strip()
        except UnicodeDecodeError:
            return value.decode("latin-1").strip()


def _unpacked(chunks: Iterator[bytes]) -> Iterator[bytes]:
    """The content of gzip data, never more of it at once than a block: a bomb is not blown up."""
    unpacker = zlib.decompressobj(_GZIP)
    try:
        for chunk in chunks:
            while chunk:
                if unpacker.eof:  # another member follows
                    unpacker = zlib.decompressobj(_GZIP)
                yield unpacker.decompress(chunk, _BLOCK_BYTES)
                chunk = unpacker.unconsumed_tail or unpacker.unused_data
    except zlib.error:
        raise PageFault("what it is packed in is damaged") from None
    if not unpacker.eof:
        raise PageFault("it ends in the middle")


def _url(address: Address) -> httpcore2.URL:
    return httpcore2.URL(
        scheme=address.scheme.encode(),
        host=address.host.encode(),
        port=address.port,
        target=address.target.encode(),
    )


def _redirected(address: Address, location: str | None) -> Address:
    if not location:
        raise PageFault("it redirects to nowhere")
    try:
        return address.join(location)
    except ValueError as error:
        raise PageFault(f"it redirects to an address that is not followed: {error}") from None


def _status(code: int) -> str:
    try:
        return f"{code} {HTTPStatus(code).phrase}"
    except ValueError:
        return str(code)


def _transport(error: Exception) -> str:
    if isinstance(error, httpcore2.ConnectError):
        return f"no connection: {error}{proxy_hint()}"
    if isinstance(error, httpcore2.ProtocolError):
        return f"the server's answer is no HTTP, or is cut: {error}"
    return f"the connection broke: {str(error) or type(error).__name__}"
