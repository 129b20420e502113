"""The service's pages in a real browser: submit, watch, read, filter, retry, accept, stop, log in."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from processor import Processor
from tests.bench import PROJECT, notes
from tests.browser.axe import stumbles
from tests.dashboard.made import narrow_task
from tests.program import truebatch
from tests.service.service import RestService, serving

if TYPE_CHECKING:
    from playwright.sync_api import Browser, BrowserContext, Page

pytestmark = pytest.mark.browser

ITEMS = json.loads((PROJECT / "inputs/news/articles.json").read_text(encoding="utf-8"))[:3]
_SLOW = 60_000  # milliseconds; machines that test are slow


@pytest.fixture(scope="module")
def service(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RestService]:
    """A service on its own sandbox, in which the answer to item n002 is always cut off."""
    folder = tmp_path_factory.mktemp("service")
    given = ("--sandbox", "--faults", "truncated@n002_", "--poll-interval", "1")
    with serving(*given, "--outputs", str(folder / "outputs"), log=folder / "log") as running:
        yield running


@pytest.fixture
def context(chromium: Browser) -> Iterator[BrowserContext]:
    made = chromium.new_context(viewport={"width": 1100, "height": 900})
    made.set_default_timeout(_SLOW)
    yield made
    made.close()


@pytest.fixture
def page(context: BrowserContext) -> Iterator[Page]:
    made = context.new_page()
    said: list[str] = []
    made.on("pageerror", lambda error: said.append(str(error)))
    made.on(
        "console",
        lambda message: said.append(message.text) if "Content Security" in message.text else None,
    )
    yield made
    assert said == []


def submit(page: Page, url: str, name: str, items: Any = ITEMS) -> None:
    page.goto(f"{url}/new")
    page.get_by_label("Task", exact=True).select_option("news")
    page.get_by_label("Items", exact=True).fill(
        "\n".join(json.dumps(one, ensure_ascii=False) for one in items)
    )
    page.get_by_text("More", exact=True).click()
    page.get_by_label("Name of the run").fill(name)
    page.get_by_role("button", name="Submit").click()


def test_submit_watch_read_filter_and_retry(service: RestService, page: Page) -> None:
    submit(page, service.url, "watched")
    page.wait_for_url("**/runs/watched/page?done=submitted")
    page.locator("#state").wait_for()
    assert stumbles(page) == []
    page.get_by_role("button", name="Retry 1 item").wait_for()  # it came to its end, and the report
    assert page.locator(".lead").first.inner_text().startswith("2 of 3 items accepted")
    page.locator("#words").fill("n002")
    page.locator("details.item summary").first.click()
    page.get_by_role("button", name="Retry 1 item").click()
    page.wait_for_url("**/runs/*/page?done=retried")
    page.locator(".lead", has_text="of 1 items accepted").wait_for()
    page.goto(service.url)
    page.get_by_label("Words", exact=True).fill("watched")
    page.get_by_role("button", name="Show").click()
    assert page.locator(".runs tbody tr").count() == 1
    assert "1 run of" in page.locator("#count").inner_text()
    page.get_by_role("link", name="watched").click()
    page.get_by_role("heading", name="watched").wait_for()


def test_list_goes_on_by_itself(service: RestService, context: BrowserContext) -> None:
    page = context.new_page()
    submit(page, service.url, "moving")
    page.wait_for_url("**/runs/moving/page?done=submitted")
    page.goto(f"{service.url}/?words=moving")
    page.locator(".runs .state", has_text="done").wait_for()


def test_form_says_what_is_wrong_and_keeps_what_was_typed(service: RestService, page: Page) -> None:
    submit(page, service.url, "taken")
    page.wait_for_url("**/runs/taken/page?done=submitted")
    submit(page, service.url, "taken")
    page.get_by_role("alert").wait_for()
    assert "There is a run taken already" in page.get_by_role("alert").inner_text()
    assert ITEMS[2]["title"] in page.get_by_label("Items", exact=True).input_value()
    assert page.get_by_label("Name of the run").input_value() == "taken"
    assert stumbles(page) == []


def test_script_in_items_runs_nowhere(service: RestService, page: Page) -> None:
    attack = "</textarea></script><script>window.owned = 1</script><img src=x onerror='owned = 1'>"
    submit(page, service.url, "hostile", [{"id": attack, "title": attack, "contents": attack}])
    page.wait_for_url("**/runs/hostile/page?done=submitted")
    page.locator(".deeds").wait_for()
    page.locator("details.item summary").first.click()
    assert page.evaluate("window.owned") is None
    page.goto(f"{service.url}/?words=%3C/title%3E%3Cscript%3Ewindow.owned=1%3C/script%3E")
    assert page.evaluate("window.owned") is None
    assert page.locator("main script").count() == 0


def test_suggestion_is_accepted_by_its_button(tmp_path: Path, page: Page) -> None:
    task = narrow_task(tmp_path / "narrow")
    outputs = str(tmp_path / "outputs")
    renamed = "renamed_fields@n1_*all,renamed_fields@n2_*all"
    with Processor(sandbox=True, faults=renamed, outputs=outputs) as processor:
        processor.run(task, items=notes(3), run="moods", poll_interval=0.5)
    with serving("--sandbox", "--outputs", outputs, log=tmp_path / "log") as service:
        page.goto(service.url)
        page.get_by_role("button", name="Accept suggestion 1 for moods").click()
        page.wait_for_url("**/runs/moods/page?done=accepted")
        assert page.locator(".lead").first.inner_text().startswith("3 of 3 items accepted")
        assert stumbles(page) == []
        page.goto(service.url)
        assert page.get_by_role("button", name="Accept suggestion").count() == 0


def test_run_is_cancelled_by_its_button(service: RestService, page: Page) -> None:
    submit(page, service.url, "stopped")
    page.get_by_role("button", name="Cancel this run").click()
    page.wait_for_url("**/runs/stopped/page?done=cancelled")
    page.locator(".deeds").wait_for()


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_nobody_stumbles(service: RestService, chromium: Browser, scheme: Any) -> None:
    page = chromium.new_page(color_scheme=scheme)
    for path in ("/", "/new", "/runs/none/page", "/login", "/docs"):
        page.goto(f"{service.url}{path}")
        assert (path, stumbles(page)) == (path, [])
    page.close()


def test_token_is_shown_once(tmp_path: Path, context: BrowserContext) -> None:
    outputs = str(tmp_path / "outputs")
    token = truebatch("token", "add", "ada", "--outputs", outputs, "--json").json["token"]
    given = ("--sandbox", "--require-tokens", "--outputs", outputs)
    with serving(*given, log=tmp_path / "log") as service:
        page = context.new_page()
        page.goto(service.url)
        page.get_by_label("Token", exact=True).fill("wrong")
        page.get_by_role("button", name="Log in").click()
        page.get_by_text("not known here").wait_for()
        page.get_by_label("Token", exact=True).fill(token)
        page.get_by_role("button", name="Log in").click()
        page.get_by_role("heading", name="Batch runs").wait_for()
        (cookie,) = context.cookies()
        assert (cookie["httpOnly"], cookie["sameSite"]) == (True, "Strict")
        submit(page, service.url, "mine")
        page.wait_for_url("**/runs/mine/page?done=submitted")
        page.get_by_role("button", name="Log out").click()
        page.wait_for_url("**/login")
        page.goto(f"{service.url}/runs/mine/page")
        page.get_by_label("Token", exact=True).wait_for()
