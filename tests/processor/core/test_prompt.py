"""A prompt put together from pieces is the prompt that the template engine makes."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st

from processor.core.prompt import PromptMaker
from processor.core.task import Task
from processor.core.task_parser import parse_task
from processor.core.template import MissingField
from processor.effects.tasks import find_task, read_task_files
from tests.processor.strategies import field_names, items, json_values, texts

TOML = b'name = "t"\nmodel = "gemini-3.6-flash"\n'
SCHEMA = {"type": "object", "properties": {"kind": {"enum": ["a", "ü", 3]}}}


def _task(prompt: str) -> Task:
    files = {"task.toml": TOML, "prompt.md": prompt.encode(), "schema.json": orjson.dumps(SCHEMA)}
    return parse_task(files, origin="t")


_expressions = (
    st.just("item")
    | st.just("schema")
    | field_names
    | st.tuples(field_names, field_names).map(".".join)
    | field_names.map("item.{}".format)
    | field_names.map('item["{}"]'.format)
    | st.sampled_from(
        ["schema.properties.kind.enum | join(', ')", "schema | tojson", "schema.type | upper", "3"]
    )
)
_texts = st.text(st.characters(codec="utf-8", exclude_characters="{}#%"), max_size=20)
_templates = st.lists(_texts | _expressions.map("{{{{ {} }}}}".format), max_size=6).map("".join)


@given(_templates, items, st.dictionaries(field_names, items, max_size=2))
def test_pieces_make_what_the_engine_makes(
    template: str, flat: dict[str, Any], deep: dict[str, Any]
) -> None:
    task, value = _task(template), {**flat, **deep}
    maker = PromptMaker(task)
    assert maker.is_simple
    assert _made(lambda: maker.encode(value)) == _made(
        lambda: orjson.dumps(task.render_prompt(value))
    )


def _made(call: Callable[[], bytes]) -> bytes | str:
    """The prompt, or the name of the field that is missing."""
    try:
        return call()
    except MissingField as missing:
        return missing.name


@given(json_values, texts)
def test_field_called_item_or_schema_does_not_hide_them(one: Any, other: str) -> None:
    value = {"item": one, "schema": other, "self": other}
    task = _task("{{ item }} {{ schema }} {{ item.schema }} {{ item.item }} {{ item.self }}")
    assert PromptMaker(task).encode(value) == orjson.dumps(task.render_prompt(value))


@pytest.mark.parametrize(
    "template",
    [
        "{% if a %}{{ a }}{% endif %}",
        "{% for one in a %}{{ one }}{% endfor %}",
        "{{ a | upper }}",
        "{{ a[0] }}",
        "{{ a ~ b }}",
        "{{ self }}",
        "{{ schema | random }}",
        "{{ range(3) | list }}",
        "{{ schema.nothing }}",
    ],
)
def test_template_that_does_more_goes_through_the_engine(template: str) -> None:
    assert not PromptMaker(_task(template)).is_simple


@pytest.mark.parametrize("name", ["stage_1a", "stage_2a", "identity", "news"])
def test_built_in_tasks_are_simple(name: str) -> None:
    task = parse_task(read_task_files(find_task(name)), origin=name)
    assert PromptMaker(task).is_simple


def test_integer_of_any_size_stays_exact() -> None:
    task = _task("{{ n }} {{ item }}")
    assert json.loads(PromptMaker(task).encode({"n": 2**80})).startswith(str(2**80))
