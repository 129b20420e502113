"""The guidelines' figures are those of benchmarks/results, to the digit."""

from __future__ import annotations

import pytest

from benchmarks.tables import SECTIONS
from tests.documents.tables import GUIDELINES, section


@pytest.mark.parametrize("name", SECTIONS)
def test_table_says_what_was_measured(name: str) -> None:
    text = GUIDELINES.read_text(encoding="utf-8")
    assert section(text, name) == SECTIONS[name]()
