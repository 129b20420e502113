"""The measured tables of the guidelines have exactly the rows of the cases that exist."""

from __future__ import annotations

import pytest

from tests.crash.harness import SCENARIOS, Bench
from tests.crash.tables import effect_of, rows_expected
from tests.documents.tables import GUIDELINES, section


def _columns(name: str, head: str, columns: int) -> list[tuple[str, ...]]:
    """The first columns of the table whose first heading is ``head``."""
    text = section(GUIDELINES.read_text(encoding="utf-8"), name)
    _, found, rest = text.partition(f"| {head} |")
    if not found:
        pytest.fail(f"the guidelines have no table of {name}: `make soak` measures and writes it")
    lines = rest.split("\n\n")[0].splitlines()[2:]
    return [tuple(cell.strip() for cell in line.strip("|").split("|")[:columns]) for line in lines]


def test_the_table_of_cuts_has_a_row_for_every_effect(place: Bench) -> None:
    effects = {
        f"`{effect_of(str(cut))}`" for name in SCENARIOS for cut in place.reference(name).cuts
    }
    assert {row for (row,) in _columns("cuts", "effect", 1)} == effects


def test_the_table_of_refusals_has_the_rows_of_the_matrix() -> None:
    assert _columns("refusals", "endpoint", 3) == rows_expected()


def test_the_tables_tell_of_nothing_lost_and_nothing_paid_twice() -> None:
    text = GUIDELINES.read_text(encoding="utf-8")
    for name in ("cuts", "refusals"):
        assert "jobs created more than once 0, answers lost 0, files that differ 0." in section(
            text, name
        )
