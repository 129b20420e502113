"""The sample papers and the built-in task that reads them."""

from __future__ import annotations

import copy
import json
import re
import tomllib
from collections import Counter
from pathlib import Path
from typing import Any

import pytest
from google.genai import types
from jsonschema import Draft202012Validator

from validation import Profile, load_profile, validate

PROJECT = Path(__file__).resolve().parent.parent
INPUTS = PROJECT / "inputs"
TASK = PROJECT / "processor" / "tasks" / "stage_1a"
CONSOLIDATED = "complete_dataset.json"
PAPER_FILES = sorted(path for path in INPUTS.glob("*.json") if path.name != CONSOLIDATED)

# A full answer of the kind the task asks for, about the first sample.
ANSWER: dict[str, Any] = {
    "metadata": {
        "title": "Illite regains its grip: potassium fixation after thirty years of cropping in "
        "the northern Pampas",
        "authors": ["Lucía Ferreyra-Bonnet", "Martín Aguerregaray", "Ximena Öttl de Soria"],
        "year": 2021,
        "journal": "Cuadernos de Edafología Austral",
        "doi": "10.0000/sample.k01",
        "study_type": "survey",
    },
    "research_methodology": {
        "experimental_design": "Paired plots on either side of a fence line",
        "replicates": 12,
        "sites": [
            {
                "name": "Estancia La Perdiz, Pergamino district",
                "country": "Argentina",
                "coordinates": {"latitude": -33.87, "longitude": -60.57},
                "clay_mineralogy": "illitic",
            }
        ],
        "crops": [{"name": "soybean"}],
        "soil_sampling": {
            "depths": [{"top_cm": 0, "bottom_cm": 10}, {"top_cm": 10, "bottom_cm": 20}],
            "cores_per_sample": 9,
        },
        "extraction_methods": [
            {
                "potassium_form": "exchangeable",
                "method": "ammonium acetate",
                "concentration": "1 mol/L, pH 7.0",
                "soil_solution_ratio": "1:10",
                "instrument": "flame photometry",
            }
        ],
        "analytical_instruments": ["Siemens D5000"],
        "statistics": {"methods": ["mixed model"], "significance_level": 0.05},
    },
    "quantitative_findings": [
        {
            "parameter": "exchangeable K",
            "value": 0.98,
            "unit": "cmol(+)/kg",
            "uncertainty": {"value": 0.14, "kind": "standard_deviation"},
            "sample_size": 12,
            "depth": {"top_cm": 0, "bottom_cm": 10},
            "treatment": "cropped since 1988",
            "comparison": "relict grassland, 1.86 cmol(+)/kg",
            "significance": {"significant": True, "p_value": "< 0.001", "test": "mixed model"},
            "evidence": "Cropping halved exchangeable K in the upper 10 cm (0.98 ± 0.14 versus "
            "1.86 ± 0.22 cmol(+)/kg, mean ± SD, n = 12, p < 0.001).",
        }
    ],
    "limitations": ["Drying at 60 °C makes the fixation an upper bound"],
    "data_gaps": ["Whether fixed K comes back to the plant"],
}


def read(path: Path) -> Any:
    return json.loads(path.read_bytes())


def prose(paper: dict[str, Any]) -> str:
    return "\n\n".join([paper["abstract"], *(part["text"] for part in paper["sections"])])


def sentences(text: str) -> set[str]:
    """Sentences, table rows among them, without the difference of case and space."""
    parts = re.split(r"(?<=[.?!:;])\s+|\n+", text)
    return {" ".join(part.lower().split()) for part in parts if len(part.split()) > 2}


def schema() -> dict[str, Any]:
    loaded: dict[str, Any] = read(TASK / "schema.json")
    return loaded


def field_rules() -> dict[str, Any]:
    return tomllib.loads((TASK / "fields.toml").read_text("utf-8"))


def settings() -> dict[str, Any]:
    return tomllib.loads((TASK / "task.toml").read_text("utf-8"))


def resolve(node: dict[str, Any]) -> dict[str, Any]:
    """Follow a local reference."""
    if "$ref" not in node:
        return node
    target: dict[str, Any] = schema()["$defs"][node["$ref"].removeprefix("#/$defs/")]
    return target


