"""The built-in tasks stage_2a, identity, news and categorise, with their sample items."""

from __future__ import annotations

import functools
import json
import tomllib
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, datetime
from itertools import takewhile
from pathlib import Path
from typing import Any

import pytest
from google.genai import types

from processor import Processor
from processor.core.models import parse_models
from processor.core.preflight import Preflight
from processor.core.reroute import Served, serving
from processor.core.task import Task
from processor.core.task_parser import parse_task
from processor.core.template import MissingField
from processor.effects.tasks import find_task, read_task_files
from processor.steps.load import find
from tests.test_samples import ANSWER as EXTRACTION
from validation import Verdict, validate
from validation.declaration import read_declaration
from validation.places import ELEMENTS, Place, read_place, write_place

PROJECT = Path(__file__).resolve().parent.parent
INPUTS = PROJECT / "inputs"
NOW = datetime(2026, 11, 22, 12, tzinfo=UTC)
NAMES = ("stage_2a", "identity", "news", "categorise")
SENT_ALONG = ("news", "categorise")  # the schema goes to the service as response_schema

EVIDENCE = EXTRACTION["quantitative_findings"][0]["evidence"]
LEVEL = {
    "potassium_form": "exchangeable",
    "value": 0.98,
    "unit": "cmol(+)/kg",
    "method": "ammonium acetate",
    "depth": "0-10 cm",
    "soil": "illitic",
    "evidence": EVIDENCE,
}

