"""The laws of validation again, with thousands of examples each: `make fuzz`."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from hypothesis import is_hypothesis_test, settings

from tests.validation import test_decoding, test_fields, test_lines, test_relations, test_schema

_MODULES = (test_decoding, test_fields, test_lines, test_relations, test_schema)
LAWS = {
    name: law
    for module in _MODULES
    for name, law in vars(module).items()
    if is_hypothesis_test(law)
}


@pytest.mark.fuzz
@pytest.mark.parametrize("name", sorted(LAWS))
def test_law_holds_for_many_examples(name: str) -> None:
    law: Callable[[], None] = settings(max_examples=1_000)(LAWS[name])
    law()


def test_laws_together_are_tried_ten_thousand_times() -> None:
    assert len(LAWS) * 1_000 >= 10_000
