"""The report as Markdown: nothing from an answer can break out of its cell."""

from __future__ import annotations

import re
from typing import Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from processor.core.markdown import markdown, table
from sandbox.process import Sandbox
from tests.bench import Bench

OVERRIDES: dict[str, Any] = {
    "run": "r",
    "state": "FAILED",
    "reason": "batches/b FAILED: code 8: quota",
    "counts": {"accepted": 1, "rejected": 0, "failed": 60, "reused": 0, "pending": 0},
    "tokens": {"prompt": 1_000, "cached": 0, "output": 5, "thoughts": 0},
    "findings": {"schema.type": 2},
    "repairs": {"code_fence": 1},
    "variants": {"findings": {"key_findings": 4}},
    "items": [
        {
            "item_id": f"i{n}",
            "outcome": "failed",
            "findings": [{"rule": "schema.type", "path": "$.a", "message": "m"}],
        }
        for n in range(60)
    ],
    "items_left_out": 5,
    "excluded": ["all.json"],
    "base_url": "sandbox",
}


@pytest.fixture(scope="module")
def real(shared_sandbox: Sandbox, tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    """The report of a clean run."""
    bench = Bench(shared_sandbox, "markdown", tmp_path_factory.mktemp("markdown") / "outputs")
    try:
        return bench.run()
    finally:
        bench.close()


@given(st.text(max_size=400))
@example("a|b\n| c | d |")
@example("\\|")
@example("`code` <script>alert(1)</script>")
@example("\u2028x\x85y\rz")
def test_cell_stays_one_cell(text: str) -> None:
    lines = table(("head", "other"), [(text, "x")])
    assert len(lines) == 3
    assert all(len(line.splitlines()) == 1 for line in lines)
    # A pipe that ends a cell has an even number of backslashes before it.
    borders = re.findall(r"(?<!\\)(?:\\\\)*\|", lines[2])
    assert len(borders) == 3
    assert "<" not in lines[2]
    assert not re.search(r"(?<!\\)(?:\\\\)*`", lines[2])


def _squeezed(text: str) -> str:
    return re.sub(" +", " ", text)


def test_report_says_everything_that_matters(real: dict[str, Any]) -> None:
    cost = {**real["cost"], "actual_usd": 1.5, "interactive_usd": 3.0, "saved_usd": 1.5}
    text = _squeezed(markdown({**real, **OVERRIDES, "cost": cost}))
    for words in (
        "# Run r", "batches/b FAILED: code 8: quota", "| accepted | 1 |", "1,000 prompt",
        "1.5000 USD", "3.0000 USD", "schema.type | 2 |", "code_fence | 1 |", "key_findings",
        "| i0 | failed |", "$.a", "items.jsonl", "Left out: all.json", "Service: sandbox",
    ):  # fmt: skip
        assert words in text, words
    assert "i49 " in text
    assert "i50 " not in text


def test_unknown_price_is_said(real: dict[str, Any]) -> None:
    cost = {**real["cost"], **dict.fromkeys(("actual_usd", "interactive_usd", "saved_usd"))}
    assert "ost unknown" in markdown({**real, "cost": cost})


def test_clean_run_has_no_empty_headings(real: dict[str, Any]) -> None:
    text = markdown(real)
    assert not any(title in text for title in ("Findings", "Repairs", "Not accepted", "Left out"))
    assert "| accepted |" in _squeezed(text)