ITEMS: dict[str, Any] = {
    "stage_2a": EXTRACTION,
    "identity": {
        "id": "c900",
        "text": "“Leyla Hoca bizi dinledi,” diyor Baran Yelkencioğlu. Yelkencioğlu'nun ekibi "
        "Meridyen Veri'de çalışıyor. Mercury teşekkür etti.",
    },
    "news": {
        "id": "n900",
        "title": "Nehirsu Enerji zarar açıkladı",
        "contents": "İZMİR (KHA) – Nehirsu Enerji'nin (VSX: NEHSU) zararı 86 milyon lira oldu.",
    },
    "categorise": {"id": "d900", "text": "I expect an apology\nand a horn that knows the weather."},
}
# What a model that does as it is told answers; every canonical name of fields.toml is in it.
ANSWERS: dict[str, dict[str, Any]] = {
    "stage_2a": {
        "paper": {"title": EXTRACTION["metadata"]["title"], "year": 2021, "region": "Argentina"},
        "relevance": "direct",
        "soil_potassium_content": [LEVEL, {**LEVEL, "value": None, "value_min": 0.84}],
        "available_potassium": [LEVEL],
        "exchangeable_potassium": [LEVEL],
        "non_exchangeable_potassium": [LEVEL],
        "total_potassium": [LEVEL],
        "potassium_status": {
            "class": "low",
            "statement": "Cropping has halved the supply.",
            "evidence": EVIDENCE,
        },
        "critical_levels": [
            {"value": 0.3, "unit": "cmol(+)/kg", "evidence": "halved exchangeable K"}
        ],
        "drivers": [
            {"driver": "cropping", "direction": "lowers", "statement": "It mines the topsoil."}
        ],
        "synthesis": "Thirty years without potassium have halved exchangeable K in the upper 10 cm.",
        "limitations": ["Drying at 60 °C makes the fixation an upper bound"],
        "data_gaps": [],
        "confidence": "medium",
    },
    "identity": {
        "people": [
            {"name": "Leyla", "aliases": ["Leyla Hoca"], "mentions": ["Leyla Hoca"], "role": None},
            {
                "name": "Baran Yelkencioğlu",
                "aliases": [],
                "mentions": ["Baran Yelkencioğlu", "Yelkencioğlu'nun"],
                "role": "ekip",
            },
        ],
        "organisations": [
            {
                "name": "Meridyen Veri",
                "aliases": [],
                "mentions": ["Meridyen Veri'de"],
                "kind": "company",
            }
        ],
        "ambiguities": [
            {"mention": "Mercury", "note": "A club or a company", "candidates": ["club", "company"]}
        ],
    },
    "news": {
        "is_financial": True,
        "sector": ["energy"],
        "companies": [{"name": "Nehirsu Enerji", "ticker": "NEHSU"}],
        "sentiment": "negative",
        "confident_score": 0.97,
        "summary_en": "Nehirsu Enerji lost 86 million lira.",
        "summary_tr": "Nehirsu Enerji 86 milyon lira zarar etti.",
    },
    "categorise": {
        "category": "complaint",
        "confidence": 0.9,
        "rationale": "The writer wants something put right.",
        "evidence": ["I expect an apology and a horn"],
    },
}
# Field to the names that models have for it: a few of many, written as models write them.
RENAMED = [
    ("stage_2a", "soil_potassium_content", "Soil K Content"),
    ("stage_2a", "soil_potassium_content", "soilPotassiumLevels"),
    ("stage_2a", "soil_potassium_content", "potassium-concentrations"),
    ("stage_2a", "soil_potassium_content", "soil_test_K"),
    ("stage_2a", "available_potassium", "Plant-available K"),
    ("stage_2a", "available_potassium", "soil_available_potassium"),
    ("stage_2a", "exchangeable_potassium", "Exchangeable K"),
    ("stage_2a", "potassium_status", "K status"),
    ("stage_2a", "paper", "metadata"),
    ("identity", "people", "Persons"),
    ("identity", "organisations", "Organizations"),
    ("identity", "people[].aliases", "also_known_as"),
    ("identity", "organisations[].kind", "type"),
    ("news", "sector", "Sectors"),
    ("news", "confident_score", "confidence"),
    ("news", "summary_tr", "turkish_summary"),
    ("news", "companies[].ticker", "Ticker Symbol"),
    ("categorise", "category", "Document Type"),
    ("categorise", "evidence", "quotes"),
]
# Where, what, and the rule that refuses it.
WRONG: list[tuple[str, str, object, str]] = [
    ("stage_2a", "soil_potassium_content[].evidence", "Tillage halved K", "relation.quoted_in"),
    ("stage_2a", "available_potassium[].evidence", "Tillage halved K", "relation.quoted_in"),
    ("stage_2a", "exchangeable_potassium[].evidence", "Tillage halved K", "relation.quoted_in"),
    ("stage_2a", "non_exchangeable_potassium[].evidence", "Tillage halved", "relation.quoted_in"),
    ("stage_2a", "total_potassium[].evidence", "Tillage halved K", "relation.quoted_in"),
    ("stage_2a", "potassium_status.evidence", "The soil is poor.", "relation.quoted_in"),
    ("stage_2a", "critical_levels[].evidence", "0.3 is critical", "relation.quoted_in"),
    ("stage_2a", "drivers[].evidence", "It mines the topsoil.", "relation.quoted_in"),
    ("stage_2a", "paper.title", "Potassium in the Cerrado", "relation.quoted_in"),
    ("stage_2a", "soil_potassium_content[].value", "0.98", "schema.type"),
    ("stage_2a", "potassium_status.class", "rather low", "schema.enum"),
    ("identity", "people[].mentions", ["Leyla Arıkdoğan"], "relation.quoted_in"),
    ("identity", "people[].mentions", [], "schema.minItems"),
    ("identity", "people[].aliases", ["the teacher"], "relation.quoted_in"),
    ("identity", "organisations[].mentions", ["Meridyen Holding"], "relation.quoted_in"),
    ("identity", "organisations[].aliases", ["MV"], "relation.quoted_in"),
    ("identity", "ambiguities[].mention", "Jordan", "relation.quoted_in"),
    ("identity", "organisations[].kind", "firm", "schema.enum"),
    ("news", "companies[].name", "Nehirsu Holding", "relation.quoted_in"),
    ("news", "companies[].ticker", "NHRSU", "relation.quoted_in"),
    ("news", "companies[].ticker", None, "schema.type"),
    ("news", "sector", ["power"], "schema.enum"),
    ("news", "sentiment", "very negative", "schema.enum"),
    ("news", "confident_score", 97, "schema.maximum"),
    ("news", "is_financial", "true", "schema.type"),
    ("categorise", "category", "letter of complaint", "schema.enum"),
    ("categorise", "evidence", ["I demand an apology"], "relation.quoted_in"),
    ("categorise", "evidence", [], "schema.minItems"),
    ("categorise", "confidence", -0.1, "schema.minimum"),
]


