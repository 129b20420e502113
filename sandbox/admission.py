"""Reads a job's request lines once, when the job is created: what is wrong fails the whole job."""

import hashlib
import heapq
from array import array
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

import orjson

from sandbox.errors import ApiError, cache_conflict
from sandbox.faults.grammar import ALL, Spec
from sandbox.fields import UnknownField, check_fields
from sandbox.prompts import read_prompt
from sandbox.references import cache_conflict as has_cache_conflict

_PARTS = 4


@dataclass(frozen=True, slots=True, kw_only=True)
class Admitted:
    """A job's requests, counted; `rows` are the rows that get faults of their own."""

    requests: int
    tokens: int
    rows: tuple[tuple[int, tuple[str, ...]], ...]


def admit(lines: Iterable[bytes], specs: Sequence[Spec], seed: int) -> Admitted:
    """Check request lines (`{"key"?, "request"}` each) and choose the rows of row faults.

    Memory grows by eight bytes a request. Blank lines are passed over. Lines without a key are
    taken, as the service takes them. Two equal keys are refused: what the service makes of them is
    not known, and nothing good can come of it.

    Raises
    ------
    ApiError: 400 with the service's words: line, column and field.
    """
    tokens = 0
    requests = 0
    digests = array("Q")
    lots = _Lots(specs)
    salt = seed.to_bytes(8, "big", signed=True)
    for number, line in enumerate(lines, 1):
        if not line.strip():
            continue
        entry = read_line(line, number)
        tokens += read_prompt(entry["request"]).tokens
        key = entry.get("key")
        if key is not None:
            digest = _digest(key.encode(), salt)
            digests.append(digest)
            lots.draw(digest, requests, key)
        else:
            label = _inline_key(entry)
            lots.draw(_digest((label or line.decode()).encode(), salt), requests, label)
        requests += 1
    if requests == 0:
        raise ApiError(400, "The batch has no requests.")
    _refuse_duplicates(digests)
    return Admitted(requests=requests, tokens=tokens, rows=lots.rows(requests))


def _inline_key(entry: dict[str, Any]) -> str:
    metadata = entry.get("metadata")
    return str(metadata.get("key", "")) if isinstance(metadata, dict) else ""


def _digest(data: bytes, salt: bytes) -> int:
    return int.from_bytes(hashlib.blake2b(data, digest_size=8, salt=salt).digest(), "big")


def _refuse_duplicates(digests: "array[int]") -> None:
    # In parts, so that a million keys need no list of a million numbers at a time.
    for part in range(_PARTS):
        ordered = sorted(digest for digest in digests if digest % _PARTS == part)
        if any(one == other for one, other in pairwise(ordered)):
            raise ApiError(400, "Request keys must be unique: a key was given twice.")


def read_line(line: bytes, number: int) -> dict[str, Any]:
    """One request line as JSON, its request's fields checked.

    Raises
    ------
    ApiError: 400, "Error on line N: invalid JSON, near column M: …".
    """
    try:
        entry = orjson.loads(line)
    except orjson.JSONDecodeError as error:
        raise _line_error(number, error.colno, error.msg) from None
    if not isinstance(entry, dict):
        raise _line_error(number, 1, "expected an object")
    if not isinstance(entry.get("request"), dict):
        raise _line_error(number, 1, "the line has no request")
    if not isinstance(entry.get("key", ""), str):
        raise _line_error(number, line.find(b'"key"') + 1, "invalid value for string field key")
    try:
        check_fields(entry["request"])
    except UnknownField as error:
        column = line.find(f'"{error.field}"'.encode()) + 1
        raise _line_error(number, column, str(error)) from None
    if has_cache_conflict(entry["request"]):
        raise cache_conflict()
    return entry


def _line_error(number: int, column: int, reason: str) -> ApiError:
    return ApiError(
        400, f"Error on line {number}: invalid JSON, near column {max(column, 1)}: {reason}"
    )


class _Lots:
    """Keeps, for each fault, the rows whose keys have the smallest digests.

    The choice depends on seed and keys only, not on their order, so the same rows are chosen when
    the same keys come in another file.
    """

    def __init__(self, specs: Sequence[Spec]) -> None:
        self._specs = [spec for spec in specs if spec.count != ALL or spec.place]
        self._wanted = sum(spec.count for spec in self._specs if not spec.place)
        self._open: list[tuple[int, int]] = []
        self._placed: dict[int, list[tuple[int, int]]] = {}

    def draw(self, digest: int, index: int, key: str) -> None:
        if self._wanted:
            _keep(self._open, self._wanted, digest, index)
        for number, spec in enumerate(self._specs):
            if spec.place and spec.place in key:
                limit = spec.count if spec.count != ALL else 1 << 62
                _keep(self._placed.setdefault(number, []), limit, digest, index)

    def rows(self, requests: int) -> tuple[tuple[int, tuple[str, ...]], ...]:
        found: dict[int, list[str]] = {}
        for number, kept in self._placed.items():
            for _, index in kept:
                found.setdefault(index, []).append(self._specs[number].label)
        free = sorted((-negative, index) for negative, index in self._open)
        labels = self._labels(requests)
        for (_, index), label in zip(free, labels, strict=False):
            found.setdefault(index, []).append(label)
        return tuple((index, tuple(found[index])) for index in sorted(found))

    def _labels(self, requests: int) -> list[str]:
        specs = [spec for spec in self._specs if not spec.place]
        hard = [spec.label for spec in specs if not spec.gentle for _ in range(spec.count)]
        gentle = [spec for spec in specs if spec.gentle]
        # One of each first, so that a small job shows as many kinds as it has room for.
        most = max((spec.count for spec in gentle), default=0)
        rounds = [spec.label for turn in range(most) for spec in gentle if turn < spec.count]
        return hard + rounds[: requests // 2]


def _keep(kept: list[tuple[int, int]], limit: int, digest: int, index: int) -> None:
    if len(kept) < limit:
        heapq.heappush(kept, (-digest, index))
    elif -digest > kept[0][0]:
        heapq.heapreplace(kept, (-digest, index))
