"""The comparison's page in a real browser: it filters, unfolds, and runs nothing strange."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from processor import Processor
from tests.browser.test_page import _SETTLED, ATTACKS, Watched

if TYPE_CHECKING:
    from playwright.sync_api import Browser

pytestmark = pytest.mark.browser


def _page(tmp_path: Path, a: Any, b: Any) -> Path:
    for name, value in (("a", a), ("b", b)):
        (tmp_path / f"{name}.json").write_text(json.dumps(value), encoding="utf-8")
    with Processor(outputs=tmp_path / "outputs") as processor:
        processor.compare(tmp_path / "a.json", tmp_path / "b.json", html=tmp_path / "page.html")
    return tmp_path / "page.html"


@pytest.fixture(params=["light", "dark"])
def watched(chromium: Browser, request: pytest.FixtureRequest) -> Iterator[Watched]:
    page = chromium.new_page(color_scheme=request.param, viewport={"width": 390, "height": 800})
    yield Watched(page)
    page.close()


def test_hostile_answers_are_text(watched: Watched, tmp_path: Path) -> None:
    a = {
        f"{n} {attack}": {attack: attack, "l": [attack, {"x": attack}]}
        for n, attack in enumerate(ATTACKS)
    }
    b: dict[str, Any] = {name: {"l": []} for name in a}
    path = _page(tmp_path, a, b)
    page = watched.open(path)
    for entry in page.locator("details.item > summary").all():
        entry.click()
    assert page.locator(".value p", has_text="window.owned").count() > len(ATTACKS)
    assert page.evaluate("window.owned") is None
    assert watched.asked == [path.as_uri()]
    assert watched.said == []


def test_items_are_filtered_by_words_field_and_kind(watched: Watched, tmp_path: Path) -> None:
    a = {"p": {"x": "oak", "y": 1}, "q": {"x": "ash", "y": 1}, "r": {"x": 1}, "same": {"x": 1}}
    b = {"p": {"x": "elm", "y": 1}, "q": {"x": "ash", "y": 2}, "r": None, "same": {"x": 1}}
    page = watched.open(_page(tmp_path, a, b))
    assert watched.shown() == ["r", "p", "q"]
    page.locator("#words").fill("elm")
    page.wait_for_timeout(_SETTLED)
    assert watched.shown() == ["p"]
    page.locator("#words").fill("")
    page.locator("button[data-field='y']").click()
    page.wait_for_timeout(_SETTLED)
    assert watched.shown() == ["q"]
    page.locator("#field").select_option("")
    page.locator("#kind").select_option("one")
    page.wait_for_timeout(_SETTLED)
    assert watched.shown() == ["r"]
    assert page.evaluate("document.documentElement.scrollWidth <= window.innerWidth")