@functools.cache
def task(name: str) -> Task:
    return parse_task(read_task_files(find_task(name)), origin=name)


def judged(name: str, answer: object) -> Verdict:
    return validate(json.dumps(answer), task(name).profile, item=ITEMS[name])


def rules_of(verdict: Verdict) -> set[str]:
    return {finding.rule for finding in verdict.findings}


def copied(answer: Mapping[str, Any]) -> dict[str, Any]:
    """A copy of which no two parts are one object."""
    made: dict[str, Any] = json.loads(json.dumps(answer))
    return made


def shared_length(one: Sequence[object], other: Sequence[object]) -> int:
    pairs = zip(one, other, strict=False)
    return sum(1 for _ in takewhile(lambda pair: pair[0] == pair[1], pairs))


def holders(value: Any, place: Place) -> Iterator[dict[str, Any]]:
    """The objects at a place; the place of an array leads to its elements by ``[]``."""
    if not place:
        yield value
    elif place[0] == ELEMENTS:
        for element in value:
            yield from holders(element, place[1:])
    elif place[0] in value:
        yield from holders(value[place[0]], place[1:])


def renamed(answer: Mapping[str, Any], canonical: Place, used: Place) -> dict[str, Any]:
    """The answer with what stands at one place put at another, inside the same object."""
    made = copied(answer)
    shared = shared_length(canonical[:-1], used[:-1])
    moved = 0
    for holder in holders(made, canonical[:shared]):
        for inner in holders(holder, canonical[shared:-1]):
            if canonical[-1] in inner:
                value = inner.pop(canonical[-1])
                target = holder
                for part in used[shared:-1]:
                    target = target.setdefault(part, {})
                target[used[-1]] = value
                moved += 1
    assert moved, f"the example has no {write_place(canonical)}"
    return made


def listed_names() -> Iterator[tuple[str, Place, Place]]:
    """Every name in every fields.toml, with the canonical one."""
    for name in NAMES:
        source = tomllib.loads((find_task(name) / "fields.toml").read_text("utf-8"))
        for field in read_declaration(source).fields:
            yield from ((name, field.canonical, place) for place in field.places[1:])


def lines(path: Path) -> list[dict[str, Any]]:
    content = path.read_bytes().decode("utf-8")
    assert content.endswith("\n")
    return [json.loads(line) for line in content.split("\n")[:-1]]


def samples(name: str) -> list[dict[str, Any]]:
    match name:
        case "identity":
            return lines(INPUTS / "identity" / "chunks.jsonl")
        case "categorise":
            return lines(INPUTS / "categorise" / "documents.jsonl")
        case _:
            articles: list[dict[str, Any]] = json.loads(
                (INPUTS / "news" / "articles.json").read_bytes()
            )
            return articles


# -- the folders ------------------------------------------------------------------------------


@pytest.mark.parametrize("name", NAMES)
def test_task_has_all_five_files_and_the_name_of_its_folder(name: str) -> None:
    assert task(name).name == name
    assert len(task(name).files) == 5
    assert task(name).description
    assert task(name).accept_models == ()