def at_path(dotted: str) -> dict[str, Any] | None:
    """The part of the schema at a path such as ``quantitative_findings[].evidence``."""
    node = schema()
    for step in dotted.split("."):
        name = step.removesuffix("[]")
        if name not in node.get("properties", {}):
            return None
        node = resolve(node["properties"][name])
        if step.endswith("[]"):
            node = resolve(node["items"])
    return node


def test_there_are_22_papers_and_one_consolidation_file() -> None:
    assert len(PAPER_FILES) == 22
    assert (INPUTS / CONSOLIDATED).is_file()
    assert sum(path.is_file() for path in INPUTS.iterdir()) == 23


@pytest.mark.parametrize("path", PAPER_FILES, ids=lambda path: path.stem)
def test_paper_is_complete_and_named_after_its_id(path: Path) -> None:
    paper = read(path)
    assert paper["paper_id"] == path.stem
    assert paper["title"].strip()
    assert paper["abstract"].strip()
    assert len(paper["authors"]) >= 2
    assert len(paper["keywords"]) >= 3
    assert 1990 < paper["year"] <= 2026
    assert all(part["text"].strip() for part in paper["sections"])
    assert 2_500 <= len(prose(paper)) <= 5_500
    # A number with a unit is what the task looks for.
    assert re.search(r"\d (mg/kg|mg K/kg|cmol\(\+\)/kg|kg K/ha|mg/L)", prose(paper))


@pytest.mark.parametrize("path", [*PAPER_FILES, INPUTS / CONSOLIDATED], ids=lambda path: path.stem)
def test_file_is_indented_utf8_that_ends_with_a_newline(path: Path) -> None:
    text = path.read_bytes().decode("utf-8")
    assert text == json.dumps(json.loads(text), ensure_ascii=False, indent=2) + "\n"


def test_ids_are_unique_and_so_are_the_people() -> None:
    papers = [read(path) for path in PAPER_FILES]
    authors = Counter(name for paper in papers for name in paper["authors"])
    assert len({paper["paper_id"] for paper in papers}) == len(papers)
    assert len({paper["title"] for paper in papers}) == len(papers)
    assert [name for name, count in authors.items() if count > 1] == []


def test_no_doi_could_be_a_real_one() -> None:
    dois = [paper["doi"] for paper in map(read, PAPER_FILES) if "doi" in paper]
    assert 0 < len(dois) < len(PAPER_FILES)
    assert all(re.fullmatch(r"10\.0000/sample\.k\d\d", doi) for doi in dois)


def test_coordinates_are_on_earth() -> None:
    for paper in map(read, PAPER_FILES):
        for site in [paper.get("site", {}), *paper.get("sites", [])]:
            assert -90 <= site.get("latitude", 0) <= 90
            assert -180 <= site.get("longitude", 0) <= 180


def test_no_two_papers_share_a_sentence() -> None:
    counts = Counter(part for path in PAPER_FILES for part in sentences(prose(read(path))))
    assert len(counts) > 500
    assert [part for part, count in counts.items() if count > 1] == []


def test_samples_vary_in_shape_and_script() -> None:
    papers = [read(path) for path in PAPER_FILES]
    assert any("site" not in paper and "sites" not in paper for paper in papers)
    assert any("sites" in paper for paper in papers)
    assert any("| n |" in prose(paper) for paper in papers)
    names = "".join(name for paper in papers for name in paper["authors"])
    assert all(sign in names for sign in "陈佐ΕДğİÇłéØ")


def test_consolidation_file_repeats_every_paper_and_the_task_leaves_it_out() -> None:
    consolidated = read(INPUTS / CONSOLIDATED)
    assert consolidated["papers"] == [read(path) for path in PAPER_FILES]
    assert consolidated["count"] == len(PAPER_FILES)
    assert settings()["input"]["exclude"] == [CONSOLIDATED]


def test_item_id_of_the_task_is_a_field_of_every_paper() -> None:
    assert all(settings()["input"]["id"] in read(path) for path in PAPER_FILES)


def test_generation_config_is_one_that_the_api_knows() -> None:
    # The SDK's own type refuses unknown fields, and an unknown thinking level with a warning.
    config = types.GenerationConfig.model_validate(settings()["generation_config"])
    assert config.max_output_tokens == 32_768
    assert config.response_mime_type == "application/json"
    assert config.thinking_config is not None
    assert config.thinking_config.thinking_level is types.ThinkingLevel.LOW


