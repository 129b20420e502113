"""Suggestions: what is proposed accepts as many answers as it says, and no more memory is used."""

from __future__ import annotations

import json
from typing import Any

import pytest

from validation import (
    Profile,
    ProfileError,
    Suggestion,
    Suggestions,
    apply_suggestion,
    load_profile,
    validate,
)

FIELDS = """
[fields.findings]
names = ["quantitative_findings", "key_findings"]
[require]
all = ["findings"]
"""
SCHEMA: dict[str, Any] = {
    "properties": {
        "year": {"type": "integer"},
        "quantitative_findings": {
            "type": "array",
            "items": {"$ref": "#/$defs/finding"},
        },
    },
    "$defs": {"finding": {"properties": {"value": {"type": "number"}}}},
}
PROFILE = load_profile(fields=FIELDS, schema=SCHEMA)


def _proposed(profile: Profile, answers: list[dict[str, Any]]) -> tuple[Suggestion, ...]:
    suggestions = Suggestions(profile)
    for number, answer in enumerate(answers):
        suggestions.add(validate(json.dumps(answer), profile), item_id=f"p{number}")
    return suggestions.proposals()


def _accepted(profile: Profile, answers: list[dict[str, Any]]) -> int:
    return sum(validate(json.dumps(answer), profile).accepted for answer in answers)


@pytest.mark.parametrize(
    ("answers", "table", "line"),
    [
        (
            [{"main_findings": [], "other": 1}] * 3 + [{"key_findings": []}],
            "[fields.findings]",
            'names = ["quantitative_findings", "key_findings", "main_findings"]',
        ),
        (
            [{"results": [{"value": 1}]}] * 2,
            "[fields.findings]",
            'names = ["quantitative_findings", "key_findings", "results"]',
        ),
        (
            [{"report": {"keyfindings": []}}] * 2,
            "[fields.findings]",
            'names = ["quantitative_findings", "key_findings", "report.keyfindings"]',
        ),
        (
            [{"key_findings": [{"value": "1.5"}]}] * 4,
            "[answer]",
            'lax = ["number_as_string"]',
        ),
        (
            [{"key_findings": [{"value": None}]}] * 9 + [{"key_findings": []}],
            "schema.json#/$defs/finding/properties/value",
            '"type": ["number", "null"]',
        ),
    ],
)
def test_line_is_proposed_that_accepts_as_many_as_it_says(
    answers: list[dict[str, Any]], table: str, line: str
) -> None:
    proposed = [
        one for one in _proposed(PROFILE, answers) if (one.table, one.line) == (table, line)
    ]
    assert len(proposed) == 1
    (one,) = proposed
    before = _accepted(PROFILE, answers)
    assert _accepted(apply_suggestion(PROFILE, one), answers) - before == one.items > 0
    assert one.example.startswith("p0: ")


def test_name_of_like_shape_alone_is_not_said_where_the_schema_would_refuse_it() -> None:
    proposed = _proposed(PROFILE, [{"conclusion": "text"}] * 5)
    assert proposed == ()


def test_what_was_seen_once_is_not_proposed() -> None:
    assert _proposed(PROFILE, [{"main_findings": []}, {"key_findings": []}]) == ()


def test_type_that_differs_now_and_then_is_not_proposed() -> None:
    answers: list[dict[str, Any]] = [{"key_findings": [], "year": None}] * 5
    answers += [{"key_findings": [], "year": 2020}] * 5
    assert [one.kind for one in _proposed(PROFILE, answers)] == []


def test_proposal_that_accepts_most_comes_first() -> None:
    answers: list[dict[str, Any]] = [{"main_findings": []}] * 2 + [{"results": []}] * 5
    lines = [one.line for one in _proposed(PROFILE, answers)]
    assert lines[0].endswith('"results"]')
    assert lines[1].endswith('"main_findings"]')


def test_fields_inside_arrays_are_proposed_with_their_path() -> None:
    fields = '[fields.name]\nnames = ["studies[].name"]\n[require]\nall = ["name"]\n'
    profile = load_profile(fields=fields)
    answers = [{"studies": [{"study_name": "A"}, {"study_name": "B"}]}] * 3
    (first, *_) = _proposed(profile, answers)
    assert first.line == 'names = ["studies[].name", "studies[].study_name"]'
    assert _accepted(apply_suggestion(profile, first), answers) == 3


def test_label_that_only_require_names_gets_a_table() -> None:
    profile = load_profile(fields='[require]\nall = ["metadata"]\n')
    (one,) = _proposed(profile, [{"meta": {}}] * 2)
    assert (one.table, one.line) == ("[fields.metadata]", 'names = ["metadata", "meta"]')
    assert apply_suggestion(profile, one).declared.fields[0].label == "metadata"


def test_hostile_names_are_counted_within_bounds() -> None:
    suggestions = Suggestions(PROFILE)
    for number in range(40):
        suggestions.add(
            validate(json.dumps({f"findings{number}x{at}": [] for at in range(20)}), PROFILE)
        )
    assert len(suggestions._tallies) <= 64


def test_change_that_does_not_fit_is_refused() -> None:
    one = Suggestion(kind="schema", table="", line="", seen=1, items=1, example="", reason="",
                     change=('["properties", "nowhere", "type"]', "null"))  # fmt: skip
    with pytest.raises(ProfileError):
        apply_suggestion(PROFILE, one)


def test_accepted_and_broken_answers_teach_nothing() -> None:
    suggestions = Suggestions(PROFILE)
    for text in ('{"key_findings": []}', "no json", "[]"):
        suggestions.add(validate(text, PROFILE))
        suggestions.add(validate(text, PROFILE))
    assert suggestions.proposals() == ()
