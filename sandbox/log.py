"""The request log: what was called, and what came of it."""

import hashlib
import threading
from pathlib import Path
from typing import Any

import orjson

LOG_NAME = "log.jsonl"


def key_digest(key: str) -> str | None:
    """A short digest that tells keys apart without giving them away; None for no key."""
    return hashlib.sha256(key.encode()).hexdigest()[:12] if key else None


class RequestLog:
    """Appends one record per line to `STATE/log.jsonl`.

    A record is on disk before the last byte of its answer leaves, so a client that has its answer
    finds it in the log.
    """

    def __init__(self, state: Path) -> None:
        self._file = (state / LOG_NAME).open("ab", buffering=0)
        self._lock = threading.Lock()

    def write(self, record: dict[str, Any]) -> None:
        """Append one record."""
        line = orjson.dumps(record) + b"\n"
        with self._lock:
            self._file.write(line)

    def close(self) -> None:
        """Close the file."""
        self._file.close()


def read_log(state: Path) -> list[dict[str, Any]]:
    """All records in order; a line cut by a kill is left out.

    A record has `at` (seconds since 1970), `method`, `endpoint` (`batches.create` …), `path`,
    `version` (`v1`, `v1beta`), `status` (0: the connection was closed without an answer),
    `bytes_in`, `bytes_out`, `key` (a digest or null), `fault` (the spec that was played or null),
    and, where they apply, `job`, `file`, `model`, `tokens`, `enqueued_tokens`.
    """
    path = state / LOG_NAME
    if not path.exists():
        return []
    records = []
    for line in path.read_bytes().split(b"\n"):
        try:
            records.append(orjson.loads(line))
        except orjson.JSONDecodeError:
            continue
    return records