def test_schema_is_valid_under_its_own_dialect() -> None:
    assert schema()["$schema"] == "https://json-schema.org/draft/2020-12/schema"
    Draft202012Validator.check_schema(schema())


def test_every_local_reference_leads_somewhere_and_every_definition_is_used() -> None:
    used = set(re.findall(r'"#/\$defs/(\w+)"', (TASK / "schema.json").read_text("utf-8")))
    assert used == set(schema()["$defs"])


def test_canonical_names_are_in_the_schema_and_variants_are_not() -> None:
    for label, rule in field_rules()["fields"].items():
        canonical, *variants = rule["names"]
        assert at_path(canonical) is not None, label
        assert [name for name in variants if at_path(name) is not None] == [], label


def test_required_labels_exist() -> None:
    rules = field_rules()
    required = [
        *rules["require"]["all"],
        *(label for group in rules["require"]["any"] for label in group),
    ]
    assert set(required) == {"metadata", "findings", "methodology"}
    assert set(required) <= set(rules["fields"])


def test_prompt_holds_the_schema_before_the_item_and_system_holds_neither() -> None:
    prompt = (TASK / "prompt.md").read_text("utf-8")
    assert re.findall(r"\{\{ (\w+) \}\}", prompt) == ["schema", "item"]
    assert "{{" not in (TASK / "system.md").read_text("utf-8")


def test_a_good_answer_satisfies_the_schema() -> None:
    assert [error.message for error in Draft202012Validator(schema()).iter_errors(ANSWER)] == []


def test_evidence_of_the_good_answer_is_in_its_paper() -> None:
    text = prose(read(PAPER_FILES[0]))
    assert all(finding["evidence"] in text for finding in ANSWER["quantitative_findings"])


@pytest.mark.parametrize(
    ("path", "wrong"),
    [
        (("metadata", "study_type"), "a nice study"),
        (("metadata", "authors"), "Lucía Ferreyra-Bonnet"),
        (("metadata", "year"), "2021"),
        (("research_methodology", "replicates"), 0),
        (("research_methodology", "sites", 0, "coordinates", "latitude"), 133.87),
        (("research_methodology", "sites", 0, "coordinates", "datum"), "WGS 84"),
        (("research_methodology", "extraction_methods", 0, "potassium_form"), "readily available"),
        (("research_methodology", "statistics", "significance_level"), 5),
        (("quantitative_findings", 0, "value"), "0.98"),
        (("quantitative_findings", 0, "uncertainty", "kind"), "±"),
        (("quantitative_findings", 0, "depth"), "0-10 cm"),
        (("quantitative_findings", 0, "evidence"), None),
        (("quantitative_findings",), {}),
    ],
    ids=lambda value: ".".join(map(str, value)) if isinstance(value, tuple) else None,
)
def test_schema_refuses_a_wrong_value(path: tuple[str | int, ...], wrong: object) -> None:
    answer: Any = copy.deepcopy(ANSWER)
    node = answer
    for step in path[:-1]:
        node = node[step]
    node[path[-1]] = wrong
    errors = list(Draft202012Validator(schema()).iter_errors(answer))
    assert errors
    assert all(path[: len(error.absolute_path)] == tuple(error.absolute_path) for error in errors)


@pytest.mark.parametrize("missing", ["parameter", "value", "unit", "evidence"])
def test_schema_refuses_a_finding_without(missing: str) -> None:
    answer = copy.deepcopy(ANSWER)
    del answer["quantitative_findings"][0][missing]
    errors = list(Draft202012Validator(schema()).iter_errors(answer))
    assert [error.validator for error in errors] == ["required"]


@pytest.mark.parametrize(
    "optional", ["quantitative_findings", "research_methodology", "limitations"]
)
def test_schema_lets_a_part_be_missing(optional: str) -> None:
    answer = {name: value for name, value in ANSWER.items() if name != optional}
    assert Draft202012Validator(schema()).is_valid(answer)


def rules() -> Profile:
    return load_profile(
        fields=(TASK / "fields.toml").read_bytes(),
        schema=(TASK / "schema.json").read_bytes(),
        model=settings()["model"],
    )


