"""The laws of field rules: nothing is dropped, nothing is chosen, order stays."""

from __future__ import annotations

import copy
import json
from typing import Any

import pytest
from hypothesis import event, given
from hypothesis import strategies as st

from tests.validation.strategies import Value, exactly, scalars
from validation import RULES, Effect, Profile, ProfileError, load_profile, validate
from validation.names import alike
from validation.places import read_place, write_place
from validation.rules import decisive_first

FIELDS = """
[fields.findings]
names = ["quantitative_findings", "key_findings"]
[fields.methods]
names = ["methodology", "methods"]
[fields.name]
names = ["studies[].name", "studies[].title", "studies[].label"]
[fields.year]
names = ["metadata.year", "metadata.publication_year", "year"]
[require]
all = ["findings"]
any = [["methods", "studies"]]
"""
SCHEMA: dict[str, Any] = {
    "properties": {
        "quantitative_findings": {},
        "methodology": {},
        "metadata": {"properties": {"year": {}}},
        "studies": {"items": {"properties": {"name": {}}}},
        "other": {},
    }
}
PROFILES = [load_profile(fields=FIELDS), load_profile(fields=FIELDS, schema=SCHEMA)]

_roots = st.sampled_from(
    ["quantitative_findings", "key_findings", "Key Findings", "methods", "methodology", "Method",
     "studies", "Studies", "metadata", "year", "other", "x"]
)  # fmt: skip
_inner = st.dictionaries(
    st.sampled_from(["name", "title", "Label", "year", "publication_year", "z"]),
    scalars,
    max_size=3,
)
answers = st.dictionaries(
    _roots, st.one_of(scalars, _inner, st.lists(_inner, max_size=3)), max_size=5
)
profiles = st.sampled_from(PROFILES)


def _leaves(value: Value) -> list[str]:
    if isinstance(value, dict):
        # An empty object is no value: a field that is moved in fills it, one moved out empties it.
        return [leaf for one in value.values() for leaf in _leaves(one)]
    if isinstance(value, list):
        return [leaf for one in value for leaf in _leaves(one)] or ["[]"]
    return [repr(value)]


@given(profiles, answers)
def test_canonical_form_keeps_every_value(profile: Profile, answer: dict[str, Value]) -> None:
    resolved = profile.fields.resolve(answer)
    twins = [one for one in resolved.findings if one.rule == "fields.equal_twins"]
    event(f"twins: {bool(twins)}")
    if twins:
        assert set(_leaves(resolved.value)) == set(_leaves(answer))
    else:
        assert sorted(_leaves(resolved.value)) == sorted(_leaves(answer))


@given(profiles, answers)
def test_canonical_form_keeps_the_order_of_members(
    profile: Profile, answer: dict[str, Value]
) -> None:
    answer = {key: number for number, key in enumerate(answer)}
    resolved = profile.fields.resolve(answer).value
    assert isinstance(resolved, dict)
    numbers = [int(leaf) for leaf in _leaves(resolved)]
    assert numbers == sorted(numbers)


@given(profiles, answers)
def test_canonical_form_of_a_canonical_form_is_itself(
    profile: Profile, answer: dict[str, Value]
) -> None:
    once = profile.fields.resolve(answer)
    twice = profile.fields.resolve(once.value)
    assert exactly(twice.value) == exactly(once.value)
    conflicts = {one.path for one in once.findings if one.rule == "fields.conflict"}
    assert {one.path for one in twice.findings if one.rule == "fields.conflict"} == conflicts
    if not conflicts:
        assert twice.variants == {}


@given(profiles, answers)
def test_given_value_is_not_changed(profile: Profile, answer: dict[str, Value]) -> None:
    before = copy.deepcopy(answer)
    profile.fields.resolve(answer)
    assert exactly(answer) == exactly(before)


_STAYING = FIELDS.replace(', "year"]', "]")
GUARDED = load_profile(fields=_STAYING, schema=SCHEMA)
_DEEP = _STAYING.replace('all = ["findings"]', 'all = ["name", "year"]').replace(
    "any =", "any = [] #"
)
guarded = st.sampled_from([GUARDED, load_profile(fields=_DEEP, schema=SCHEMA)])


@given(guarded, answers)
def test_guard_lets_pass_only_what_the_rules_leave_as_it_is(
    profile: Profile, answer: dict[str, Value]
) -> None:
    guard = profile.fields.guard
    assert guard is not None
    passed = guard(answer)
    event(f"passed: {passed}")
    if passed:
        resolved = profile.fields.resolve(answer)
        assert resolved.value is answer
        assert (resolved.findings, dict(resolved.variants)) == ((), {})


@given(answers)
def test_guarded_verdict_is_the_rules_own(answer: dict[str, Value]) -> None:
    verdict = validate(json.dumps(answer), GUARDED)
    resolved = GUARDED.fields.resolve(json.loads(json.dumps(answer)))
    assert exactly(verdict.canonical) == exactly(resolved.value)
    assert verdict.findings == decisive_first(resolved.findings)


@given(profiles, answers)
def test_first_finding_of_a_refusal_is_why(profile: Profile, answer: dict[str, Value]) -> None:
    verdict = validate(json.dumps(answer), profile)
    if not verdict.accepted:
        assert RULES[verdict.findings[0].rule].effect is not Effect.NOTE


