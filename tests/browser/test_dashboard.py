"""The dashboard as one file, in a real browser: it filters, fits, all can read it, nothing strange runs."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from tests.browser.axe import stumbles
from tests.browser.test_page import ATTACKS, Watched
from tests.dashboard.made import dashboard_of, figures, going, journal_of

if TYPE_CHECKING:
    from playwright.sync_api import Browser

pytestmark = pytest.mark.browser

SUGGESTION = {
    "table": "[fields.findings]",
    "line": 'names = ["findings", "results"]',
    "items": 3,
    "reason": "3 answers name findings results",
    "example": "item-1: results",
}


@pytest.fixture
def watched(chromium: Browser) -> Iterator[Watched]:
    context = chromium.new_context(viewport={"width": 1280, "height": 900})
    made = Watched(context.new_page())
    yield made
    context.close()
    assert made.said == []
    assert all(url.startswith(("file:", "data:")) for url in made.asked)


def small(folder: Path) -> Path:
    """Twelve runs of three tasks over some days, one of them going on."""
    runs = [
        figures(
            number,
            task=f"task_{number % 3}",
            run="r" * 64 if number == 7 else f"run-{number}",
            created_at=f"2026-11-{number:02}T12:00:00+00:00",
        )
        for number in range(1, 12)
    ]
    return dashboard_of(
        journal_of(folder / "outputs", [*runs, going(12, run="run-12")], suggestions=[SUGGESTION])
    )


def test_list_filters_itself(watched: Watched, tmp_path: Path) -> None:
    page = watched.open(small(tmp_path))
    count, rows = page.locator("#count"), page.locator(".runs tbody tr:visible")
    assert rows.count() == 12
    page.get_by_label("State", exact=True).select_option("running")
    assert count.inner_text() == "1 of 12 runs"
    assert "run-12" in rows.inner_text()
    page.get_by_label("State", exact=True).select_option("")
    page.get_by_label("Task", exact=True).select_option("task_1")
    page.get_by_label("Words", exact=True).fill("RUN-1")
    assert count.inner_text() == "2 of 12 runs"
    page.get_by_label("Words", exact=True).fill("nothing is called this")
    assert rows.count() == 0


def test_script_in_names_runs_nowhere(watched: Watched, tmp_path: Path) -> None:
    runs = [
        figures(number, run=attack, task=attack, model=attack, findings={attack: 1}, state="DONE")
        for number, attack in enumerate(ATTACKS * 2)
        for attack in [attack + " " * number]
    ]
    hostile = [dict.fromkeys(SUGGESTION, attack) | {"items": 1} for attack in ATTACKS]
    page = watched.open(dashboard_of(journal_of(tmp_path / "o", runs, suggestions=hostile)))
    assert page.locator(".runs tbody tr").count() == len(runs)
    assert ATTACKS[0] in page.locator(".runs").inner_text()
    assert page.evaluate("window.owned") is None
    assert page.locator("iframe, img, base, object, embed").count() == 0
    assert page.locator("script").count() == 1
    assert page.locator("style").count() == 1
    assert page.locator("main a").count() == 0


def test_script_in_rules_runs_nowhere(watched: Watched, tmp_path: Path) -> None:
    findings = dict.fromkeys(ATTACKS, 1)
    runs = [figures(number, findings=findings) for number in (1, 2)]
    page = watched.open(dashboard_of(journal_of(tmp_path / "o", runs)))
    assert page.locator(".findings tbody tr").count() == len(ATTACKS)
    assert page.evaluate("window.owned") is None
    assert page.locator("script").count() == 1


@pytest.mark.parametrize("width", [320, 390, 768, 1280])
def test_fits_the_screen(chromium: Browser, tmp_path: Path, width: int) -> None:
    page = chromium.new_page(viewport={"width": width, "height": 800})
    page.goto(small(tmp_path).as_uri())
    page.locator("details.numbers summary").click()
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    page.close()


@pytest.mark.parametrize("width", [390, 1280])
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_nobody_stumbles(chromium: Browser, tmp_path: Path, scheme: Any, width: int) -> None:
    page = chromium.new_page(viewport={"width": width, "height": 800}, color_scheme=scheme)
    page.goto(small(tmp_path).as_uri())
    page.locator("details.numbers summary").click()
    found = stumbles(page)
    page.close()
    assert found == []


def test_without_scripts_everything_can_be_read(chromium: Browser, tmp_path: Path) -> None:
    context = chromium.new_context(java_script_enabled=False)
    page = context.new_page()
    page.goto(small(tmp_path).as_uri())
    assert page.locator(".runs tbody tr:visible").count() == 12
    assert page.locator("svg.plot:visible").count() == 2
    assert not page.locator("#choose").is_visible()
    context.close()
