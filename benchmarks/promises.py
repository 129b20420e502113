"""Measures what each promise costs an item while requests are built, beside the floor of the same item.

    python -m benchmarks.promises            # items of 9 KB
    python -m benchmarks.promises --size 1

The floor decodes the item, encodes the line and writes it. What is added to it here is what makes the
difference: strict JSON, digests, an estimate of the tokens, a row in the journal. Each is timed alone, best
of many rounds, in microseconds of one processor.
"""

from __future__ import annotations

import argparse
import json
import tempfile
import timeit
from collections.abc import Callable, Iterator
from hashlib import sha256
from pathlib import Path
from typing import Any

import orjson

from benchmarks import child, floor, material
from benchmarks.stages import machine, workplace
from processor.api.starting import task_named
from processor.core.cutting import Cutter, Limits
from processor.core.ids import RunId
from processor.core.outcome import Outcome
from processor.core.prefix import SharedPrefix
from processor.core.request import RequestMaker
from processor.core.tokens import estimator_for
from processor.effects.journal import SqliteJournal
from processor.steps.record import item_of_bytes
from validation import parse_exact

RESULTS = child.ROOT / "benchmarks" / "results" / "promises.json"
_ROUNDS = 40
_BATCH = 2_000


def microseconds(call: Callable[[], object], number: int = 200) -> float:
    """One call, the best of the rounds."""
    return min(timeit.repeat(call, number=number, repeat=_ROUNDS)) / number * 1e6


def costs(size: int, folder: Path) -> Iterator[tuple[str, float]]:
    """What is done for an item, and how long it takes."""
    lines = material.write_lines(folder / "items.jsonl", 500, size)
    target = folder / "floor.json"
    yield "the floor: read, decode, encode, write", _floor(lines, target)
    task = task_named(workplace(folder / "o"), str(material.write_task(folder / "task")), None)
    raw = next(material.items(1, size))
    item = item_of_bytes(raw, "items.jsonl, line 1", "id", None)
    maker, estimator = RequestMaker(task), estimator_for(task)
    request = maker.make(item)
    decode = microseconds(lambda: orjson.loads(raw))
    yield "decode as orjson does", decode
    yield (
        "  and be sure of it: no name twice, numbers exact",
        (microseconds(lambda: parse_exact(raw)) - decode),
    )
    yield (
        "an item, with an id and a place",
        (
            microseconds(lambda: item_of_bytes(raw, "x", "id", None))
            - microseconds(lambda: parse_exact(raw))
        ),
    )
    yield "digest of the item", microseconds(lambda: sha256(raw).digest())
    whole = microseconds(lambda: maker.make(item))
    begun = sha256(b"x")

    def digest() -> bytes:
        one = begun.copy()
        one.update(request.prompt)
        return one.digest()

    asked = microseconds(digest)
    yield "the request line", whole - asked
    yield "digest of the request", asked
    yield "estimate of its tokens", microseconds(lambda: estimator.tokens(request.prompt))
    prefix = SharedPrefix()
    cutter = Cutter(Limits())
    yield "the beginning all prompts share", microseconds(lambda: prefix.add(request.prompt))
    yield "which job it belongs to", microseconds(lambda: cutter.add(0, 9_000, 2_000))
    yield "a row in the journal", _journal(folder / "journal.sqlite3", request.digest)


def _floor(lines: Path, target: Path) -> float:
    return microseconds(lambda: floor.build(lines, target), number=1) / 500


def _journal(path: Path, digest: bytes) -> float:
    journal = SqliteJournal(path)
    run = RunId("r")
    journal.begin_run(run, task="t", model="m", created_at="2026-11-22", options={})
    begun = iter(range(0, 10_000 * _BATCH, _BATCH))

    def add() -> None:
        first = next(begun)
        numbers = range(first, first + _BATCH)
        rows = [(n, f"p{n:07d}", digest, digest, Outcome.PENDING, 1) for n in numbers]
        journal.add_items(run, rows)

    found = microseconds(add, number=1) / _BATCH
    journal.close()
    return found


def main() -> None:
    """Measure, print, write."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("--size", type=float, default=9, help="KB")
    given = parser.parse_args()
    told: dict[str, Any] = {**machine(), "item_bytes": int(given.size * 1_000), "microseconds": {}}
    with tempfile.TemporaryDirectory(prefix="promises-") as folder:
        for name, cost in costs(told["item_bytes"], Path(folder)):
            told["microseconds"][name.strip()] = round(cost, 2)
            print(f"{cost:8.2f} µs  {name}")
    RESULTS.write_text(json.dumps(told, indent=2, ensure_ascii=False) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