def test_guard_passes_what_has_all_it_needs_at_any_depth() -> None:
    guard = load_profile(fields=_DEEP, schema=SCHEMA).fields.guard
    assert guard is not None
    assert guard({"metadata": {"year": 1}, "studies": [{"name": "a"}]})
    assert not guard({"metadata": {"year": None}, "studies": [{"name": "a"}]})
    assert not guard({"metadata": {"year": 1}, "studies": [{"name": "a"}, {}]})
    assert not guard({"metadata": {"year": 1}, "studies": [{"title": "a"}]})


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("key_findings", "Key Findings"),
        ("key_findings", "keyFindings"),
        ("key_findings", "KEY-FINDING"),
        ("study", "studies"),
        ("analysis", "analyses"),
        ("hypothesis", "hypotheses"),
        ("box", "boxes"),
        ("class", "classes"),
        ("methodology", "methodologies"),
        ("author_list", "authors_list"),
        ("news_papers", "newspapers"),
    ],
)
def test_names_that_differ_in_small_things_are_alike(one: str, other: str) -> None:
    assert alike(one, other)
    assert alike(other, one)


@pytest.mark.parametrize(
    ("one", "other"),
    [("finding", "funding"), ("status", "statu"), ("gas", "ga"), ("a", "b"), ("analysis", "analyst"),
     ("process", "proces"), ("key_findings", "findings"), ("", "s")],
)  # fmt: skip
def test_other_names_are_not_alike(one: str, other: str) -> None:
    assert not alike(one, other)


@given(st.text(max_size=8))
def test_name_is_like_itself_in_upper_case_only_where_folding_says_so(name: str) -> None:
    assert alike(name, name)
    assert alike(name, f" {name}_")


@pytest.mark.parametrize("text", ["a", "a.b", "a[].b", "a[][].b", "[].a", "a[]"])
def test_place_is_written_as_it_was_read(text: str) -> None:
    assert write_place(read_place(text)) == text


@pytest.mark.parametrize("text", ["", ".", "a.", ".a", "a[0]", "a[", "a.[]", "a..b"])
def test_text_that_is_no_place_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="is no path"):
        read_place(text)


@pytest.mark.parametrize(
    ("fields", "said"),
    [
        ("[fields.a]\nname = ['x']", "name is unknown"),
        ("[field.a]\nnames = ['x']", "field is unknown"),
        ("[fields.a]\nnames = []", "names is empty"),
        ("[fields.a]\nnames = 'x'", "list of strings"),
        ("[fields.a]\nnames = ['']", "empty string"),
        ("[fields.a]\nnames = ['x[0]']", "is no path"),
        ("[fields.a]\nnames = ['x[]']", "cannot end in []"),
        (
            "[fields.a]\nnames = ['x']\n[fields.b]\nnames = ['y', 'x']",
            "is a name of [fields.a] too",
        ),
        ("[fields.a]\nnames = ['x[].y', 'z[].y']", "different arrays"),
        ("[fields.a]\nnames = ['x.y', 'x']", "inside each other"),
        ("[require]\nall = 'x'", "list of strings"),
        ("[require]\nany = ['x']", "list of lists"),
        ("[require]\nsome = ['x']", "some is unknown"),
        ("[answer]\nroot = 'list'", "root is"),
        ("[answer]\nlax = ['everything']", "everything is unknown"),
        ("[answer]\nunwrap = ['x']\n[fields.a]\nnames = ['x']", "keep one"),
        ("[[relation]]\npath = 'a'", "exactly one of"),
        ("[[relation]]\npath = 'a'\nequals = 'item.x'\nin = 'item.y'", "exactly one of"),
        ("[[relation]]\nequals = 'item.x'", "path is missing"),
        ("[[relation]]\npath = 'a'\nequals = 'x'", 'write "item"'),
        ("[[relation]]\npath = 'a'\nbetween = [1]", "low, high"),
        ("[relation]\npath = 'a'", "[[relation]]"),
        ("[fields.a\nnames", "fields.toml"),
        ("fields = 3", "write it as a table"),
    ],
)
def test_declaration_that_cannot_be_used_is_refused_with_a_cure(fields: str, said: str) -> None:
    with pytest.raises(ProfileError) as caught:
        load_profile(fields=fields)
    assert str(caught.value).startswith("fields.toml")
    assert said in str(caught.value)


def test_refusal_names_the_line_of_the_table() -> None:
    with pytest.raises(ProfileError, match=r"fields\.toml, line 3: \[fields\.b\]"):
        load_profile(fields="[fields.a]\nnames = ['x']\n[fields.b]\nname = ['y']\n")


def test_mapping_stands_for_the_text() -> None:
    mapping = {"fields": {"a": {"names": ["x", "y"]}}, "require": {"all": ["a"]}}
    verdict = validate('{"y": 1}', load_profile(fields=mapping))
    assert (verdict.data, dict(verdict.variants)) == ({"x": 1}, {"x": "y"})


def test_label_at_the_head_of_a_path_is_its_canonical_place() -> None:
    fields = FIELDS + '[fields.quote]\nnames = ["findings[].evidence", "findings[].quote"]\n'
    verdict = validate(
        '{"key_findings": [{"quote": "x"}], "methods": 1}', load_profile(fields=fields)
    )
    assert verdict.data == {"quantitative_findings": [{"evidence": "x"}], "methodology": 1}
    assert verdict.variants["quantitative_findings[].evidence"] == "quote"


def test_shapes_of_hostile_answers_are_remembered_within_bounds() -> None:
    profile = load_profile(fields=FIELDS, schema=SCHEMA)
    for number in range(600):
        validate(json.dumps({f"k{number}": 1, "key_findings": 1}), profile)
        validate(json.dumps({f"k{number}{at}": 1 for at in range(66)}), profile)
    scope = profile.fields.scope
    assert len(scope.plain) + len(scope._plans) <= 1_024
