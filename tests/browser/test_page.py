"""The page in a real browser: it filters, stays quick, can be used with keys, and runs nothing strange."""

from __future__ import annotations

import re
import time
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from tests.reports.made import counts, envelope, rejected, write_page

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page

pytestmark = pytest.mark.browser

# Each would set a mark on the window, load something, or draw an element, if it were taken for markup.
ATTACKS = (
    "</script><script>window.owned = 1</script>",
    "<img src=x onerror='window.owned = 1'>",
    "<svg onload='window.owned = 1'></svg>",
    "</pre></details><script>window.owned = 1</script>",
    "<!-- <script> --> <style>body { display: none }</style>",
    "javascript:window.owned=1",
    "\"'><iframe srcdoc='<script>parent.owned=1</script>'></iframe>",
    "{{constructor.constructor('window.owned=1')()}} ${window.owned=1}",
    "\u2028window.owned=1\u2029 \u202e\u0000",
    "<a href='https://example.com/'>x</a><base href='https://example.com/'>",
)


_SETTLED = 250  # milliseconds: the page waits 120 for more to be typed


class Watched:
    """A page, and everything it said, asked for or tripped over."""

    def __init__(self, page: Page) -> None:
        self.page = page
        self.asked: list[str] = []
        self.said: list[str] = []
        page.on("request", lambda request: self.asked.append(request.url))
        page.on("console", lambda message: self.said.append(message.text))
        page.on("pageerror", lambda error: self.said.append(str(error)))
        page.on("dialog", lambda dialog: self.said.append(dialog.message))

    def open(self, path: Path) -> Page:
        self.page.goto(path.as_uri())
        return self.page

    def shown(self) -> list[str]:
        """The ids of the items in the list."""
        ids: list[str] = self.page.locator("details.item .id").all_text_contents()
        return ids

    def status(self) -> str:
        text: str = self.page.locator("#status").inner_text()
        return text

    def search(self, words: str) -> None:
        self.page.locator("#words").fill(words)
        self.page.wait_for_timeout(_SETTLED)

    def wait_status(self, beginning: str) -> None:
        """Return when the status begins so."""
        wanted = re.compile(f"^{re.escape(beginning)}")
        self.page.locator("#status").filter(has_text=wanted).wait_for()


@pytest.fixture
def watched(chromium: Browser) -> Iterator[Watched]:
    context = chromium.new_context(viewport={"width": 1280, "height": 900})
    made = Watched(context.new_page())
    yield made
    context.close()
    assert made.said == []
    assert all(url.startswith("file:") for url in made.asked)


def small(folder: Path, **changes: Any) -> Path:
    """Six accepted items, three rejected, one failed."""
    blocked = {
        "rule": "envelope.blocked_prompt",
        "path": "$.response",
        "message": "blocked: SAFETY",
    }

    def envelopes() -> Iterator[dict[str, Any]]:
        for number in range(1, 7):
            yield envelope(number, raw_text=f'{{"subject":"tree {number}"}}')
        for number in range(7, 10):
            yield rejected(number)
        yield envelope(10, outcome="failed", data=None, raw_text=None, findings=[blocked])

    told = counts(accepted=6, rejected=3, failed=1)
    found = {"schema.type": 3, "envelope.blocked_prompt": 1}
    return write_page(folder, envelopes(), **{"counts": told, "findings": found, **changes})


def test_lists_what_was_not_accepted_first(watched: Watched, tmp_path: Path) -> None:
    watched.open(small(tmp_path))
    assert watched.status() == "10 items"
    assert [one[-2:] for one in watched.shown()] == [
        "07", "08", "09", "10", "01", "02", "03", "04", "05", "06",
    ]  # fmt: skip


def test_filters_by_words_rule_and_outcome(watched: Watched, tmp_path: Path) -> None:
    page = watched.open(small(tmp_path))
    watched.search("TREE 4")
    assert watched.shown() == ["item-00004"]
    assert watched.status() == "1 of 10 items"
    watched.search("")
    page.locator("#rule").select_option("schema.type")
    assert watched.status() == "3 of 10 items"
    watched.search("item-00008")
    assert watched.shown() == ["item-00008"]
    watched.search("")
    page.locator("#rule").select_option("")
    page.get_by_label("rejected (3)").uncheck()
    page.get_by_label("accepted (6)").uncheck()
    assert watched.shown() == ["item-00010"]
    watched.search("nothing like it")
    assert watched.status() == "0 of 10 items"


