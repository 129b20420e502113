"""The laws of relations: words that stand in the item are found, others are not."""

from __future__ import annotations

import json

import pytest
from hypothesis import assume, example, given
from hypothesis import strategies as st

from validation import load_profile, validate
from validation.quotation import Source, plain_words

WORDS = ["Potassium", "yield", "long-term", "4.2", "-0.3", "t/ha", "3 100", "(p", "<", "0.05)", "pH",
         "rose.", "naïve", "coefﬁcient", "K+"]  # fmt: skip
sentences = st.lists(st.sampled_from(WORDS), min_size=2, max_size=12)


@given(sentences, st.randoms(use_true_random=False), st.data())
def test_quotation_is_found_however_the_text_is_set(
    words: list[str], random: object, data: st.DataObject
) -> None:
    text = "".join(
        f"{word}{data.draw(st.sampled_from([' ', chr(10), '  ', chr(0xA0)]))}" for word in words
    )
    start = data.draw(st.integers(0, len(words) - 1))
    end = data.draw(st.integers(start + 1, len(words)))
    quotation = " ".join(words[start:end])
    text = text.replace("Potassium", data.draw(st.sampled_from(["Potassium", "Potas-\nsium"])))
    assert Source({"body": [text]}).holds(quotation)


@given(sentences, sentences)
def test_quotation_that_is_found_has_every_digit_of_its_own(
    one: list[str], other: list[str]
) -> None:
    text, quotation = " ".join(one), " ".join(other)
    if Source(text).holds(quotation):
        digits = "".join(filter(str.isdigit, quotation))
        assert digits in "".join(filter(str.isdigit, text))


@given(st.text(max_size=30) | st.text("Ae\u0301-– 1\n\u200b\u00ad\x1f", max_size=12))
@example("A -A")
@example("e \u0301")
@example("e\u200b\u0301")
@example("A \u0300-A")
def test_plain_words_of_plain_words_are_themselves(text: str) -> None:
    assert plain_words(plain_words(text)) == plain_words(text)


@given(st.text(st.characters(categories=["L"]), min_size=1, max_size=20), st.integers(0, 20))
def test_letter_that_was_changed_is_not_found(text: str, place: int) -> None:
    assume("☃" not in text)
    at = place % len(text)
    assert not Source(text).holds(f"{text[:at]}☃{text[at + 1 :]}")


@pytest.mark.parametrize("quotation", ["", " ", "\n", "\u00ad"])
def test_empty_quotation_is_never_found(quotation: str) -> None:
    assert not Source("any text").holds(quotation)


RELATION = '[[relation]]\npath = "v"\n'


def _accepts(rule: str, value: object, item: object) -> bool:
    profile = load_profile(fields=f"{RELATION}{rule}")
    return validate(json.dumps({"v": value}), profile, item=item).accepted


@pytest.mark.parametrize(
    ("value", "held", "holds"),
    [("a", "a", True), ("a", "A", False), (1, 1.0, True), (1, True, False), ("1", 1, False),
     ([1, "a"], [1, "a"], True), ([1, "a"], ["a", 1], False), ({"a": 1}, {"a": 1.0}, True)],
)  # fmt: skip
def test_equals_is_equality_of_json(value: object, held: object, holds: bool) -> None:
    assert _accepts('equals = "item.x"', value, {"x": held}) is holds


@pytest.mark.parametrize(
    ("value", "holds"), [(1, True), (5, True), (5.1, False), (0, False), ("3", False), (None, True)]
)
def test_between_takes_both_bounds_in(value: object, holds: bool) -> None:
    assert _accepts("between = [1, 5]", value, {}) is holds
    assert _accepts('between = "item.range"', value, {"range": [1, 5]}) is holds


def test_between_compares_dates_as_iso_writes_them() -> None:
    item = {"from": "2020-01-01", "to": "2020-12-31"}
    assert _accepts('between = ["item.from", "item.to"]', "2020-06-01", item)
    assert not _accepts('between = ["item.from", "item.to"]', "2021-06-01", item)


def test_in_looks_through_arrays_of_the_item() -> None:
    item = {"sites": [{"name": "Halle"}, {"name": "Jena"}]}
    assert _accepts('in = "item.sites[].name"', "Jena", item)
    assert not _accepts('in = "item.sites[].name"', "Mars", item)


def test_relations_wait_for_an_item() -> None:
    profile = load_profile(fields=f'{RELATION}equals = "item.x"')
    assert validate('{"v": 1}', profile).accepted
    assert not validate('{"v": 1}', profile, item={"x": 2}).accepted


def test_quotations_in_a_list_are_each_looked_for() -> None:
    profile = load_profile(fields=f'{RELATION}quoted_in = "item.text"')
    verdict = validate('{"v": ["a b", "x"]}', profile, item={"text": "a  b", "other": "x"})
    assert [one.path for one in verdict.findings] == ["$.v[1]"]
