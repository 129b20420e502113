"""The settings of a service: where it listens, whom it lets in, and how much it takes."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

_LOOPBACK = ("127.0.0.1", "localhost", "::1")
MEGABYTE = 1024 * 1024


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """What ``truebatch serve`` was started with.

    Attributes:
        processor: the options of the processors, the API key among them.
        require_tokens: also on loopback.
        hosts: names under which clients may call it, besides loopback's own and ``host``.
        page_hosts: hosts that pages may be fetched from though they are not public; no client's to say.
        max_body: bytes of an upload.
        max_json: bytes of any other body, which is held in memory.
        poll_interval: seconds between two looks, for runs whose clients do not say.
        rate: requests a second for each token, with bursts of twice as many.
        webhook_secrets: what Gemini's messages are signed with.
        connections: open at once, at most.
        request_seconds: until an answer begins.
        stall_seconds: for which a client may neither send nor take anything.
        driver_log: the least level of what the driver logs.
        head_seconds: for which a connection may be open before it has asked anything it may ask.
        idle_seconds: for which it may stay open between two requests.
    """

    processor: Mapping[str, Any]
    host: str = "127.0.0.1"
    port: int = 8001
    require_tokens: bool = False
    hosts: tuple[str, ...] = ()
    page_hosts: tuple[str, ...] = ()
    max_body: int = 256 * MEGABYTE
    max_json: int = 32 * MEGABYTE
    poll_interval: float | None = None
    rate: float = 100.0
    webhook_secrets: tuple[str, ...] = ()
    connections: int = 512
    request_seconds: float = 60.0
    stall_seconds: float = 20.0
    driver_log: str = "INFO"
    head_seconds: float = 10.0
    idle_seconds: float = 30.0

    def __repr__(self) -> str:
        return f"Settings(host={self.host!r}, port={self.port})"  # the API key is in no traceback

    @property
    def most_held(self) -> int:
        """Bytes of bodies that all requests together hold in memory."""
        return 4 * self.max_json

    @property
    def is_loopback(self) -> bool:
        """Whether only this machine can reach it."""
        return self.host in _LOOPBACK

    @property
    def needs_tokens(self) -> bool:
        """Whether clients without a token are turned away."""
        return self.require_tokens or not self.is_loopback