def test_rule_in_the_findings_shows_its_items(watched: Watched, tmp_path: Path) -> None:
    page = watched.open(small(tmp_path))
    page.get_by_role("button", name="schema.type").click()
    assert watched.status() == "3 of 10 items"
    assert page.locator("#rule").input_value() == "schema.type"


def test_item_opens_to_its_text_with_the_place_marked(watched: Watched, tmp_path: Path) -> None:
    page = watched.open(small(tmp_path))
    page.locator("details.item summary").first.click()
    raw = page.locator("details.item .raw").first
    raw.wait_for()
    assert raw.inner_text() == '{"subject":"oak","year":"x"1}'  # the 1 is the finding's number
    assert raw.locator("mark").evaluate("mark => mark.firstChild.data") == '"year":"x"'
    assert raw.locator("mark").get_attribute("title") == "'x' is not of type 'integer'"
    assert "m-001" in page.locator("details.item dl").first.inner_text()


def test_item_without_a_text_says_so(watched: Watched, tmp_path: Path) -> None:
    page = watched.open(small(tmp_path))
    item = page.locator("details.item", has_text="item-00010")
    item.locator("summary").click()
    item.get_by_text("There is no text.").wait_for()


def test_works_with_the_keyboard_alone(watched: Watched, tmp_path: Path) -> None:
    page = watched.open(small(tmp_path))
    page.locator("#words").focus()
    page.keyboard.type("item-00009")
    watched.wait_status("1 of")
    for _ in range(20):
        page.keyboard.press("Tab")
        if page.evaluate("document.activeElement.tagName") == "SUMMARY":
            break
    page.keyboard.press("Enter")
    page.locator("details[open] .raw").wait_for()


@pytest.mark.parametrize("attack", ATTACKS)
def test_runs_nothing_that_an_answer_holds(watched: Watched, tmp_path: Path, attack: str) -> None:
    hostile = rejected(
        item_id=attack,
        raw_text=f'{{"year": "{attack}"}}',
        findings=[{"rule": "schema.type", "path": "$.year", "message": attack}],
        model_version=attack,
        finish_reason=attack,
        repairs=[attack],
        variants={attack: attack},
    )
    page = watched.open(
        write_page(
            tmp_path,
            iter([hostile]),
            counts=counts(rejected=1),
            run=attack,
            model=attack,
            reason=attack,
            findings={attack: 1},
            repairs={attack: 1},
            excluded=[attack],
            coverage={attack: {"answers": 2, "present": 1, "names": {attack: 1}}},
        )
    )
    page.locator("details.item summary").click()
    page.locator(".raw").wait_for()
    shown = page.locator("details.item .id").inner_text()
    visible = "".join(c for c in attack if c.isprintable())
    assert "".join(c for c in shown if c.isprintable()) == visible
    assert page.evaluate("window.owned") is None
    assert page.locator("iframe, img, base, object, embed").count() == 0
    assert page.locator("script").count() == 3
    assert page.locator("style").count() == 1
    assert page.locator("main a").count() == 0


def test_policy_stops_what_is_not_its_own_script(chromium: Browser, tmp_path: Path) -> None:
    """Were something put into the file all the same, the browser would refuse to run or load it."""
    path = small(tmp_path)
    text = path.read_text(encoding="utf-8")
    planted = (
        "<script>window.owned = 1</script><img src='http://127.0.0.1:9/x.png' "
        "onerror='window.owned = 2'><p onclick='window.owned = 3'>x</p>"
    )
    path.write_text(text.replace("<main>", f"<main>{planted}"), encoding="utf-8")
    page = chromium.new_page()
    refused: list[str] = []
    page.on("console", lambda message: refused.append(message.text))
    page.goto(path.as_uri())
    page.locator("main > p").first.click()
    assert page.evaluate("window.owned") is None
    assert len(refused) >= 3
    assert all("Content Security Policy" in words for words in refused)
    page.close()


