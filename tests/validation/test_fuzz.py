"""The laws of validation again, ten thousand examples each: `make fuzz`."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from hypothesis import is_hypothesis_test, settings

from tests.validation import test_decoding, test_fields, test_lines, test_relations, test_schema

MODULES = (test_decoding, test_fields, test_lines, test_relations, test_schema)
LAWS = {
    f"{module.__name__.rpartition('_')[2]}: {name}": law
    for module in MODULES
    for name, law in vars(module).items()
    if is_hypothesis_test(law)
}


@pytest.mark.fuzz
@pytest.mark.parametrize("name", sorted(LAWS))
def test_law_holds_for_many_examples(name: str) -> None:
    law: Callable[[], None] = settings(settings.get_profile("fuzz"))(LAWS[name])
    law()


def test_every_law_is_tried_ten_thousand_times() -> None:
    assert settings.get_profile("fuzz").max_examples >= 10_000
    for module in MODULES:
        assert any(name.startswith(module.__name__.rpartition("_")[2]) for name in LAWS)
