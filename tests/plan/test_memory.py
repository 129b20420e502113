"""A plan's memory does not grow with its input; benchmarks/plan.py measures the full size."""

from __future__ import annotations

import json
import sys
from pathlib import Path

import pytest

from benchmarks.plan import MOST_GROWTH_BYTES, articles, measure

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="the measure is not there")


def _write(path: Path, count: int) -> None:
    """So many articles; one text serves for all, for it is the bytes that matter."""
    (article,) = articles(1)
    lines = (json.dumps({**article, "id": f"a{number}"}) for number in range(count))
    path.write_text(f"[{','.join(lines)}]", encoding="utf-8")


def test_plan_of_a_larger_array_needs_no_more_memory(tmp_path: Path) -> None:
    path, outputs = tmp_path / "articles.json", tmp_path / "outputs"
    peaks, sizes = [], []
    for count in (500, 5_000):
        _write(path, count)
        one = measure(path, count, outputs)
        assert one.plan["items"] == count
        peaks.append(one.peak_bytes)
        sizes.append(one.input_bytes)
    assert sizes[1] - sizes[0] > 2 * MOST_GROWTH_BYTES
    assert peaks[1] - peaks[0] < MOST_GROWTH_BYTES
    assert not outputs.exists()
