"""What ``{{ … }}`` means."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given

from processor.core.template import MissingField, compile_template, render
from processor.errors import WrongUsage
from tests.processor.strategies import field_names, items, json_values, texts


def _render(source: str, **variables: Any) -> str:
    return render(compile_template(source, file="prompt.md"), variables)


@given(field_names, texts)
def test_string_is_put_in_as_it_is(name: str, value: str) -> None:
    assert _render("<{{ " + name + " }}>", **{name: value}) == f"<{value}>"


@given(field_names, json_values.filter(lambda value: not isinstance(value, str)))
def test_what_is_no_string_is_put_in_as_json(name: str, value: Any) -> None:
    text = _render("{{ " + name + " }}", **{name: value})
    assert json.dumps(json.loads(text)) == json.dumps(value)


@given(items)
def test_item_whole_is_its_json(item: dict[str, Any]) -> None:
    assert json.loads(_render("{{ item }}", item=item)) == item


@pytest.mark.parametrize(
    ("source", "expected"),
    [
        ("{{ site.name }}", "Pampa"),
        ("{{ item.site.name }}", "Pampa"),
        ("{{ authors[1] }}", "Öttl"),
        ("{{ authors }}", '["Lu","Öttl"]'),
        ("{{ site.items }}", "keys, not the method"),
        ("{{ missing | default('none') }}", "none"),
        ("{% for author in authors %}{{ author }};{% endfor %}", "Lu;Öttl;"),
        ("{{ note }}", "{{ title }} & <b>"),
        ("{{ site['name'] | upper }}", "PAMPA"),
    ],
)
def test_reaches_fields_by_dotted_path(source: str, expected: str) -> None:
    item = {
        "site": {"name": "Pampa", "items": "keys, not the method"},
        "authors": ["Lu", "Öttl"],
        "note": "{{ title }} & <b>",
    }
    assert _render(source, item=item, **item) == expected


@pytest.mark.parametrize(
    ("source", "field"),
    [
        ("{{ title }}", "title"),
        ("{{ item.title }}", "title"),
        ("{{ site.lake }}", "lake"),
        ("{{ lake.site }}", "lake"),
        ("{{ lake.site.name }}", "lake"),
        ("{{ authors[7] }}", "7"),
        ("{% for a in title %}{{ a }}{% endfor %}", "title"),
        ("{% if title %}x{% endif %}", "title"),
        ("{{ title + 'x' }}", "title"),
        ("{{ title == 'x' }}", "title"),
        ("{{ title | upper }}", "title"),
        ("{{ title | length }}", "title"),
        ("{{ title | tojson }}", "title"),
        ("{{ [title] }}", "title"),
        ("{{ authors | map(attribute='name') | list }}", "name"),
        ("{{ title > 1 }}", "title"),
        ("{{ -title }}", "title"),
        ("{{ 'a' in title }}", "title"),
        ("{{ item.values() | first }}", "values"),
        ("{{ title ~ 'x' }}", "title"),
        ("{{ title | join(',') }}", "title"),
        ("{{ title | int }}", "title"),
        ("{{ authors | join(title) }}", "title"),
        ("{{ '%s' | format(title) }}", "title"),
        ("{{ {'a': title} }}", "title"),
    ],
)
def test_missing_field_is_named(source: str, field: str) -> None:
    with pytest.raises(MissingField) as caught:
        _render(source, item={}, site={"name": "x"}, authors=["Lu"])
    assert caught.value.name == field


@pytest.mark.parametrize(
    "source",
    [
        "{{ item.__class__ }}",
        "{{ item.keys() }}",
        "{{ item.pop('a') }}",
        "{{ title.upper() }}",
        "{{ ''.__class__.__mro__ }}",
        "{{ item['__class__'] }}",
        "{{ authors.append('x') }}",
        "{{ title.format(item) }}",
        "{{ cycler.__init__.__globals__.os }}",
        "{{ item | attr('__class__') }}",
        "{{ title | attr('upper') }}",
    ],
)
def test_methods_and_attributes_are_out_of_reach(source: str) -> None:
    item = {"a": 1, "title": "t", "authors": ["Lu"]}
    with pytest.raises((MissingField, ValueError)):
        _render(source, item=item, **item)


def test_item_cannot_be_changed() -> None:
    item = {"authors": ["Lu"]}
    with pytest.raises((MissingField, ValueError)):
        _render("{% set _ = item.authors.append('x') %}{{ item }}", item=item)
    assert item == {"authors": ["Lu"]}


@pytest.mark.parametrize("source", ["{{ title", "{% if %}", "{{ 1 + }}", "{% include 'x' %}{{"])
def test_syntax_error_names_file_and_line(source: str) -> None:
    with pytest.raises(WrongUsage, match=r"prompt\.md, line 2"):
        compile_template("Read.\n" + source, file="prompt.md")


@pytest.mark.parametrize(
    "source",
    [
        "{{ 1 / 0 }}",
        "{% include 'x' %}",
        "{{ range(10 ** 9) }}",
        "{{ 'a' + 1 }}",
        "{{ 3 | nonesuch }}",
    ],
)
def test_template_that_fails_is_a_plain_fault(source: str) -> None:
    with pytest.raises((ValueError, WrongUsage)):
        _render(source)