@pytest.mark.parametrize("name", NAMES)
def test_model_is_served_under_its_own_name_and_nothing_of_the_task_is_refused(name: str) -> None:
    models = parse_models((PROJECT / "processor" / "models.toml").read_text("utf-8"), origin="m")
    assert serving(models, task(name).model, NOW.date()) == Served()
    assert Preflight(task(name), models[task(name).model], NOW).task_findings() == ()


@pytest.mark.parametrize("name", NAMES)
def test_generation_config_is_one_that_the_sdk_knows(name: str) -> None:
    config = types.GenerationConfig.model_validate(dict(task(name).generation_config))
    assert config.response_mime_type == "application/json"
    assert config.max_output_tokens is not None
    assert config.max_output_tokens >= 8192
    assert config.thinking_config is not None
    assert isinstance(config.thinking_config.thinking_level, types.ThinkingLevel)
    assert (config.response_schema is not None) == (name in SENT_ALONG)
    assert config.response_json_schema is None


@pytest.mark.parametrize("name", NAMES)
def test_prompt_is_the_same_for_all_items_up_to_the_item(name: str) -> None:
    other = {"title": "?", "contents": "?", "text": "?"}
    first, second = task(name).render_prompt(ITEMS[name]), task(name).render_prompt(other)
    shared = first[: shared_length(first, second)]
    assert len(shared) > 1_500
    assert second.removeprefix(shared).count("\n") <= 5
    assert shared.startswith("# Task\n")  # no comment, no empty line of the template


@pytest.mark.parametrize(("name", "field"), [("identity", "text"), ("news", "title"),
                                             ("news", "contents"), ("categorise", "text")])  # fmt: skip
def test_item_without_its_text_is_refused_before_anything_is_sent(name: str, field: str) -> None:
    item = {key: value for key, value in ITEMS[name].items() if key != field}
    with pytest.raises(MissingField, match=field):
        task(name).render_prompt(item)


@pytest.mark.parametrize("name", ["identity", "news", "categorise"])
def test_item_that_only_got_another_id_asks_the_same_and_can_be_reused(name: str) -> None:
    moved = {**ITEMS[name], "id": "elsewhere", "source": "another file"}
    assert task(name).render_prompt(moved) == task(name).render_prompt(ITEMS[name])


@pytest.mark.parametrize("name", NAMES)
def test_prompt_names_every_field_and_every_choice_of_the_schema(name: str) -> None:
    prompt = task(name).render_prompt(ITEMS[name])
    schema = task(name).schema
    assert [field for field in schema["properties"] if field not in prompt] == []
    if name == "news":
        properties = schema["properties"]
        choices = [*properties["sector"]["items"]["enum"], *properties["sentiment"]["enum"]]
        assert [one for one in choices if one not in prompt] == []


def test_category_without_a_meaning_is_refused_by_name() -> None:
    files = dict(read_task_files(find_task("categorise")))
    files["schema.json"] = files["schema.json"].replace(b'"legal",', b'"legal", "treaty",')
    changed = parse_task(files, origin="changed")
    assert "treaty" in changed.schema["properties"]["category"]["enum"]
    with pytest.raises(MissingField, match="treaty"):
        changed.render_prompt(ITEMS["categorise"])


# -- the rules --------------------------------------------------------------------------------


@pytest.mark.parametrize("name", NAMES)
def test_good_answer_is_accepted_unchanged(name: str) -> None:
    verdict = judged(name, ANSWERS[name])
    assert verdict.findings == ()
    assert verdict.accepted
    assert verdict.data == ANSWERS[name]
    assert verdict.variants == {}


@pytest.mark.parametrize(("name", "canonical", "used"), RENAMED)
def test_name_as_models_write_it_is_saved_under_the_canonical_one(
    name: str, canonical: str, used: str
) -> None:
    place = read_place(canonical)
    verdict = judged(name, renamed(ANSWERS[name], place, (*place[:-1], used)))
    assert verdict.accepted
    assert verdict.data == ANSWERS[name]
    assert verdict.variants == {canonical: used}


