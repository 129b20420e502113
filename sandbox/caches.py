"""The cachedContents endpoints: create, get, list, patch, delete."""

import hashlib
import re
from typing import Any

import orjson
from starlette.responses import Response

from sandbox.errors import ApiError, cache_missing, cache_too_small
from sandbox.models import check_model
from sandbox.prompts import read_prompt
from sandbox.records import StoredCache
from sandbox.sending import json_answer
from sandbox.service import Call, page_of, page_token
from sandbox.wire import field, new_id, timestamp

LEAST_TOKENS = 1024
"""The least that was cached live. Source: probes of 2026-09-07 (3.5 Flash-Lite), read 2026-11-22."""
DEFAULT_SECONDS = 3600.0
_ID_LENGTH = 40
_CONTENT = ("contents", "systemInstruction", "tools", "toolConfig")
_FIELDS = {*_CONTENT, "model", "displayName", "ttl", "expireTime", "name"}
_TTL = re.compile(r"(\d+(?:\.\d{1,9})?)s")


def cache_resource(cache: StoredCache) -> dict[str, Any]:
    """A cache as the service shows it: nothing of what is in it."""
    return {
        "name": cache.name,
        "model": f"models/{cache.model}",
        "createTime": timestamp(cache.created),
        "updateTime": timestamp(cache.updated),
        "expireTime": timestamp(cache.expires),
        "displayName": cache.display_name,
        "usageMetadata": {"totalTokenCount": cache.tokens},
    }


async def create(call: Call) -> Response:
    """Cache what is given; twice the same call makes two caches."""
    body = await _body(call)
    model = check_model(call, str(field(body, "model") or ""), "createCachedContent")
    call.notes["model"] = model
    content = {name: field(body, name) for name in _CONTENT if field(body, name) is not None}
    tokens = read_prompt(content).tokens
    if tokens < LEAST_TOKENS:
        raise cache_too_small(tokens, LEAST_TOKENS)
    now = call.now
    cache = StoredCache(
        name=f"cachedContents/{new_id(_ID_LENGTH)}",
        project=call.project,
        model=model,
        display_name=str(field(body, "displayName") or ""),
        sha256=hashlib.sha256(orjson.dumps(content, option=orjson.OPT_SORT_KEYS)).hexdigest(),
        content=orjson.dumps(content).decode(),
        tokens=tokens,
        created=now,
        updated=now,
        expires=now + _seconds(body, DEFAULT_SECONDS),
    )
    call.service.store.put_cache(cache)
    call.notes |= {"cache": cache.name, "tokens": tokens}
    return json_answer(cache_resource(cache))


async def get(call: Call) -> Response:
    """One cache's facts."""
    return json_answer(cache_resource(_asked(call)))


async def list_caches(call: Call) -> Response:
    """The project's caches, newest first; 50 a page unless asked, 1,000 at most."""
    size, below = page_of(call, default=50, most=1000)
    found = call.service.store.caches(call.project, call.now, below=below, limit=size + 1)
    page: dict[str, Any] = {}
    if found:
        page["cachedContents"] = [cache_resource(cache) for _, cache in found[:size]]
    if len(found) > size:
        page["nextPageToken"] = page_token(found[size - 1][0])
    return json_answer(page)


async def patch(call: Call) -> Response:
    """Give a cache another time to live; nothing else of it can be changed."""
    cache = _asked(call)
    body = await _body(call)
    if field(body, "ttl") is None:
        raise ApiError(400, "Only ttl and expire_time can be updated.")
    expires = call.now + _seconds(body, 0.0)
    changed = call.service.store.change_cache(cache, updated=call.now, expires=expires)
    return json_answer(cache_resource(changed))


async def delete(call: Call) -> Response:
    """Forget a cache."""
    call.service.store.delete_cache(_asked(call).name)
    return json_answer({})


def _asked(call: Call) -> StoredCache:
    name = f"cachedContents/{call.request.path_params['cache']}"
    call.notes["cache"] = name
    cache = call.service.store.cache(call.project, name, call.now)
    if cache is None:
        raise cache_missing()
    return cache


async def _body(call: Call) -> dict[str, Any]:
    raw = await call.request.body()
    call.bytes_in = len(raw)
    try:
        body = orjson.loads(raw)
    except orjson.JSONDecodeError as error:
        raise ApiError(400, f"Invalid JSON payload received. {error.msg}") from None
    if not isinstance(body, dict):
        raise ApiError(400, "Invalid JSON payload received. Expected an object.")
    for name in body:
        if not any(field({name: 0}, known) == 0 for known in _FIELDS):
            raise ApiError(
                400,
                f"Invalid JSON payload received. Unknown name \"{name}\" at 'cached_content': "
                "Cannot find field.",
            )
    return body


def _seconds(body: dict[str, Any], default: float) -> float:
    ttl = field(body, "ttl")
    if ttl is None:
        return default
    match = _TTL.fullmatch(str(ttl))
    if match is None:
        raise ApiError(
            400,
            "Invalid value at 'cached_content.ttl' (type.googleapis.com/google.protobuf.Duration)",
        )
    return float(match[1])
