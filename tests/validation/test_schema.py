"""The laws of schemas: the reference's word counts, the compiled validator only clears."""

from __future__ import annotations

import json
from collections.abc import Mapping

import jsonschema
import pytest
from hypothesis import event, example, given

from tests.validation.strategies import COMPARED, Schema, Value, instances, schemas
from validation import RULES, ProfileError, load_profile, validate
from validation.clearing import CLEARED_KEYWORDS, clears
from validation.judging import judge_value
from validation.schema import compile_schema

ANNOTATIONS = {"$schema", "$id", "$comment", "$defs", "definitions", "$anchor", "title",
               "description", "default", "examples", "deprecated", "readOnly", "writeOnly"}  # fmt: skip


@given(schemas, instances)
@example({"pattern": "^a$"}, "a\n")
@example({"not": {"pattern": "^a$"}}, "a\n")
@example({"enum": [1, True]}, 1.0)
@example({"uniqueItems": True}, [1, True, [1], [True]])
@example({"uniqueItems": True}, [2**53, 2**53 + 1])
@example({"const": 2**53 - 1}, 2.0**53 - 1)
@example({"type": "integer"}, 1e300)
@example({"maxLength": 1}, "é")
def test_value_that_is_cleared_is_valid_by_the_reference(schema: Schema, value: Value) -> None:
    compiled = compile_schema(schema)
    cleared = compiled.clear(value)
    event(f"cleared: {cleared}")
    if cleared and _is_plain(value):
        assert compiled.reference.is_valid(value)


def _is_plain(value: Value) -> bool:
    if isinstance(value, dict):
        return all(map(_is_plain, value.values()))
    if isinstance(value, list):
        return all(map(_is_plain, value))
    return not isinstance(value, int) or -(2**63) <= value < 2**64


@given(schemas, instances)
def test_verdict_is_the_references_word_for_word(schema: Schema, value: Value) -> None:
    profile = load_profile(schema={"properties": {"v": schema}, "$defs": schema["$defs"]})
    verdict = validate(json.dumps({"v": value}), profile)
    reference = jsonschema.Draft202012Validator(
        {"properties": {"v": schema}, "$defs": schema["$defs"]},
        format_checker=jsonschema.Draft202012Validator.FORMAT_CHECKER,
    )
    expected = [(error.json_path, error.message) for error in reference.iter_errors({"v": value})]
    said = [one for one in verdict.findings if one.rule.startswith("schema.")]
    assert len(said) == len(expected)
    assert [one.message for one in said] == [message for _, message in expected]
    assert verdict.accepted is (not expected)


def test_every_keyword_that_is_cleared_was_compared() -> None:
    assert CLEARED_KEYWORDS - ANNOTATIONS == COMPARED


@pytest.mark.parametrize(
    ("schema", "value"),
    [
        ({"multipleOf": 0.01}, 0.07),
        ({"patternProperties": {r"^\d$": False}}, {"٣": 1}),
        ({"not": {"pattern": r"^\d$"}}, "٣"),
        ({"not": {"pattern": "^a$"}}, "a\n"),
        ({"pattern": r"^\s$"}, "\ufeff"),
        ({"pattern": r"^\D$"}, "٣"),
        ({"pattern": r"^[^\d]$"}, "٣"),
        ({"pattern": r"^.\b.$"}, "aé"),
    ],
)
def test_reference_decides_where_the_two_may_differ(schema: Schema, value: Value) -> None:
    assert not clears(schema)
    profile = load_profile(schema={"properties": {"v": schema}})
    checked = jsonschema.Draft202012Validator({"properties": {"v": schema}})
    assert judge_value({"v": value}, profile, plain=True).accepted is checked.is_valid({"v": value})


@pytest.mark.parametrize(
    "schema",
    [
        {"unevaluatedProperties": False},
        {"unevaluatedItems": False},
        {"minimum": 2**53},
        {"enum": [[2**60]]},
        {"x-unknown": 1},
        {"properties": {"a": {"items": {"multipleOf": 2}}}},
    ],
)
def test_schema_with_what_was_never_compared_is_not_cleared(schema: Schema) -> None:
    assert compile_schema(schema).compiled is None


def test_member_called_like_a_keyword_is_no_keyword() -> None:
    assert clears({"properties": {"pattern": {"type": "string"}, "multipleOf": True}})


