"""What all prompts of a run begin with."""

from __future__ import annotations

from itertools import takewhile

from hypothesis import given
from hypothesis import strategies as st

from processor.core.prefix import SharedPrefix
from processor.core.tokens import Estimator, text_tokens

prompts = st.lists(st.binary(max_size=4).map(lambda end: b"same\xc3\xa9 " + end), min_size=2)


@given(prompts | st.lists(st.binary(max_size=6), min_size=2))
def test_prefix_is_the_longest_that_all_prompts_share(given: list[bytes]) -> None:
    prefix = SharedPrefix()
    for prompt in given:
        prefix.add(prompt)
    columns = zip(*given, strict=False)
    shared = bytes(column[0] for column in takewhile(lambda column: len(set(column)) == 1, columns))
    assert prefix.tokens(Estimator()) == round(text_tokens(shared))


def test_system_instruction_stands_before_it() -> None:
    prefix = SharedPrefix()
    prefix.add(b"one")
    prefix.add(b"two")
    assert prefix.tokens(Estimator(2.0, 30.0)) == 60


def test_one_prompt_shares_nothing() -> None:
    prefix = SharedPrefix()
    assert prefix.tokens(Estimator(1.0, 30.0)) == 0
    prefix.add(b"one")
    assert prefix.tokens(Estimator(1.0, 30.0)) == 0
