"""How many items have which value: exact, bounded, and the same whenever the report is made."""

from __future__ import annotations

import json
from collections import Counter
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from processor.core.markdown import markdown
from processor.core.summary import MOST_KNOWN, MOST_VALUES, Summary
from processor.core.task_parser import parse_task
from processor.errors import WrongUsage
from tests.bench import Bench, notes
from tests.reports.made import envelope, page, report
from tests.reports.rules import rules


def _summary(group_by: str, *data: Any) -> dict[str, Any]:
    summary = Summary([group_by])
    for one in data:
        summary.add(one)
    made = summary.as_json()
    assert made is not None
    found: dict[str, Any] = made[group_by]
    return found


def test_values_are_counted_as_they_are_written_in_json() -> None:
    made = _summary("a", {"a": True}, {"a": True}, {"a": False}, {"a": 3}, {"a": "x"})
    assert made["values"] == {"true": 2, "3": 1, "false": 1, "x": 1}
    assert (made["items"], made["other"], made["absent"], made["exact"]) == (5, 0, 0, True)


@pytest.mark.parametrize("data", [{}, {"a": None}, {"a": []}, {"a": [None]}, [], None])
def test_item_without_value_is_absent(data: Any) -> None:
    assert _summary("a", data) == {
        "items": 1, "values": {}, "other": 0, "absent": 1, "exact": True
    }  # fmt: skip


@pytest.mark.parametrize("path", ["a", "a[]"])
def test_elements_of_a_list_are_counted_once_an_item(path: str) -> None:
    made = _summary(path, {"a": ["x", "y", "x"]}, {"a": ["x"]})
    assert made["values"] == {"x": 2, "y": 1}


def test_path_reaches_through_arrays() -> None:
    people = [{"name": "Ada"}, {"name": "Bo"}, {"alias": "C"}]
    assert _summary("people[].name", {"people": people})["values"] == {"Ada": 1, "Bo": 1}


def test_most_frequent_values_are_listed_and_the_rest_is_counted() -> None:
    data = [{"a": f"v{n}"} for n in range(MOST_VALUES + 20)] + [{"a": "often"}] * 3
    made = _summary("a", *data)
    assert len(made["values"]) == MOST_VALUES
    assert next(iter(made["values"].items())) == ("often", 3)
    assert sum(made["values"].values()) + made["other"] == len(data)
    assert made["exact"]


def test_more_values_than_are_known_are_other_and_said_so() -> None:
    data = [{"a": n} for n in range(MOST_KNOWN + 7)]
    made = _summary("a", *data)
    assert not made["exact"]
    assert sum(made["values"].values()) + made["other"] == len(data)


def test_long_value_is_cut() -> None:
    (value,) = _summary("a", {"a": "x" * 10_000})["values"]
    assert len(value) < 300


@given(st.lists(st.lists(st.sampled_from("abcde"), max_size=4), max_size=20))
def test_each_count_is_how_many_items_have_the_value(made: list[list[str]]) -> None:
    expected = Counter(value for one in made for value in set(one))
    summary = _summary("a[]", *({"a": one} for one in made))
    assert summary["values"] == dict(expected)
    assert summary["absent"] == sum(not one for one in made)
    assert summary["items"] == len(made)


def test_no_group_by_is_no_summary() -> None:
    assert Summary().as_json() is None


@pytest.mark.parametrize(
    "line", ["group_by = [1]", 'group_by = "a"', 'group_by = ["a..b"]', 'groups = ["a"]']
)
def test_refuses_what_is_no_list_of_paths(line: str) -> None:
    files = {"task.toml": f'name = "t"\nmodel = "m"\n[summary]\n{line}\n'.encode()}
    with pytest.raises(WrongUsage, match=r"\[summary\]"):
        parse_task(files, origin="t")


def test_run_counts_values_and_its_report_made_again_does_too(bench: Bench, tmp_path: Path) -> None:
    task = Path(rules(tmp_path / "rules", fields=""))
    with (task / "task.toml").open("a", encoding="utf-8") as file:
        file.write('\n[summary]\ngroup_by = ["subject"]\n')
    made = bench.processor().run(str(task), items=notes(4), run="r", poll_interval=1.0)
    subjects = Counter(one["data"]["subject"] for one in bench.envelopes())
    assert made["summary"]["subject"]["values"] == dict(subjects)
    assert bench.processor().report("r") == made
    assert bench.processor().rejudge("r")["summary"] == made["summary"]
    assert "## Values" in (bench.folder() / "report.md").read_text(encoding="utf-8")


def test_markdown_tells_values_other_and_none() -> None:
    summary = {"a": {"items": 4, "values": {"x|y": 2}, "other": 1, "absent": 1, "exact": True}}
    text = markdown(report(summary=summary))
    rows = [line for line in text.splitlines() if line.startswith("| a ")]
    assert [row.split(" | ")[1].strip() for row in rows] == ["x\\|y", "(other values)", "(none)"]
    assert json.dumps(summary)  # as report.json has it


def test_page_tells_values_escaped_and_keys_that_are_methods_elsewhere() -> None:
    summary = {"items": {"items": 4, "values": {"<b>x": 2}, "other": 7, "absent": 1, "exact": True}}
    made = page([envelope()], summary=summary)
    assert "<bdi>&lt;b&gt;x</bdi>" in made
    assert "other values" in made
    assert "<b>x" not in made
    assert "h-values" not in page([envelope()], summary=None)