@pytest.mark.parametrize(
    ("name", "bad"),
    [
        ("date", "2021-02-29"),
        ("date-time", "2021-02-28 10:00"),
        ("time", "25:00:00Z"),
        ("duration", "1 day"),
        ("email", "nobody"),
        ("hostname", "-a-"),
        ("ipv4", "1.2.3.256"),
        ("ipv6", ":::1"),
        ("uri", "no uri"),
        ("uri-reference", "\\\\a"),
        ("iri", "no iri"),
        ("uuid", "x"),
        ("regex", "("),
        ("json-pointer", "a/b"),
        ("uri-template", "{a"),
    ],
)
def test_formats_are_really_checked(name: str, bad: str) -> None:
    profile = load_profile(schema={"properties": {"v": {"format": name}}})
    verdict = validate(json.dumps({"v": bad}), profile)
    assert [(one.rule, one.path) for one in verdict.findings] == [("schema.format", "$.v")]


@pytest.mark.parametrize(
    "reference", ["https://example.com/s.json", "#/$defs/none", "other.json", "#anchor"]
)
def test_reference_that_leads_outside_is_refused_when_loading(reference: str) -> None:
    with pytest.raises(ProfileError, match="nothing is fetched"):
        load_profile(schema={"properties": {"a": {"items": {"$ref": reference}}}})


def test_references_inside_are_followed_recursively() -> None:
    schema = {"$ref": "#/$defs/n", "$defs": {"n": {"properties": {"n": {"$ref": "#/$defs/n"},
              "v": {"type": "integer"}}}}}  # fmt: skip
    verdict = validate('{"n": {"n": {"v": "x"}}}', load_profile(schema=schema))
    assert [one.path for one in verdict.findings] == ["$.n.n.v"]


def test_value_too_deep_for_the_schema_is_a_finding() -> None:
    schema = {"$ref": "#/$defs/n", "$defs": {"n": {"allOf": [{"$ref": "#/$defs/m"}]},
              "m": {"properties": {"n": {"$ref": "#/$defs/n"}}, "multipleOf": 2}}}  # fmt: skip
    text = '{"n":' * 250 + "{}" + "}" * 250
    verdict = validate(text, load_profile(schema=schema))
    assert {one.rule for one in verdict.findings} <= {"schema.too_deep"}


def test_more_than_a_hundred_findings_are_counted() -> None:
    profile = load_profile(schema={"properties": {"v": {"items": {"type": "string"}}}})
    verdict = validate(json.dumps({"v": list(range(150))}), profile)
    assert len(verdict.findings) == 101
    assert (verdict.findings[-1].rule, verdict.findings[-1].message[:3]) == ("schema.more", "50 ")


def test_every_keyword_of_the_reference_has_a_rule() -> None:
    keywords = set(jsonschema.Draft202012Validator.VALIDATORS) - {"$ref", "$dynamicRef"}
    assert {f"schema.{keyword}" for keyword in keywords} <= set(RULES)


@pytest.mark.parametrize(
    ("schema", "said"),
    [
        ('{"type": "strin"}', "schema.json"),
        ('{"type": ', "schema.json"),
        ("[]", "the root must be an object"),
        ('{"$schema": "http://json-schema.org/draft-07/schema#"}', "2020-12"),
        ('{"a": 1, "a": 2}', "given twice"),
    ],
)
def test_schema_that_is_none_is_refused_with_a_cure(schema: str, said: str) -> None:
    with pytest.raises(ProfileError, match="schema") as caught:
        load_profile(schema=schema)
    assert said in str(caught.value)


def test_pydantic_model_stands_in_for_the_schema() -> None:
    from pydantic import BaseModel

    class Paper(BaseModel):
        title: str
        year: int

    profile = load_profile(schema=Paper)
    assert validate('{"title": "x", "year": 2020}', profile).accepted
    verdict = validate('{"title": "x", "year": "2020"}', profile)
    assert [(one.rule, one.path) for one in verdict.findings] == [("schema.type", "$.year")]


def test_given_schema_is_not_changed() -> None:
    schema: Mapping[str, object] = {"properties": {"a": {"type": "integer"}}}
    before = json.dumps(schema)
    validate(
        '{"a": "1"}', load_profile(schema=schema, fields={"answer": {"lax": ["number_as_string"]}})
    )
    assert json.dumps(schema) == before
