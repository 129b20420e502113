"""What judging teaches: coverage, suggestions, and the digest of rules."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from processor.core.coverage import Coverage
from processor.core.lessons import RULE_FILES, Lessons, rules_digest
from validation import load_profile, validate

FIELDS = """
[fields.subject]
names = ["subject", "topic"]
[fields.value]
names = ["findings[].value", "findings[].amount"]
"""
SCHEMA = {"type": "object", "properties": {"subject": {"type": "string"}, "year": {}}}
PROFILE = load_profile(fields=FIELDS, schema=SCHEMA)
TEXTS = (
    '{"subject": "a", "year": 1}',
    '{"topic": "a", "findings": [{"amount": 1}, {"value": 2}]}',
    '{"topic": "a", "year": null, "findings": []}',
    '{"subject": 1}',
    "no json",
)


def test_coverage_counts_fields_and_the_names_they_go_by() -> None:
    coverage = Coverage(PROFILE)
    for text in TEXTS:
        coverage.add(validate(text, PROFILE))
    assert coverage.as_json() == {
        "subject": {"answers": 4, "present": 4, "names": {"subject": 2, "topic": 2}},
        "year": {"answers": 4, "present": 1, "names": {"year": 1}},
        "findings[].value": {"answers": 4, "present": 1, "names": {"amount": 1}},
    }


def test_coverage_of_rules_without_fields_is_none() -> None:
    assert Coverage(load_profile()).as_json() is None
    assert Coverage(load_profile(kind="text")).as_json() is None


@given(st.lists(st.sampled_from(TEXTS), max_size=8))
def test_names_never_add_up_to_less_than_what_is_there(texts: list[str]) -> None:
    coverage = Coverage(PROFILE)
    for text in texts:
        coverage.add(validate(text, PROFILE))
    for one in (coverage.as_json() or {}).values():
        assert one["present"] <= one["answers"] <= len(texts)
        assert sum(one["names"].values()) >= one["present"]


def test_lessons_hold_the_suggestions_as_reports_have_them() -> None:
    profile = load_profile(schema={"properties": {"year": {"type": "integer"}}})
    lessons = Lessons(profile)
    for number in range(3):
        lessons.add(validate('{"year": "7"}', profile), f"i{number}")
    first = lessons.as_json()["suggestions"][0]
    assert first["line"] == 'lax = ["number_as_string"]'
    assert first["items"] == first["seen"] == 3
    assert first["example"].startswith("i0: ")
    assert "change" not in first


def test_digest_is_of_the_rules_alone() -> None:
    files = {name: name.encode() for name in (*RULE_FILES, "prompt.md", "system.md")}
    digest = rules_digest(files)
    assert rules_digest({**files, "prompt.md": b"other"}) == digest
    for name in RULE_FILES:
        assert rules_digest({**files, name: b"other"}) != digest
        assert rules_digest({k: v for k, v in files.items() if k != name}) != digest