@pytest.mark.parametrize("name", NAMES)
def test_every_listed_name_is_saved_under_the_canonical_one(name: str) -> None:
    cases = [(canonical, used) for task, canonical, used in listed_names() if task == name]
    assert len(cases) >= 15
    for canonical, used in cases:
        verdict = judged(name, renamed(ANSWERS[name], canonical, used))
        assert verdict.data == ANSWERS[name], (write_place(used), verdict.findings)
        assert write_place(canonical) in verdict.variants


@pytest.mark.parametrize(("name", "path", "value", "rule"), WRONG)
def test_wrong_value_is_rejected(name: str, path: str, value: object, rule: str) -> None:
    answer = copied(ANSWERS[name])
    place = read_place(path)
    for holder in holders(answer, place[:-1]):
        holder[place[-1]] = value
    verdict = judged(name, answer)
    assert not verdict.accepted
    assert rules_of(verdict) == {rule}


@pytest.mark.parametrize(
    ("name", "field"),
    [
        *(("stage_2a", field) for field in ("paper", "relevance", "synthesis")),
        *(("identity", field) for field in ("people", "organisations")),
        *(("news", field) for field in ANSWERS["news"]),
        *(("categorise", field) for field in ANSWERS["categorise"]),
    ],
)
def test_answer_without_a_required_field_is_rejected(name: str, field: str) -> None:
    answer = {key: value for key, value in ANSWERS[name].items() if key != field}
    verdict = judged(name, answer)
    assert not verdict.accepted
    assert "fields.missing" in rules_of(verdict)


_SUBJECT = [
    "soil_potassium_content", "available_potassium", "exchangeable_potassium",
    "non_exchangeable_potassium", "total_potassium", "potassium_status",
]  # fmt: skip


@pytest.mark.parametrize("kept", _SUBJECT)
def test_synthesis_needs_one_field_on_potassium_and_any_will_do(kept: str) -> None:
    rest = {key: value for key, value in ANSWERS["stage_2a"].items() if key not in _SUBJECT}
    assert judged("stage_2a", {**rest, kept: ANSWERS["stage_2a"][kept]}).accepted
    assert rules_of(judged("stage_2a", rest)) == {"fields.missing_any"}


def test_synthesis_keeps_two_forms_side_by_side() -> None:
    forms = {"available_potassium": [LEVEL], "exchangeable_potassium": [{**LEVEL, "value": 1.86}]}
    rest = {key: value for key, value in ANSWERS["stage_2a"].items() if key not in forms}
    named = {
        "Available K": forms["available_potassium"],
        "Exchangeable K": forms["exchangeable_potassium"],
    }
    verdict = judged("stage_2a", {**rest, **named})
    assert verdict.accepted
    assert verdict.data == {**rest, **forms}


def test_two_values_for_one_field_are_a_conflict_and_no_choice() -> None:
    answer = {**ANSWERS["stage_2a"], "soil_K": [LEVEL]}
    assert "fields.conflict" in rules_of(judged("stage_2a", answer))


def test_synthesis_of_another_paper_is_rejected() -> None:
    other = json.loads((INPUTS / "k02-vermiculite-rice-luzon.json").read_bytes())
    item = {**EXTRACTION, "metadata": {"title": other["title"]}}
    answer = json.dumps(ANSWERS["stage_2a"])
    assert not validate(answer, task("stage_2a").profile, item=item).accepted


@pytest.mark.parametrize(
    ("name", "wrapper"),
    [("stage_2a", "synthesis_record"), ("identity", "entities"), ("news", "classification"),
     ("categorise", "result")],
)  # fmt: skip
def test_wrapper_around_the_answer_is_taken_off(name: str, wrapper: str) -> None:
    assert judged(name, {wrapper: ANSWERS[name]}).data == ANSWERS[name]
    assert judged(name, [ANSWERS[name]]).data == ANSWERS[name]