def test_ten_thousand_items_stay_usable(watched: Watched, tmp_path: Path) -> None:
    words = " ".join(f"word{n}" for n in range(150))

    def envelopes() -> Iterator[dict[str, Any]]:
        return (
            rejected(number, raw_text=f'{{"subject":"{words} s{number}s","year":"x"}}')
            for number in range(10_000)
        )

    path = write_page(tmp_path, envelopes(), counts=counts(rejected=10_000))
    assert path.stat().st_size < 25_000_000
    begin = time.monotonic()
    page = watched.open(path)
    watched.wait_status("10,000 items")
    opened = time.monotonic() - begin
    assert page.locator("details.item").count() == 200
    begin = time.monotonic()
    page.locator("#words").fill("item-07777")
    watched.wait_status("1 of")
    first_search = time.monotonic() - begin
    assert watched.shown() == ["item-07777"]
    begin = time.monotonic()
    page.locator("#words").fill("item-0999")
    watched.wait_status("10 of")
    next_search = time.monotonic() - begin
    page.locator("#words").fill("")
    watched.wait_status("10,000 items")
    for expected in (400, 600):
        page.get_by_role("button", name="Show 200 more").click()
        assert page.locator("details.item").count() == expected
    # Generous, because machines that test are slow; a person would notice more than this.
    assert opened < 8
    assert first_search < 3
    assert next_search < 2


@pytest.mark.parametrize("width", [320, 390, 768, 1280])
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_fits_the_screen(chromium: Browser, tmp_path: Path, width: int, scheme: Any) -> None:
    long = {"variants": {"subject": "n" * 90}, "item_id": "i" * 120}
    path = write_page(
        tmp_path,
        iter([rejected(1, **long), envelope(2)]),
        counts=counts(rejected=1, accepted=1),
        run="r" * 64,
        coverage={"f" * 90: {"answers": 2, "present": 1, "names": {"n" * 90: 1}}},
    )
    page = chromium.new_page(viewport={"width": width, "height": 800}, color_scheme=scheme)
    page.goto(path.as_uri())
    page.locator("details.item summary").first.click()
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    page.close()


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_words_stand_out_from_the_paper(chromium: Browser, tmp_path: Path, scheme: Any) -> None:
    """Contrast of all text at least 4.5 : 1 (WCAG 2.2, 1.4.3)."""
    page = chromium.new_page(color_scheme=scheme)
    page.goto(small(tmp_path).as_uri())
    page.locator("details.item summary").first.click()
    page.locator("mark").first.wait_for()
    weak = page.evaluate(_CONTRAST)
    page.close()
    assert weak == []


def test_everything_has_a_name(chromium: Browser, tmp_path: Path) -> None:
    page = chromium.new_page()
    page.goto(small(tmp_path).as_uri())
    nameless = page.evaluate(
        """() => [...document.querySelectorAll('input, select, button')].filter(one =>
            !(one.labels && one.labels.length) && !one.textContent.trim()).map(one => one.outerHTML)"""
    )
    headings = page.locator("h1, h2, h3").evaluate_all("all => all.map(one => one.tagName)")
    assert nameless == []
    assert headings[0] == "H1"
    assert set(headings[1:]) == {"H2"}
    assert page.evaluate("document.documentElement.lang") == "en"
    assert page.evaluate("new Set([...document.querySelectorAll('[id]')].map(e => e.id)).size") == (
        page.locator("[id]").count()
    )
    page.close()


def test_without_scripts_it_says_where_to_look(chromium: Browser, tmp_path: Path) -> None:
    context = chromium.new_context(java_script_enabled=False)
    page = context.new_page()
    page.goto(small(tmp_path).as_uri())
    assert page.locator("noscript p").bounding_box() is not None
    assert not page.locator("#filter").is_visible()
    assert page.get_by_text("schema.type").first.is_visible()
    context.close()


_CONTRAST = """() => {
  const channels = (colour) => colour.match(/[\\d.]+/g).map(Number);
  const light = (colour) => channels(colour).slice(0, 3)
    .map((value) => value / 255)
    .map((value) => (value <= 0.04045 ? value / 12.92 : ((value + 0.055) / 1.055) ** 2.4))
    .reduce((sum, value, at) => sum + value * [0.2126, 0.7152, 0.0722][at], 0);
  const ground = (element) => {
    for (let at = element; at; at = at.parentElement) {
      const colour = getComputedStyle(at).backgroundColor;
      if ((channels(colour)[3] ?? 1) > 0) return colour;
    }
    return 'rgb(255, 255, 255)';
  };
  const weak = [];
  const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  while (walker.nextNode()) {
    const element = walker.currentNode.parentElement;
    if (!walker.currentNode.data.trim() || element.closest('script, style, noscript')) continue;
    if (!element.checkVisibility()) continue;
    const [one, other] = [light(getComputedStyle(element).color), light(ground(element))];
    const ratio = (Math.max(one, other) + 0.05) / (Math.min(one, other) + 0.05);
    if (ratio < 4.5) weak.push(`${element.tagName} ${walker.currentNode.data.slice(0, 30)} ${ratio}`);
  }
  return weak;
}"""
