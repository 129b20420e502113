"""The service's context caches: made, found, prolonged, deleted."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from google.genai import types

from processor.core.fault import FaultKind, GatewayFault
from processor.core.remote import RemoteCache
from processor.effects.gemini_client import GeminiClient

# The most there are. Source: cachedContents.list in the v1beta reference, read 2026-11-22.
_CACHES_A_PAGE = 1000


class CacheCalls(GeminiClient):
    """The calls that are about context caches."""

    def create_cache(
        self, *, model: str, display_name: str, content: Mapping[str, Any], ttl_seconds: int
    ) -> RemoteCache:
        """Create a cache: one POST, whatever happens. Twice the same call makes two, both paid for.

        Args:
            content: ``contents``, ``systemInstruction``, ``tools``, ``toolConfig``, as on the wire.
        """
        config = types.CreateCachedContentConfig(
            display_name=display_name,
            ttl=f"{ttl_seconds}s",
            # Into the body as it stands: the SDK's types would drop or refuse what they do not know.
            http_options=types.HttpOptions(extra_body=dict(content)),
        )
        with self._asking():
            made = self._client.caches.create(model=model, config=config)
        return _known(_remote_cache(made))

    def caches(self) -> Sequence[RemoteCache]:
        """All caches of the key's project; reads every page."""
        config = types.ListCachedContentsConfig(page_size=_CACHES_A_PAGE)
        with self._asking():
            return [_remote_cache(cache) for cache in self._client.caches.list(config=config)]

    def prolong_cache(self, name: str, *, ttl_seconds: int) -> RemoteCache | None:
        """Have a cache live so long from now on; None when this project does not have it (any more)."""
        config = types.UpdateCachedContentConfig(ttl=f"{ttl_seconds}s")
        try:
            with self._asking():
                changed = self._client.caches.update(name=name, config=config)
        except GatewayFault as fault:
            if fault.status in (403, 404):
                return None
            raise
        return _known(_remote_cache(changed))

    def delete_cache(self, name: str) -> bool:
        """Delete a cache; False when this project does not have it (any more)."""
        try:
            with self._asking():
                self._client.caches.delete(name=name)
        except GatewayFault as fault:
            if fault.status in (403, 404):
                return False
            raise
        return True


def _known(cache: RemoteCache) -> RemoteCache:
    if not cache.name or cache.expires_at is None:
        raise GatewayFault(FaultKind.UNCLEAR, "the service's answer names no cache, or no expiry")
    return cache


def _remote_cache(cache: types.CachedContent) -> RemoteCache:
    usage = cache.usage_metadata
    return RemoteCache(
        name=cache.name or "",
        display_name=cache.display_name or "",
        expires_at=cache.expire_time,
        tokens=usage.total_token_count if usage else None,
    )
