"""The items kept for rules that compare an answer with its item."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from processor.errors import DiskFailed
from processor.steps.inputs import INPUTS, StoredItems, one_line
from tests.bench import INTERVAL, Bench, notes, read_lines, write_notes
from tests.reports.rules import rules
from validation import parse_exact

RELATION = '[[relation]]\npath = "places"\nquoted_in = "item"'
JSON = st.recursive(
    st.one_of(st.none(), st.booleans(), st.integers(), st.text(max_size=6)),
    lambda inner: st.one_of(
        st.lists(inner, max_size=3), st.dictionaries(st.text(max_size=4), inner, max_size=3)
    ),
    max_leaves=8,
)


def stored(folder: Path, values: list[Any], indent: int | None = None) -> StoredItems:
    lines = [one_line(json.dumps(value, indent=indent).encode()) for value in values]
    (folder / INPUTS).write_bytes(b"".join(lines))
    return StoredItems(folder / INPUTS)


@given(st.dictionaries(st.text(max_size=5), JSON), st.sampled_from([None, 2]))
def test_one_line_says_the_same(value: dict[str, Any], indent: int | None) -> None:
    raw = json.dumps(value, indent=indent).replace("\n", "\r\n").encode()
    line = one_line(raw)
    assert line.count(b"\n") == 1
    assert line.endswith(b"\n")
    assert b"\r" not in line
    assert parse_exact(line) == parse_exact(raw) == value


@pytest.mark.parametrize(
    "order", [[0, 1, 2, 3], [3, 2, 1, 0], [0, 2, 3, 1], [1, 1, 0, 3], [2, 3, 0, 1]]
)
def test_finds_items_in_any_order(tmp_path: Path, order: list[int]) -> None:
    values = [{"n": number, "words": "é" * number} for number in range(4)]
    with stored(tmp_path, values, indent=1) as items:
        assert [items[position] for position in order] == [values[p] for p in order]


def test_numbers_stay_exact(tmp_path: Path) -> None:
    number = 2**80 + 1
    with stored(tmp_path, [{"n": number}]) as items:
        assert items[0] == {"n": number}


def test_missing_file_and_missing_line_are_told_apart(tmp_path: Path) -> None:
    with StoredItems(tmp_path / INPUTS) as items, pytest.raises(DiskFailed, match="No such file"):
        items[0]
    with stored(tmp_path, [{}]) as items, pytest.raises(DiskFailed, match="item 5 is not there"):
        items[4]
    (tmp_path / INPUTS).write_bytes(b'{"a": ')
    with StoredItems(tmp_path / INPUTS) as items, pytest.raises(DiskFailed, match="item 1 is"):
        items[0]


def test_items_are_kept_only_where_rules_need_them(bench: Bench, tmp_path: Path) -> None:
    bench.run(2)
    assert not (bench.folder() / INPUTS).exists()
    task = rules(tmp_path / "rules", fields=RELATION)
    folder = write_notes(tmp_path / "inputs", notes(3))
    bench.processor().run(task, inputs=str(folder), run="kept", poll_interval=INTERVAL)
    assert read_lines(bench.folder("kept") / INPUTS) == notes(3)


def test_answers_are_compared_with_their_own_items(
    bench_with: Callable[..., Bench], tmp_path: Path
) -> None:
    """Shuffled answers, reused items among them: each is held against the item it is about."""
    task = rules(
        tmp_path / "rules", fields='[[relation]]\npath = "year"\nbetween = ["item.from", "item.to"]'
    )
    bench = bench_with(faults="shuffled")

    def items(wrong: int) -> list[dict[str, Any]]:
        return [
            {**one, "from": 1950 + n + (n == wrong), "to": 1950 + n + (n == wrong)}
            for n, one in enumerate(notes(8), 1)
        ]

    first = bench.processor().run(task, items=items(3), run="r", poll_interval=INTERVAL)
    assert first["counts"]["accepted"] == 7
    assert first["items"][0]["item_id"] == "n3"
    assert [f["rule"] for f in first["items"][0]["findings"]] == ["relation.between"]
    second = bench.processor().run(task, items=items(0), run="s", poll_interval=INTERVAL)
    assert second["counts"]["reused"] == 7
    assert second["counts"]["accepted"] == 1
