"""What a request refers to and does not hold: uploaded files, a cache."""

from dataclasses import dataclass
from typing import Any

import orjson

from sandbox.records import StoredCache, StoredFile
from sandbox.store import Store
from sandbox.wire import field

_FORBIDDEN = ("systemInstruction", "tools", "toolConfig")
PROCESSING_SECONDS = 0.3
"""How long a video is processed here before it can be used; live it takes seconds to minutes."""


def file_state(file: StoredFile, now: float) -> str:
    """``PROCESSING`` for a video that has just come, else ``ACTIVE``."""
    fresh = now < file.created + PROCESSING_SECONDS
    return "PROCESSING" if fresh and file.mime_type.startswith("video/") else "ACTIVE"


def cache_conflict(request: Any) -> bool:
    """Whether a request names a cache, and beside it what only the cache may hold."""
    return field(request, "cachedContent") is not None and any(
        field(request, name) is not None for name in _FORBIDDEN
    )


def file_parts(request: Any) -> list[dict[str, Any]]:
    """The ``fileData`` of all parts, in order."""
    contents = field(request, "contents") or []
    found = []
    for content in contents if isinstance(contents, list) else [contents]:
        parts = field(content, "parts") or []
        for part in parts if isinstance(parts, list) else [parts]:
            data = field(part, "fileData")
            if isinstance(data, dict):
                found.append(data)
    return found


@dataclass(frozen=True, slots=True, kw_only=True)
class References:
    """The files and caches of one project that are there at one moment."""

    store: Store
    project: str
    model: str
    now: float

    def cache(self, request: Any) -> StoredCache | None:
        """The cache that a request names, None when it names none or a dead one."""
        name = field(request, "cachedContent")
        return None if name is None else self.store.cache(self.project, str(name), self.now)

    def broken(self, request: Any) -> bool:
        """Whether something that the request refers to is not there: its row fails with code 7.

        Source: one project's measurements of dead caches in batch, read 2026-11-22.
        """
        if field(request, "cachedContent") is not None:
            cache = self.cache(request)
            if cache is None or cache.model != self.model:
                return True
        return any(self._file(data) is None for data in file_parts(request))

    def whole(self, request: Any) -> dict[str, Any]:
        """The request with digests for names: what is asked, wherever it happens to lie."""
        copy: dict[str, Any] = orjson.loads(orjson.dumps(request))
        cache = self.cache(request)
        if cache is not None:
            copy.pop("cached_content", None)
            copy["cachedContent"] = cache.sha256
        for data in file_parts(copy):
            file = self._file(data)
            data.pop("file_uri", None)
            data["fileUri"] = file.sha256 if file is not None else ""
        return copy

    def _file(self, data: dict[str, Any]) -> StoredFile | None:
        name = "files/" + str(field(data, "fileUri") or "").rpartition("/")[2]
        return self.store.file(self.project, name, self.now)
