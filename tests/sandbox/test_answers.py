"""Answers fit their schema, come from the item's own words, and are the same by seed."""

import hashlib
import json
from pathlib import Path
from typing import Any

import jsonschema
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from sandbox.answers import write_answer
from sandbox.answers.blocks import read_item
from sandbox.answers.schemas import find_schema, from_openapi
from sandbox.answers.sentences import split_sentences
from sandbox.prompts import read_prompt
from tests.sandbox.schemas import schemas

TEXT = "Title: Soil K\nText: Potassium was 3.4 mg/kg in 2004. Rice grew well in Luzon."
PAPER = {
    "paper_id": "p-1",
    "title": "Potash for rice on vertic soils",
    "authors": ["Ada Mora", "Ben Osei"],
    "year": 2019,
    "abstract": "We measured exchangeable potassium on twelve farms. It fell to 0.21 cmol/kg.",
    "sections": [
        {
            "heading": "Methods",
            "text": "Soil was sampled at 0–20 cm in March 2017 near Lipa. Cores were dried at 40 °C.",
        },
        {
            "heading": "Results",
            "text": "Grain yield rose by 1.3 t/ha. Straw took up 96 kg/ha of potassium.",
        },
    ],
}
QUOTED: dict[str, Any] = {
    "type": "object",
    "properties": {
        "title": {"type": "string"},
        "authors": {"type": "array", "items": {"type": "string"}},
        "year": {"type": "integer"},
        "findings": {
            "type": "array",
            "minItems": 2,
            "items": {
                "type": "object",
                "properties": {
                    "value": {"type": "number"},
                    "unit": {"type": "string"},
                    "evidence": {"type": "string", "minLength": 8},
                },
                "required": ["value", "unit", "evidence"],
            },
        },
    },
    "required": ["title", "authors", "year", "findings"],
}


def _answer(text: str, seed: int = 0, **config: Any) -> Any:
    request: dict[str, Any] = {"contents": [{"parts": [{"text": text}]}]}
    if config:
        request["generationConfig"] = config
    digest = hashlib.sha256(f"{seed}{text}{config}".encode()).digest()
    return write_answer(read_prompt(request), digest)


def _errors(schema: Any, value: Any) -> list[str]:
    checker = jsonschema.Draft202012Validator.FORMAT_CHECKER
    validator = jsonschema.Draft202012Validator(schema, format_checker=checker)
    return [error.message for error in validator.iter_errors(value)]


@settings(max_examples=50, deadline=None, suppress_health_check=list(HealthCheck))
@given(schemas(), st.integers(0, 99))
def test_an_answer_fits_its_schema(schema: dict[str, Any], seed: int) -> None:
    answer = _answer(TEXT, seed, responseJsonSchema=schema)
    assert _errors(schema, answer.value) == []
    assert json.loads(answer.text) == answer.value


WORDS = st.text(max_size=30)
ITEMS = st.fixed_dictionaries(
    {"title": WORDS},
    optional={
        "year": st.one_of(st.integers(), WORDS, st.none()),
        "authors": st.one_of(st.lists(WORDS, max_size=4), WORDS),
        "findings": st.one_of(
            st.lists(WORDS), st.dictionaries(WORDS, WORDS), st.lists(st.integers())
        ),
        "value": st.one_of(st.floats(), st.booleans(), st.dictionaries(WORDS, st.none())),
    },
)


@settings(max_examples=120, deadline=None, suppress_health_check=list(HealthCheck))
@given(ITEMS)
def test_an_answer_fits_its_schema_whatever_the_item_is(item: Any) -> None:
    answer = _answer(f"# Item\n{json.dumps(item)}", responseJsonSchema=QUOTED)
    assert _errors(QUOTED, answer.value) == []


@settings(max_examples=60, deadline=None)
@given(st.text(max_size=400), st.integers(0, 9))
def test_any_text_gets_an_answer_and_always_the_same(text: str, seed: int) -> None:
    one = _answer(text, seed, responseJsonSchema=QUOTED)
    assert one.text == _answer(text, seed, responseJsonSchema=QUOTED).text
    assert _errors(QUOTED, one.value) == []


PROMPTS: dict[str, str] = {
    "item as JSON at the end": "Read it.\n# Schema\n{schema}\n# Paper\n{item}",
    "item as JSON, indented, before the schema": "{wide}\n\nAnswer by this schema: {schema}",
    "schema in a fence": "Schema:\n```json\n{schema}\n```\nItem:\n```json\n{item}\n```",
    "an example beside": 'Write {{"title": "…", "year": 1}} so.\n{schema}\n{item}\nNow answer.',
}


@pytest.mark.parametrize("name", PROMPTS)
def test_takes_fields_and_quotations_from_the_item(name: str) -> None:
    text = PROMPTS[name].format(
        schema=json.dumps(QUOTED), item=json.dumps(PAPER), wide=json.dumps(PAPER, indent=1)
    )
    value = _answer(text).value
    assert _errors(QUOTED, value) == []
    assert value["title"] == PAPER["title"]
    assert value["authors"] == PAPER["authors"]
    assert value["year"] == 2019
    said = json.dumps(PAPER, ensure_ascii=False)
    for finding in value["findings"]:
        assert finding["evidence"] in said
        assert f"{finding['value']:g}" in finding["evidence"]
        assert finding["unit"] in finding["evidence"]
    assert len({finding["evidence"] for finding in value["findings"]}) > 1