def test_rules_accept_a_good_answer_unchanged() -> None:
    verdict = validate(json.dumps(ANSWER), rules())
    assert verdict.accepted
    assert verdict.data == ANSWER
    assert verdict.variants == {}


@pytest.mark.parametrize(
    ("canonical", "used"),
    [
        ("quantitative_findings", "key_findings"),
        ("quantitative_findings", "Quantitative Findings"),
        ("research_methodology", "methodology"),
        ("research_methodology", "Materials and Methods"),
        ("metadata", "paper_metadata"),
        ("data_gaps", "research_gaps"),
    ],
)
def test_rules_save_a_renamed_part_under_its_canonical_name(canonical: str, used: str) -> None:
    renamed = {used if name == canonical else name: value for name, value in ANSWER.items()}
    verdict = validate(json.dumps(renamed), rules())
    assert verdict.accepted
    assert verdict.data == ANSWER
    assert verdict.variants == {canonical: used}


@pytest.mark.parametrize(
    ("field", "used"),
    [("evidence", "quote"), ("parameter", "variable"), ("unit", "Unit of measurement")],
)
@pytest.mark.parametrize("part", ["quantitative_findings", "key_findings"])
def test_rules_save_a_renamed_member_of_a_finding_under_its_canonical_name(
    part: str, field: str, used: str
) -> None:
    answer = copy.deepcopy(ANSWER)
    findings = answer.pop("quantitative_findings")
    findings[0][used] = findings[0].pop(field)
    verdict = validate(json.dumps({**answer, part: findings}), rules())
    assert verdict.accepted
    assert verdict.data == ANSWER


def test_rules_refuse_two_different_values_under_two_names() -> None:
    answer = {**ANSWER, "key_findings": ["illite is the sink"]}
    verdict = validate(json.dumps(answer), rules())
    assert "fields.conflict" in {finding.rule for finding in verdict.findings}
    assert not verdict.accepted


def test_rules_accept_evidence_that_is_in_the_item() -> None:
    assert validate(json.dumps(ANSWER), rules(), item=read(PAPER_FILES[0])).accepted


@pytest.mark.parametrize("name", ["evidence", "quote"])
@pytest.mark.parametrize(
    ("written", "invented"), [("0.98 ± 0.14", "0.89 ± 0.14"), ("Cropping halved", "Tillage halved")]
)
def test_rules_refuse_evidence_that_is_not_in_the_item(
    name: str, written: str, invented: str
) -> None:
    answer = copy.deepcopy(ANSWER)
    finding = answer["quantitative_findings"][0]
    finding[name] = finding.pop("evidence").replace(written, invented)
    verdict = validate(json.dumps(answer), rules(), item=read(PAPER_FILES[0]))
    assert not verdict.accepted
    assert [(found.rule, found.path) for found in verdict.findings] == [
        ("relation.quoted_in", "$.quantitative_findings[0].evidence")
    ]


def test_rules_refuse_evidence_of_another_paper() -> None:
    verdict = validate(json.dumps(ANSWER), rules(), item=read(PAPER_FILES[1]))
    assert {found.rule for found in verdict.findings} == {"relation.quoted_in"}


@pytest.mark.parametrize("part", ["quantitative_findings", "research_methodology"])
def test_rules_let_findings_or_methodology_be_missing(part: str) -> None:
    answer = {name: value for name, value in ANSWER.items() if name != part}
    assert validate(json.dumps(answer), rules()).accepted


def test_rules_refuse_an_answer_with_neither_findings_nor_methodology() -> None:
    verdict = validate(json.dumps({"metadata": ANSWER["metadata"]}), rules())
    assert [finding.rule for finding in verdict.findings] == ["fields.missing_any"]
    assert not verdict.accepted


def test_rules_refuse_an_answer_without_metadata() -> None:
    answer = {name: value for name, value in ANSWER.items() if name != "metadata"}
    verdict = validate(json.dumps(answer), rules())
    assert "fields.missing" in {finding.rule for finding in verdict.findings}
    assert not verdict.accepted


def test_schema_keeps_fields_it_does_not_know() -> None:
    answer = copy.deepcopy(ANSWER)
    answer["quantitative_findings"][0]["soil_horizon"] = "Ap"
    answer["synthesis_notes"] = "illite is the sink"
    assert Draft202012Validator(schema()).is_valid(answer)
