"""The laws of decoding: exact, strict, and repaired only where nothing is lost."""

from __future__ import annotations

import json
import math
from collections.abc import Sequence

import pytest
from hypothesis import assume, example, given
from hypothesis import strategies as st

from tests.validation.strategies import (
    Value,
    exactly,
    loosely_written,
    objects,
    scraps,
    values,
    written,
)
from validation import DecodeError, load_profile, parse_exact, validate, write_exact
from validation.decode import UNSURE, decode, quick
from validation.scan import scan

ANY_OBJECT = load_profile()


@given(st.data(), values)
def test_strict_text_decodes_to_the_exact_value(data: st.DataObject, value: Value) -> None:
    text = data.draw(written(value))
    assert exactly(parse_exact(text)) == exactly(value)
    assert exactly(parse_exact(text.encode("utf-8"))) == exactly(value)
    assert exactly(decode(text).value) == exactly(value)


_TWICE = r'{"k":"%s","a":1,"a":2}'


@given(
    st.lists(
        st.sampled_from(
            [r"\u003a", r"\u003A", r"\u005c", r"\\", r"\/", r"\n", r"\u0022", ":", "x"]
        ),
        max_size=8,
    )
)
def test_no_spelling_hides_a_member_given_twice(pieces: list[str]) -> None:
    text = _TWICE % "".join(pieces)
    for one in (text, text.encode("utf-8")):
        assert quick(one) is UNSURE
        with pytest.raises(DecodeError, match="given twice"):
            parse_exact(one)


@given(values)
def test_written_value_reads_back_as_itself(value: Value) -> None:
    assert exactly(parse_exact(write_exact(value))) == exactly(value)


@given(scraps())
@example('{"a":"\\u003a","a":1}')
@example("[18446744073709551616]")
def test_quick_decoding_gives_what_the_slow_reader_gives(text: str) -> None:
    for one in (text, text.encode("utf-8", "surrogatepass")):
        value = quick(one)
        if value is UNSURE:
            continue  # the slow reader decides
        scanned = scan(text, max_depth=254)
        assert (scanned.findings, scanned.edits) == ((), ())
        assert exactly(value) == exactly(json.loads(text))


@given(scraps())
@example('{"a":1,"a":2}')
@example('["\\ude00"]')
@example("[1e400]")
def test_what_is_accepted_is_what_a_strict_reader_accepts(text: str) -> None:
    assert (_outcome(parse_exact, text) is not None) == (_outcome(_strict, text) is not None)
    if (value := _outcome(parse_exact, text)) is not None:
        assert exactly(value) == exactly(_outcome(_strict, text))


def _outcome(read: object, text: str) -> tuple[object] | None:
    assert callable(read)
    try:
        return (read(text),)
    except (ValueError, RecursionError):
        return None


def _strict(text: str) -> object:
    """The standard library's reader with its laxness taken away, the slow and plain way."""

    def members(pairs: Sequence[tuple[str, object]]) -> dict[str, object]:
        if len({key for key, _ in pairs}) < len(pairs):
            raise ValueError("duplicate")
        return dict(pairs)

    def number(digits: str) -> float:
        if math.isinf(float(digits)):
            raise ValueError("overflow")
        return float(digits)

    def constant(word: str) -> object:
        raise ValueError(word)

    value = json.loads(
        text.removeprefix("\ufeff"),
        object_pairs_hook=members,
        parse_float=number,
        parse_constant=constant,
    )
    json.dumps(value, ensure_ascii=False).encode("utf-8")  # a ValueError for half a character
    return value


@given(scraps())
def test_every_refusal_says_why_and_can_be_written_down(text: str) -> None:
    verdict = validate(text, ANY_OBJECT)
    assert verdict.accepted is (not verdict.findings)
    for one in verdict.findings:
        assert f"{one.rule} {one.path} {one.message}".encode()


@given(st.data(), objects, st.sampled_from(["first", "last"]))
def test_member_given_twice_is_never_accepted(
    data: st.DataObject, value: dict[str, Value], place: str
) -> None:
    assume(value)
    key = data.draw(st.sampled_from(sorted(value)))
    twin = f"{data.draw(written(key))}:{data.draw(written(data.draw(values)))}"
    text = data.draw(written(value)).strip()
    text = f"{{{twin},{text[1:]}" if place == "first" else f"{text[:-1]},{twin}}}"
    with pytest.raises(DecodeError) as caught:
        decode(text)
    assert {one.rule for one in caught.value.findings} == {"decode.duplicate_key"}
    assert not validate(text, ANY_OBJECT).accepted


@given(st.data(), objects)
def test_text_that_was_cut_is_never_accepted(data: st.DataObject, value: dict[str, Value]) -> None:
    text = data.draw(written(value))
    for end in range(len(text)):
        assert not validate(text[:end], ANY_OBJECT).accepted


