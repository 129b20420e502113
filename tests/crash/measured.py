"""What the long tests measured, kept for the tables of the guidelines."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any

FOLDER = Path(__file__).parents[2] / "build" / "measured"


def keep(name: str, rows: Iterable[Mapping[str, Any]]) -> None:
    """Write one test's measurements, in place of those of an earlier time."""
    FOLDER.mkdir(parents=True, exist_ok=True)
    lines = [json.dumps(row, ensure_ascii=False) + "\n" for row in rows]
    (FOLDER / f"{name}.jsonl").write_text("".join(lines), encoding="utf-8")


def kept(kind: str) -> Iterator[dict[str, Any]]:
    """All measurements of a kind: those of the tests whose names begin with it."""
    for path in sorted(FOLDER.glob(f"{kind}-*.jsonl")):
        for line in path.read_text(encoding="utf-8").splitlines():
            yield json.loads(line)
