"""What every endpoint works with, and one call in progress."""

import asyncio
import time
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from starlette.requests import Request

from sandbox.errors import ApiError, api_key_invalid, api_key_missing
from sandbox.faults.chosen import Faults
from sandbox.log import RequestLog, key_digest
from sandbox.options import Options
from sandbox.results import Worker
from sandbox.store import Store

DEFAULT_PROJECT = "default"


class Service:
    """The parts of one running sandbox."""

    def __init__(self, options: Options, state: Path) -> None:
        self.options = options
        self.store = Store(state)
        self.log = RequestLog(state)
        self.faults = Faults(options.faults, self.store)
        self.worker = Worker(self.store, options.seed)
        self.transports: dict[tuple[str, int], asyncio.Transport] = {}
        self._projects = dict(options.accept_keys)

    def project(self, key: str) -> str:
        """The project of an API key.

        Raises
        ------
        ApiError: 403 without a key, 400 with one that is not known.
        """
        if not key:
            raise api_key_missing()
        if not self._projects:
            return DEFAULT_PROJECT
        if key not in self._projects:
            raise api_key_invalid()
        return self._projects[key]

    def close(self) -> None:
        """Close what is open; nothing is lost without it."""
        self.worker.stop()
        self.log.close()
        self.store.close()


@dataclass(slots=True)
class Call:
    """One call: the request, who makes it, and what the log will say of it."""

    service: Service
    request: Request
    endpoint: str
    version: str
    project: str = DEFAULT_PROJECT
    bytes_in: int = 0
    notes: dict[str, Any] = field(default_factory=dict)
    fault: str | None = None

    @property
    def now(self) -> float:
        """Seconds since 1970."""
        return time.time()

    @property
    def base_url(self) -> str:
        """The address under which the caller knows this server."""
        return str(self.request.base_url).rstrip("/")

    def key(self) -> str:
        """The API key as given: by header, or as the query parameter `key`."""
        given = self.request.headers.get("x-goog-api-key") or self.request.query_params.get("key")
        return (given or "").strip()

    def write_log(self, status: int, bytes_out: int) -> None:
        """Write this call's record."""
        record = {
            "at": self.now,
            "method": self.request.method,
            "endpoint": self.endpoint,
            "path": self.request.url.path,
            "version": self.version,
            "status": status,
            "bytes_in": self.bytes_in,
            "bytes_out": bytes_out,
            "key": key_digest(self.key()),
            "fault": self.fault,
        }
        self.service.log.write(record | self.notes)


def page_of(call: Call, *, default: int, most: int) -> tuple[int, int | None]:
    """The page asked for: its size, and the number that its entries stay below.

    Raises
    ------
    ApiError: 400 for a page token that is none of ours.
    """
    query = call.request.query_params
    token = query.get("pageToken") or query.get("page_token") or ""
    size = query.get("pageSize") or query.get("page_size") or "0"
    try:
        below = int(token.removeprefix("p"), 36) if token else None
        wanted = int(size)
    except ValueError:
        raise ApiError(400, "Request contains an invalid argument.") from None
    if wanted < 0:
        raise ApiError(400, "page_size must not be negative.")
    return min(wanted or default, most), below


def page_token(number: int) -> str:
    """The token of the page whose entries are numbered below `number`."""
    digits = ""
    while number:
        number, rest = divmod(number, 36)
        digits = "0123456789abcdefghijklmnopqrstuvwxyz"[rest] + digits
    return "p" + (digits or "0")