@given(st.data(), objects)
def test_fenced_text_that_was_cut_is_never_accepted(
    data: st.DataObject, value: dict[str, Value]
) -> None:
    text = f"```json\n{data.draw(written(value))}\n```"
    for end in range(len(text)):
        assert not validate(text[:end], ANY_OBJECT).accepted


@given(st.data(), objects)
def test_bytes_that_were_cut_are_never_accepted(
    data: st.DataObject, value: dict[str, Value]
) -> None:
    text = data.draw(written(value)).encode("utf-8")
    for end in range(len(text)):
        assert not validate(text[:end], ANY_OBJECT).accepted


REPAIRS = ("trailing_comma", "comment", "control_character")


def _repaired(data: st.DataObject, value: Value, *repairs: str) -> None:
    text, used = data.draw(loosely_written(value, *repairs))
    decoded = decode(text)
    assert exactly(decoded.value) == exactly(value)
    assert used <= set(decoded.repairs) <= set(repairs)


@given(st.data(), objects)
def test_taking_trailing_commas_off_changes_no_value(data: st.DataObject, value: Value) -> None:
    _repaired(data, value, "trailing_comma")


@given(st.data(), objects)
def test_taking_comments_off_changes_no_value(data: st.DataObject, value: Value) -> None:
    _repaired(data, value, "comment")


@given(st.data(), objects)
def test_escaping_control_characters_changes_no_value(data: st.DataObject, value: Value) -> None:
    _repaired(data, value, "control_character")


@given(st.data(), objects)
def test_all_repairs_together_change_no_value(data: st.DataObject, value: Value) -> None:
    _repaired(data, value, *REPAIRS)


@given(st.data(), objects)
def test_taking_the_fence_off_changes_no_value(data: st.DataObject, value: Value) -> None:
    text = data.draw(written(value))
    mark = data.draw(st.sampled_from(["```", "````"]))
    word = data.draw(st.sampled_from(["", "json", "JSON", "json5", " json "]))
    decoded = decode(f"{mark}{word}\n{text}\n{mark}")
    assert exactly(decoded.value) == exactly(value)
    assert decoded.repairs == ("code_fence",)


@given(st.data(), objects, st.text(st.sampled_from(" \n\t\r\x0b\x0c\xa0\u2028\u3000"), max_size=4))
def test_taking_outer_white_space_and_mark_off_changes_no_value(
    data: st.DataObject, value: Value, space: str
) -> None:
    text = (
        f"{data.draw(st.sampled_from(['', chr(0xFEFF)]))}{space}{data.draw(written(value))}{space}"
    )
    decoded = decode(text)
    assert exactly(decoded.value) == exactly(value)
    assert set(decoded.repairs) <= {"byte_order_mark", "outer_white_space"}
    assert ("byte_order_mark" in decoded.repairs) is text.startswith(chr(0xFEFF))


@given(st.data(), objects)
def test_strict_reader_wants_no_repair(data: st.DataObject, value: Value) -> None:
    text, used = data.draw(loosely_written(value, *REPAIRS))
    assume(used)
    with pytest.raises(DecodeError):
        parse_exact(text)


@given(values)
def test_root_must_be_what_the_profile_wants(value: Value) -> None:
    verdict = validate(json.dumps(value), ANY_OBJECT)
    assert verdict.accepted is isinstance(value, dict)


def test_position_is_where_the_first_fault_stands() -> None:
    with pytest.raises(DecodeError) as caught:
        parse_exact('{"a": 1, "b": tru, "c": 2}')
    assert caught.value.position == 14


@pytest.mark.parametrize("text", ["[" * 100_000, '{"a":' * 100_000, "[" * 100_000 + "]" * 100_000])
def test_depth_beyond_the_limit_is_refused_without_recursion(text: str) -> None:
    with pytest.raises(DecodeError) as caught:
        decode(text)
    assert caught.value.findings[0].rule == "decode.too_deep"


@pytest.mark.parametrize("depth", [1, 200, 254])
def test_depth_up_to_the_limit_is_accepted_both_ways(depth: int) -> None:
    text = "[" * depth + "]" * depth
    assert quick(text) is not UNSURE
    assert scan(text, max_depth=254).findings == ()


@pytest.mark.parametrize("character", ["/", "`", "\\", '"', "{", "[", "//", "/*", "\n"])
def test_long_hostile_text_takes_linear_time(character: str) -> None:
    for text in (
        character * 300_000,
        f'{{"a": 1{character * 300_000}',
        f"```{character * 300_000}```",
    ):
        with pytest.raises(DecodeError):
            decode(text)
