"""The page as text: complete in itself, nothing of an answer in its markup, capped, and said so."""

from __future__ import annotations

import json
import re
import tracemalloc
from base64 import b64encode
from collections.abc import Iterator
from hashlib import sha256
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from processor.core.html import MOST_NOT_ACCEPTED, SAMPLED_ACCEPTED, Shown, html
from processor.core.html_item import item_line
from processor.core.json_bytes import encode
from processor.steps.report import shown_envelopes
from tests.reports.made import counts, envelope, page, rejected, report

HOSTILE = (
    "</script><script>alert(1)</script><!--<img src=x onerror=alert(1)>\"'&amp;\u2028\u2029{{7*7}}"
)


class Elements(HTMLParser):
    """Every element with its attributes, and the text of scripts and styles."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.found: list[tuple[str, dict[str, str | None]]] = []
        self.raw: list[str] = []
        self._inside = ""
        self.feed(text)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.found.append((tag, dict(attrs)))
        self._inside = tag
        if tag in ("script", "style"):
            self.raw.append("")

    def handle_endtag(self, tag: str) -> None:
        self._inside = ""

    def handle_data(self, data: str) -> None:
        if self._inside in ("script", "style"):
            self.raw[-1] += data

    def names(self) -> set[str]:
        return {name for name, _ in self.found}


def items_in(text: str) -> list[dict[str, Any]]:
    """The items that the page's script would read."""
    data = re.search(r'<script type="text/plain" id="data">(.*?)</script>', text, re.DOTALL)
    assert data is not None
    return [json.loads(line) for line in data[1].split("\n") if line]


def test_loads_nothing_and_forbids_it() -> None:
    elements = Elements(page([envelope(), rejected(2)]))
    policy = dict(
        part.strip().split(" ", 1)
        for attributes in (a for n, a in elements.found if n == "meta" and "http-equiv" in a)
        for part in str(attributes["content"]).split(";")
    )
    assert policy["default-src"] == "'none'"
    assert policy["base-uri"] == policy["form-action"] == "'none'"
    for name in ("script-src", "style-src"):
        assert re.fullmatch(r"'sha256-[A-Za-z0-9+/]{43}='", policy[name])
    links = {a.get("href") for n, a in elements.found if n == "a"}
    assert links == {"report.json", "report.md", "items.jsonl"}
    assert not any("src" in a or "style" in a for _, a in elements.found)
    assert not any(key.startswith("on") for _, a in elements.found for key in a)
    assert not elements.names() & {"link", "img", "iframe", "object", "embed", "base"}


def test_policy_names_the_script_and_the_style_by_their_hashes() -> None:
    text = page([envelope()])
    elements = Elements(text)
    style, *_, script = elements.raw
    for content in (style, script):
        digest = b64encode(sha256(content.encode()).digest()).decode()
        assert f"sha256-{digest}" in text.partition("</head>")[0].replace("&#43;", "+")


def test_nothing_of_an_answer_is_markup() -> None:
    clean = Elements(page([rejected()]))
    text = page(
        [
            rejected(
                item_id=HOSTILE,
                raw_text=HOSTILE,
                model_version=HOSTILE,
                finish_reason=HOSTILE,
                findings=[{"rule": HOSTILE, "path": HOSTILE, "message": HOSTILE}],
                repairs=[HOSTILE],
                variants={HOSTILE: HOSTILE},
            )
        ],
        run=HOSTILE,
        model=HOSTILE,
        reason=None,
        findings={HOSTILE: 1},
        repairs={HOSTILE: 1},
        excluded=[HOSTILE],
        coverage={"subject": {"answers": 2, "present": 2, "names": {HOSTILE: 2}}},
        suggestions=[
            {
                "kind": "field", "table": HOSTILE, "line": HOSTILE, "seen": 1, "items": 1,
                "example": HOSTILE, "reason": HOSTILE,
            }
        ],
    )  # fmt: skip
    elements = Elements(text)
    assert elements.names() <= clean.names()
    assert len([n for n, _ in elements.found if n == "script"]) == 3
    assert "49" not in re.findall(r"\{\{7\*7\}\}|\b49\b", text)  # no template in a template
    (item,) = items_in(text)
    assert item["id"] == HOSTILE
    assert "".join(p if isinstance(p, str) else p[0] for p in item["text"]) == HOSTILE


@given(st.text(max_size=200))
def test_line_of_an_item_is_one_line_without_markup(text: str) -> None:
    text = text.encode("utf-8", "backslashreplace").decode()
    line = item_line(rejected(item_id=text or "x", raw_text=text), most_characters=1_000)
    assert not set(line) & set("<>&\n\r\u2028\u2029")
    assert json.loads(line)["id"] == (text or "x")


@pytest.mark.parametrize("most", [10, 40, 1_000])
def test_long_text_is_cut_around_its_first_mark(most: int) -> None:
    text = '{"a":"' + "x" * 300 + '","year":"y","b":"' + "z" * 300 + '"}'
    item = json.loads(item_line(rejected(raw_text=text), most_characters=most))
    before, after = item["cut"]
    shown = "".join(p if isinstance(p, str) else p[0] for p in item["text"])
    assert text[before : len(text) - after] == shown
    assert len(shown) == min(most, len(text))
    assert [p[0] for p in item["text"] if not isinstance(p, str)] == [
        '"year":"y"'[:most]
    ] or most == 10
    assert '"year"'[: most // 2] in shown


def test_shows_all_that_was_not_accepted_and_a_sample_of_the_rest() -> None:
    told = counts(accepted=1_000, rejected=MOST_NOT_ACCEPTED + 5)
    shown = Shown(told)
    taken = [shown.takes("rejected") for _ in range(told["rejected"])]
    sample = [shown.takes("accepted") for _ in range(told["accepted"])]
    assert taken == [True] * MOST_NOT_ACCEPTED + [False] * 5
    assert sum(sample) == shown.accepted == SAMPLED_ACCEPTED
    text = "".join(html(report(counts=told), []))
    words = " ".join(re.sub(r"<[^>]+>", "", text).split())
    assert "The first 10,000 items that were not accepted (5 more are in items.jsonl)" in words
    assert "a sample of 200 of the 1,000 accepted ones" in words


@given(st.integers(0, 5_000))
def test_sample_has_the_size_it_tells_and_at_most_the_cap(accepted: int) -> None:
    shown = Shown(counts(accepted=accepted))
    taken = sum(shown.takes("accepted") for _ in range(accepted))
    assert taken == shown.accepted <= SAMPLED_ACCEPTED
    assert taken >= min(accepted, SAMPLED_ACCEPTED // 2)


def test_takes_the_outcome_of_the_envelope_not_of_its_text(tmp_path: Path) -> None:
    one = rejected(item_id='"outcome":"accepted"', raw_text='"outcome":"failed"')
    (tmp_path / "items.jsonl").write_bytes(encode(one) + b"\n")
    (got,) = shown_envelopes(tmp_path / "items.jsonl", counts(rejected=1))
    assert got == one


def test_memory_is_flat_while_a_page_is_written() -> None:
    def peak(number: int) -> int:
        def envelopes() -> Iterator[dict[str, Any]]:
            return (rejected(n, raw_text='{"year":"' + "x" * 2_000 + '"}') for n in range(number))

        tracemalloc.start()
        for _ in html(report(counts=counts(rejected=number)), envelopes()):
            pass
        highest = tracemalloc.get_traced_memory()[1]
        tracemalloc.stop()
        return highest

    peak(10)  # the template is compiled once
    assert peak(800) < peak(100) + 300_000