def test_chunk_that_names_nobody_has_an_answer() -> None:
    assert judged("identity", {"people": [], "organisations": []}).accepted


def test_mention_broken_by_the_end_of_a_line_is_found() -> None:
    (chunk,) = (one for one in samples("identity") if "Quill-\n" in one["text"])
    person = {"name": "Quillfeather", "mentions": ["Mr. Quillfeather"]}
    answer = json.dumps({"people": [person], "organisations": []})
    assert validate(answer, task("identity").profile, item=chunk).accepted


def test_company_may_go_without_a_ticker() -> None:
    answer = {**ANSWERS["news"], "companies": [{"name": "Nehirsu Enerji"}]}
    assert judged("news", answer).accepted


# -- the sample items -------------------------------------------------------------------------


def test_default_inputs_are_the_papers_alone() -> None:
    files = find([str(INPUTS)], ["complete_dataset.json"]).files
    assert len(files) == 22
    assert {path.parent for path in files} == {INPUTS}


@pytest.mark.parametrize(
    ("name", "least", "fields"),
    [
        ("identity", 60, {"id", "text"}),
        ("news", 40, {"id", "title", "contents"}),
        ("categorise", 25, {"id", "text"}),
    ],
)
def test_samples_are_many_whole_and_not_alike(name: str, least: int, fields: set[str]) -> None:
    items = samples(name)
    assert len(items) >= least
    assert all(fields <= set(item) <= fields | {"source"} for item in items)
    assert all(
        isinstance(value, str) and value.strip() for item in items for value in item.values()
    )
    assert len({item["id"] for item in items}) == len(items)
    assert len({item.get("text", item.get("contents")) for item in items}) == len(items)


def test_chunks_vary_in_script_and_repeat_people_under_other_names() -> None:
    texts = [chunk["text"] for chunk in samples("identity")]
    whole = "\n".join(texts)
    for sign in "ğΑя晴蓮밤سמदნทብ":  # Latin, Greek, Cyrillic, Han, Kana, Hangul, Arabic, …
        assert sign in whole, sign
    for person in ("Quillfeather", "Arıkdoğan", "Stroud", "Pembrey-Jones"):
        assert sum(person in text for text in texts) >= 2, person
    assert any("Quill," in text for text in texts)
    assert any("@quill_t" in text for text in texts)


def test_articles_are_in_two_languages() -> None:
    agencies = Counter("KHA" if "(KHA)" in one["contents"] else "NWR" for one in samples("news"))
    assert min(agencies.values()) >= 15
    assert all("(KHA) –" in a["contents"] or "(NWR) –" in a["contents"] for a in samples("news"))


# -- the whole road ---------------------------------------------------------------------------


def test_every_sample_is_accepted_in_a_sandbox_without_faults(tmp_path: Path) -> None:
    folders = {
        "stage_1a": str(INPUTS),
        "identity": str(INPUTS / "identity"),
        "news": str(INPUTS / "news"),
        "categorise": str(INPUTS / "categorise"),
    }
    with Processor(sandbox=True, faults="none", outputs=tmp_path) as processor:
        # All at once: a sandbox job takes some seconds, and they go side by side.
        runs = {name: processor.submit(name, inputs=at).run for name, at in folders.items()}
        reports = {name: processor.resume(run, poll_interval=0.3) for name, run in runs.items()}
        reports["stage_2a"] = processor.run(
            "stage_2a", inputs=str(tmp_path / "stage_1a"), poll_interval=0.3
        )
    counts = {name: {k: n for k, n in one["counts"].items() if n} for name, one in reports.items()}
    assert counts == {
        "stage_1a": {"accepted": 22},
        "stage_2a": {"accepted": 22},
        **{name: {"accepted": len(samples(name))} for name in ("identity", "news", "categorise")},
    }
    papers = {path.name for path in (tmp_path / "stage_1a").iterdir()}
    assert {path.name for path in (tmp_path / "stage_2a").iterdir()} == papers
