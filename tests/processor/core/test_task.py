"""Reading a task folder: what it means, and what every mistake in it is told as."""

from __future__ import annotations

import json
import tomllib
from typing import Any

import pytest
from google.genai import types

from processor.core.task import Task
from processor.core.task_parser import parse_task
from processor.effects.tasks import read_task_files
from processor.errors import WrongUsage
from tests.bench import NOTES

TOML = 'name = "t"\nmodel = "gemini-3.6-flash"\n'
_LONE = "[output]\nsend_schema = "


def _task(toml: str = TOML, **files: str) -> Task:
    named = {name.replace("_", "."): text.encode() for name, text in files.items()}
    return parse_task({"task.toml": toml.encode(), **named}, origin="folder")


@pytest.mark.parametrize(
    ("toml", "files", "words"),
    [
        ("name = ", {}, "task.toml"),
        ('model = "m"', {}, "`name` is missing"),
        ('name = "t"', {}, "`model` is missing"),
        ('name = "T"\nmodel = "m"', {}, "a-z, 0-9 and _"),
        ('name = "runs"\nmodel = "m"', {}, '"runs"'),
        ('name = "../t"\nmodel = "m"', {}, "a-z, 0-9 and _"),
        (TOML + "colour = 1", {}, "unknown key `colour`"),
        ("name = 1", {}, "`name` has the wrong type"),
        (TOML + "[input]\nids = 'a'", {}, "unknown key `ids`"),
        (TOML + "[input]\nexclude = 'a'", {}, "`exclude` has the wrong type"),
        (TOML + "[output]\nkind = 'xml'", {}, "not 'xml'"),
        (TOML + _LONE + "'everywhere'", {"schema_json": "{}"}, "response_json_schema"),
        (TOML + _LONE + "true", {"schema_json": "{}"}, "response_json_schema"),
        (TOML + _LONE + "'response_schema'", {}, "no schema.json to send"),
        (TOML, {"schema_json": "{"}, "schema.json is not JSON"),
        (TOML, {"schema_json": '{"type": 3}'}, "schema"),
        (TOML, {"fields_toml": "[fields"}, "fields.toml"),
        (TOML, {"prompt_md": "\n{{ title"}, "prompt.md, line 2"),
        (TOML, {"system_md": "{{ title }}"}, "the same for every item"),
        (TOML, {"system_md": "{{ 1/0 }}"}, "system.md"),
    ],
)
def test_mistake_in_a_task_is_wrong_usage_that_names_it(
    toml: str, files: dict[str, str], words: str
) -> None:
    with pytest.raises(WrongUsage) as caught:
        _task(toml, **files)
    assert words in caught.value.message
    assert caught.value.message.startswith("folder")
    assert caught.value.exit_code == 2


def test_folder_without_task_toml_is_no_task() -> None:
    with pytest.raises(WrongUsage, match="folder is no task"):
        parse_task({"prompt.md": b"x"}, origin="folder")


@pytest.mark.parametrize(
    "name", ["task.toml", "prompt.md", "system.md", "schema.json", "fields.toml"]
)
def test_file_that_is_not_utf8_is_named(name: str) -> None:
    with pytest.raises(WrongUsage, match=f"folder/{name} is not UTF-8"):
        parse_task({"task.toml": TOML.encode(), name: b'name = "\xff"'}, origin="folder")


def test_byte_order_mark_in_task_files_is_no_harm() -> None:
    bom = "\N{ZERO WIDTH NO-BREAK SPACE}"
    task = _task(bom + TOML, schema_json=bom + "{}", prompt_md=bom + "Read {{ title }}")
    assert task.render_prompt({"title": "x"}) == "Read x"


def test_prompt_is_the_item_when_none_is_given() -> None:
    assert json.loads(_task().render_prompt({"a": 1, "b": "ü"})) == {"a": 1, "b": "ü"}


def test_prompt_knows_fields_item_and_schema() -> None:
    task = _task(prompt_md="{{ a }}|{{ item.a }}|{{ schema }}", schema_json='{"type": "object"}')
    assert task.render_prompt({"a": 1}) == '1|1|{"type":"object"}'


def test_generation_config_goes_out_in_camel_case_and_the_schema_as_it_is() -> None:
    toml = TOML + (
        "[generation_config]\nmax_output_tokens = 7\nstop_sequences = ['a_b']\n"
        "thinking_config = { thinking_budget = 0, include_thoughts = false }\n"
        "[output]\nsend_schema = 'response_json_schema'\n"
    )
    schema = {"type": "object", "properties": {"snake_case": {"type": "string"}}}
    config = _task(toml, schema_json=json.dumps(schema)).generation_config
    assert config == {
        "maxOutputTokens": 7,
        "stopSequences": ["a_b"],
        "thinkingConfig": {"thinkingBudget": 0, "includeThoughts": False},
        "responseJsonSchema": schema,
    }
    types.GenerationConfig.model_validate(config)  # the SDK knows every name


def test_model_given_stands_instead_of_the_task_s() -> None:
    task = parse_task({"task.toml": TOML.encode()}, origin="folder", model="models/gemini-4-pro")
    assert task.model == "gemini-4-pro"


def test_other_files_of_the_folder_are_left_alone() -> None:
    task = parse_task({"task.toml": TOML.encode(), "secret.env": b"KEY"}, origin="folder")
    assert set(task.files) == {"task.toml"}


def test_reads_a_folder() -> None:
    files = read_task_files(NOTES)
    task = parse_task(files, origin=str(NOTES))
    settings: dict[str, Any] = tomllib.loads(files["task.toml"].decode())
    assert (task.name, task.id_field) == (settings["name"], settings["input"]["id"])
    assert task.exclude == ("all_notes.json",)
    assert task.system == "You read notes. You invent nothing."
