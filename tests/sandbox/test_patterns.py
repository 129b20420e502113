"""Texts made for patterns, numbers found in texts, tokens counted."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sandbox.answers.draw import Draw
from sandbox.answers.figures import dates, figures, people, years
from sandbox.answers.patterns import Unsupported, matches, sample
from sandbox.tokens import count_tokens, cut_to_tokens
from sandbox.wire import camel, field, timestamp

PATTERNS = [
    "^a+b*c?$", "^[^a-z]{3}$", "(ab|cd){2,3}", r"^\d{4}-(0[1-9]|1[0-2])$", r"\.\*\\", "^$", "",
    "^(?:x|y|)z$", "^[]a]{4}$", r"^[\w.-]+@[a-z]{2,}\.org$", r"^\x41\u0042$", "a{3}?", "^.{5,}$",
    r"^\S+ \S+$", "[äöü]", "^(a|b)(c|d)$", r"^\bword\b$", "^(?P<year>[12][0-9]{3})$",
]  # fmt: skip


@pytest.mark.parametrize("pattern", PATTERNS)
def test_a_sample_matches_its_pattern(pattern: str) -> None:
    for number in range(20):
        text = sample(pattern, Draw(bytes([number]) * 32), "$")
        assert re.search(pattern, text), text


@pytest.mark.parametrize("pattern", ["(?=a)", r"(a)\1", "(", "[", r"\p{L}", "*a", "a)", "(?i)a"])
def test_refuses_a_pattern_that_it_cannot_play(pattern: str) -> None:
    with pytest.raises(Unsupported):
        sample(pattern, Draw(b"0" * 32), "$")


def test_a_pattern_that_is_none_matches_nothing() -> None:
    assert not matches("(", "(")


FIGURES = {
    "It held 3.4 mg/kg of K.": (3.4, "mg/kg"),
    "Yield rose to 1,250 kg ha−1 there.": (1250, "kg ha−1"),
    "It fell by −0.5 °C at night.": (-0.5, "°C"),
    "About 12 % was lost.": (12, "%"),
    "In 2004 it was 7 of them.": (7, ""),
    "Exchangeable K was 0.42 cmol(+)/kg.": (0.42, "cmol(+)/kg"),
}


@pytest.mark.parametrize("sentence", FIGURES)
def test_finds_the_figure_with_its_unit(sentence: str) -> None:
    first = figures(sentence)[0]
    assert (first.value, first.unit) == FIGURES[sentence]


@pytest.mark.parametrize("sentence", ["As shown [26, 27].", "See Fig. 3 and Table 4.", "Nothing."])
def test_a_reference_is_no_figure(sentence: str) -> None:
    assert figures(sentence) == ()


def test_finds_dates_years_and_people() -> None:
    text = "On 4 May 2021 Ada Mora wrote; on March 7, 1999 Ben Osei answered (2021-06-01)."
    assert dates(text) == ["2021-06-01", "2021-05-04", "1999-03-07"]
    assert years("From 1999 to 2004, 3000 plots, 12004.") == [1999, 2004]
    assert people(text) == ["Ada Mora", "Ben Osei"]


@given(st.text(max_size=200), st.integers(-1, 60))
def test_a_cut_text_is_the_longest_start_that_fits(text: str, tokens: int) -> None:
    cut = cut_to_tokens(text, tokens)
    assert text.startswith(cut)
    assert count_tokens(cut) <= max(tokens, 0)
    assert cut == text or count_tokens(text[: len(cut) + 1]) > tokens


@given(st.text(max_size=50), st.text(max_size=50))
def test_more_text_is_never_fewer_tokens(one: str, other: str) -> None:
    assert count_tokens(one) <= count_tokens(one + other)


def test_a_wide_character_is_a_token() -> None:
    assert count_tokens("水稻abcd") == 3


@pytest.mark.parametrize(
    ("name", "made"), [("a", "a"), ("max_output_tokens", "maxOutputTokens"),
                       ("_responseJsonSchema", "_responseJsonSchema")],
)  # fmt: skip
def test_spells_fields_in_camel_case(name: str, made: str) -> None:
    assert camel(name) == made
    assert field({name: 1}, made) == 1


def test_times_have_nine_fraction_digits() -> None:
    assert timestamp(1795314750.9152787) == "2026-11-22T02:32:30.915279000Z"
    assert timestamp(1.9999999) == "1970-01-01T00:00:01.999999000Z"