TEXT_PROMPTS: dict[str, str] = {
    "labels": "Classify the news.\n\nTitle: Harvest is early\nText: BODY",
    "tags": "Classify the news. Title it.\n<article>\nTitle: Harvest is early\nBODY\n</article>\nGo!",
    "fence": "Classify. Never invent 77 things.\n```\nTitle: Harvest is early\nText: BODY\n```\nGo!",
    "heading": "# Task\nClassify it, in 77 words.\n# Article\nTitle: Harvest is early\nText: BODY",
}
BODY = "The mill in Lipa opened on 4 May 2021. It took in 310 tonnes by noon."


@pytest.mark.parametrize("name", TEXT_PROMPTS)
def test_takes_the_item_and_not_the_instructions(name: str) -> None:
    schema = {
        "type": "object",
        "properties": {"quote": {"type": "string"}, "date": {"type": "string", "format": "date"}},
        "required": ["quote", "date"],
    }
    text = TEXT_PROMPTS[name].replace("BODY", BODY)
    for seed in range(5):
        value = _answer(text, seed, responseJsonSchema=schema).value
        assert value["quote"] in BODY
        assert value["date"] == "2021-05-04"


def test_half_a_character_in_an_item_does_no_harm() -> None:
    item = (
        '{"title": "Soil \\ud800 and half", "text": "It was dry in the year 12345678901234567890."}'
    )
    answer = _answer(f"# Item\n{item}", responseJsonSchema=QUOTED)
    assert answer.value["title"] == "Soil ? and half"
    answer.text.encode()


def test_enums_are_chosen_by_digest() -> None:
    schema = {"type": "object", "properties": {"a": {"enum": ["x", "y", "z"]}}, "required": ["a"]}
    said = {_answer(TEXT, seed, responseJsonSchema=schema).value["a"] for seed in range(30)}
    assert said == {"x", "y", "z"}


def test_a_schema_in_the_system_text_counts_too() -> None:
    request = {
        "contents": [{"parts": [{"text": TEXT}]}],
        "systemInstruction": {"parts": [{"text": f"By this schema: {json.dumps(QUOTED)}"}]},
    }
    assert _errors(QUOTED, write_answer(read_prompt(request), b"1" * 32).value) == []


def test_the_first_schema_in_a_prompt_counts_even_after_another_was_seen() -> None:
    one = {"type": "object", "properties": {"one": {"type": "string"}}}
    two = {"type": "object", "properties": {"two": {"type": "string"}}}
    for first, second in ((one, two), (two, one), (one, two)):
        found = find_schema(f"{json.dumps(first)} and {json.dumps(second)}")
        assert found is not None
        assert found.schema == first


@pytest.mark.parametrize("text", ["", "no schema", '{"type": "paper"}', '{"items": [1]}', "{" * 50])
def test_data_is_no_schema(text: str) -> None:
    assert find_schema(text) is None


def test_reads_the_subset_of_response_schema() -> None:
    schema = {
        "type": "OBJECT",
        "properties": {
            "b": {"type": "STRING", "nullable": True},
            "a": {"type": "ARRAY", "items": {"type": "INTEGER"}, "minItems": "2"},
        },
        "property_ordering": ["a", "b"],
        "required": ["a"],
    }
    made = from_openapi(schema)
    assert list(made["properties"]) == ["a", "b"]
    assert made["properties"]["a"]["minItems"] == 2
    value = _answer(TEXT, responseSchema=schema).value
    assert _errors(made, value) == []


def test_without_a_schema_it_says_a_short_text_of_the_item() -> None:
    answer = _answer(f"Sum this up.\n\nText: {BODY}")
    assert answer.value is None
    assert answer.text == BODY


def test_with_a_json_type_and_no_schema_it_says_json() -> None:
    answer = _answer(f"Sum this up.\n\nText: {BODY}", responseMimeType="application/json")
    assert json.loads(answer.text) == {"summary": BODY}


@given(st.text(max_size=300))
def test_a_sentence_is_an_exact_part_of_its_text(text: str) -> None:
    assert all(sentence in text for sentence in split_sentences(text))


def test_sentences_do_not_end_at_abbreviations() -> None:
    text = "Mora et al. (2019) found 2.5 kg (Fig. 3). J. Doe agreed. Was it so? Yes!"
    assert split_sentences(text) == [
        "Mora et al. (2019) found 2.5 kg (Fig. 3).", "J. Doe agreed.", "Was it so?", "Yes!",
    ]  # fmt: skip


def test_the_largest_json_is_the_item() -> None:
    item = read_item('Like {"a": "an example of it"}:\n{"b": "a much longer text than that"}', "")
    assert item.fields == {"b": "a much longer text than that"}


TASK = Path(__file__).parents[2] / "processor" / "tasks" / "stage_1a"
INPUTS = sorted((Path(__file__).parents[2] / "inputs").glob("*.json"))


@pytest.mark.skipif(not (TASK / "schema.json").exists() or not INPUTS, reason="no such task here")
def test_answers_the_built_in_task_sensibly() -> None:
    words = (TASK / "prompt.md").read_text(encoding="utf-8")
    schema = (TASK / "schema.json").read_text(encoding="utf-8")
    found = 0
    for path in INPUTS:
        paper = json.loads(path.read_text(encoding="utf-8"))
        if "title" not in paper:
            continue
        item = json.dumps(paper, ensure_ascii=False, indent=2)
        text = words.replace("{{ schema }}", schema).replace("{{ item }}", item)
        value = _answer(text).value
        assert _errors(json.loads(schema), value) == []
        assert value["metadata"]["title"] == paper["title"]
        for finding in value["quantitative_findings"]:
            found += 1
            assert json.dumps(finding["evidence"], ensure_ascii=False)[1:-1] in item
            if finding["value"] is not None:
                assert f"{abs(finding['value']):g}" in finding["evidence"].replace(",", "")
    assert found > len(INPUTS)
