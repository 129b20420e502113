"""The estimate of tokens."""

from __future__ import annotations

import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st

from processor.core.tokens import (
    TEXT_CLASSES,
    Estimator,
    estimator_for,
    fixed_tokens,
    text_tokens,
)
from tests.bench import NOTES
from tests.processor_tokens.corpora import parse, text_of

PROSE = (
    "The weir below the village was rebuilt in the spring after the flood, with oak from the hills "
    "and stone from the old mill. Nobody remembers who paid for it, and the records are lost. "
)
texts = st.text(st.characters(codec="utf-8"), max_size=300)


def _exactly(text: bytes) -> float:
    """The sum over the classes, byte by byte, in 32nds of a token as the table has them."""
    return sum(
        round(one.tokens * 32) / 32
        for byte in text
        for one in TEXT_CLASSES
        if byte in one.first_bytes
    )


def test_every_byte_is_in_exactly_one_class() -> None:
    classed = sorted(byte for one in TEXT_CLASSES for byte in one.first_bytes)
    assert classed == list(range(256))


@given(texts)
def test_short_texts_are_the_sum_of_their_classes(text: str) -> None:
    raw = text.encode()
    assert text_tokens(raw) == pytest.approx(_exactly(raw))


@given(texts, texts)
def test_texts_add_up(one: str, other: str) -> None:
    together = text_tokens((one + other).encode())
    assert together == pytest.approx(text_tokens(one.encode()) + text_tokens(other.encode()))


def test_weights_at_their_highest_do_not_overflow() -> None:
    assert text_tokens("🐟".encode() * 2_000) == 4_000
    assert text_tokens(b"\xff" * 8_000) == 16_000


@pytest.mark.parametrize(
    "piece",
    [
        PROSE,
        "昭和二十六年、港の防波堤は百二十メートル延長された。",
        "Плотину восстановили весной после наводнения. ",
        "नदी का पानी बढ़ गया था। ",
        '{"depth": 12.5, "unit": "mg/kg", "sites": ["a", "b"]}, ',
        "💧 ",
    ],
)
@pytest.mark.parametrize("size", [8_192, 9_000, 20_000, 100_003, 700_000])
def test_long_texts_are_sampled_within_5_percent(piece: str, size: int) -> None:
    whole = piece.encode()
    text = whole * (size // len(whole) + 1)
    assert text_tokens(text) == pytest.approx(_exactly(whole) * (size // len(whole) + 1), rel=0.05)


def test_english_prose_has_about_4_characters_a_token() -> None:
    assert len(PROSE) / text_tokens(PROSE.encode()) == pytest.approx(4, rel=0.1)


def test_json_has_about_3_characters_a_token() -> None:
    document = orjson.dumps(
        {"site": "north field", "crop": "barley", "yield": 5.2, "units": ["t/ha"]}
    )
    assert 2 < len(document) / text_tokens(document) < 4


def test_ideographs_count_one_each() -> None:
    assert text_tokens("川の水質".encode()) == 4


def test_digits_count_one_each() -> None:
    assert text_tokens(b"1234567890") == 10


def test_escapes_of_json_text_cost_little_more_than_what_they_stand_for() -> None:
    plain = 'He said "no".\n' * 50
    assert text_tokens(orjson.dumps(plain)) == pytest.approx(text_tokens(plain.encode()), rel=0.15)


def test_no_text_is_never_less_than_one_token() -> None:
    assert Estimator().tokens(b"") == 1


@given(texts, st.floats(0.1, 10))
def test_calibration_scales_all_of_it(text: str, factor: float) -> None:
    plain = text_tokens(text.encode()) + 100
    assert Estimator(factor, 100).tokens(text.encode()) == max(1, round(plain * factor))


@pytest.mark.parametrize("factor", [0.0, -1.0, float("nan")])
def test_a_factor_is_above_0(factor: float) -> None:
    with pytest.raises(ValueError, match="above 0"):
        Estimator(factor)


def test_system_instruction_counts_for_every_request() -> None:
    task = parse(NOTES)
    assert task.system is not None
    assert estimator_for(task).fixed_tokens == text_tokens(orjson.dumps(task.system))


def test_a_schema_counts_only_when_it_is_sent() -> None:
    schema = {"type": "object", "required": ["subject"]}
    assert fixed_tokens(None, {"maxOutputTokens": 5}) == 0
    for name in ("responseSchema", "responseJsonSchema"):
        escaped = orjson.dumps(orjson.dumps(schema).decode())
        assert fixed_tokens(None, {name: schema}) == text_tokens(escaped)


def test_the_estimate_is_of_the_prompt_as_the_request_line_has_it() -> None:
    task = parse(NOTES)
    prompt, line = text_of(task, {"note_id": "n", "title": 'A "b"', "text": "é\n"})
    assert prompt in line
