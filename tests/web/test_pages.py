"""Runs of addresses: an item each, nothing fetched twice, nothing left out in silence."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from processor.api.authoring import preview
from processor.core.web_page import PageLimits
from processor.errors import BadInput, HeldBack, WrongUsage
from tests.bench import Bench
from tests.program import Ended, environment, started
from tests.web import site as pages
from tests.web.site import Site, until

ARTICLES = str(Path(__file__).parent / "articles")
ALLOWED: dict[str, Any] = {"allow_host": ["localhost"]}


def _list(folder: Path, *lines: str, name: str = "urls.txt") -> str:
    path = folder / name
    path.write_text("".join(f"{line}\n" for line in lines), encoding="utf-8")
    return str(path)


def _run(bench: Bench, run: str = "r", **options: Any) -> dict[str, Any]:
    return bench.processor().run(ARTICLES, run=run, **{**ALLOWED, **options})


def _kept(bench: Bench, run: str = "r") -> int:
    folder = bench.folder(run) / "pages"
    return len(list(folder.glob("*.json"))) if folder.is_dir() else 0


def _waiting(bench: Bench) -> int:
    return len(list((bench.outputs / "fetched-pages").glob("*.json")))


# -- from addresses to outputs ------------------------------------------------------------------


def test_list_of_addresses_gives_an_item_a_page(bench: Bench, site: Site, tmp_path: Path) -> None:
    one, two = site.stories(1, 2, html=True)
    urls = _list(tmp_path, "# today", one, "", f"{two}#top", "# end")
    report = _run(bench, inputs=urls)
    assert report["counts"]["accepted"] == 2
    first, second = bench.envelopes()
    assert first["item_id"].startswith("localhost-1-")
    assert second["item_id"].startswith("localhost-2-")
    requests = (bench.folder() / "requests.json").read_text(encoding="utf-8").splitlines()
    assert "Oberhütte 1" in requests[0]
    assert "Oberhütte 2" in requests[1]
    assert site.counts() == {"/1.html": 1, "/2.html": 1}
    kept = json.loads(next((bench.folder() / "pages").glob("*.json")).read_bytes())
    assert kept["item"].keys() == {"id", "title", "contents", "url"}
    assert not list(bench.folder().glob("pages/*.tmp"))


def test_python_hands_addresses_over(bench: Bench, site: Site) -> None:
    report = _run(bench, urls=site.stories(1, 2, 3))
    assert report["counts"]["accepted"] == 3
    assert [e["item_id"][:11] for e in bench.envelopes()] == [f"localhost-{n}" for n in (1, 2, 3)]


def test_addresses_stand_beside_other_items(bench: Bench, site: Site, tmp_path: Path) -> None:
    items = tmp_path / "items.json"
    items.write_text('[{"id": "a", "title": "T", "contents": "Prices rose."}]', encoding="utf-8")
    urls = _list(tmp_path, *site.stories(1))
    report = _run(bench, inputs=[str(items), urls])
    assert report["counts"]["accepted"] == 2
    assert [envelope["item_id"][:9] for envelope in bench.envelopes()] == ["a", "localhost"]


def test_portion_fetches_its_pages_alone(bench: Bench, site: Site, tmp_path: Path) -> None:
    urls = _list(tmp_path, *site.stories(*range(1, 9)))
    _run(bench, inputs=urls, sample=2, limit=4)
    assert len(bench.envelopes()) == 2
    assert site.counts().total() == 2


# -- what is wrong is told first ----------------------------------------------------------------

BAD_LISTS: dict[str, tuple[list[str], str]] = {
    "twice": (["http://a.example/", "HTTP://A.example:80/#x"], r"line 1 and .*urls\.txt, line 2"),
    "no scheme": (["http://a.example/", "b.example/x"], "line 2: it does not begin with http"),
    "other scheme": (["ftp://a.example/", "http://b.example/"], "line 1: it does not begin with"),
    "misspelt first": (
        ["htps://a.example/", "http://b.example/"],
        "line 1: it does not begin with",
    ),
    "password": (["http://u:hidden@a.example/"], "line 1: it holds a user name"),
    "comment beside": (["http://a.example/ # good"], "A comment stands on a line of its own"),
    "prose after": (["http://a.example/", "and then he said"], "line 2: white space"),
}


@pytest.mark.parametrize("name", BAD_LISTS)
def test_rejects_bad_list_before_anything_is_fetched(
    bench: Bench, tmp_path: Path, name: str
) -> None:
    lines, words = BAD_LISTS[name]
    with pytest.raises(BadInput, match=words) as caught:
        _run(bench, inputs=_list(tmp_path, *lines))
    assert "hidden" not in caught.value.message
    assert bench.calls() == []
    assert list(bench.processor().list()) == []
    assert not (bench.outputs / "fetched-pages").exists()


def test_every_bad_line_is_named(bench: Bench, tmp_path: Path) -> None:
    with pytest.raises(BadInput, match="30 of its lines are none") as caught:
        _run(bench, inputs=_list(tmp_path, "http://a.example/", *["x.example"] * 30))
    assert "line 21: " in caught.value.message
    assert "… and 10 more" in caught.value.message


@pytest.mark.parametrize(
    ("options", "error", "words"),
    [
        ({"urls": []}, BadInput, "one at least"),
        ({"urls": "http://a.example/"}, BadInput, "a list of addresses"),
        ({"urls": ["http://a.example/", "b", 3]}, BadInput, "2 of 3 addresses are none"),
        ({"urls": ["http://a.example/"], "items": [{"id": "a"}]}, WrongUsage, "from one of them"),
        ({"urls": ["http://a.example/"], "inputs": "x"}, WrongUsage, "from one of them"),
        ({"urls": ["http://a.example/"], "allow_host": ["a/b"]}, WrongUsage, "--allow-host 'a/b'"),
    ],
)
def test_rejects_wrong_addresses_of_a_program(
    bench: Bench, options: dict[str, Any], error: type[Exception], words: str
) -> None:
    with pytest.raises(error, match=words):
        _run(bench, **options)
    assert not (bench.outputs / "runs").exists()


def test_rejects_list_where_items_are_wanted(site: Site, tmp_path: Path) -> None:
    urls = _list(tmp_path, *site.stories(1))
    with pytest.raises(BadInput, match="pages are fetched by `plan`, `submit` and `run` only"):
        preview("news", item="x", inputs=[urls])


# -- pages that fail ----------------------------------------------------------------------------


def test_rejects_run_whose_pages_fail_and_names_each(
    bench: Bench, site: Site, tmp_path: Path
) -> None:
    good = site.stories(1, 2)
    site.answers["/3.html"] = pages.status(500)
    urls = _list(tmp_path, good[0], site.url("/404.html"), good[1], site.url("/3.html"))
    with pytest.raises(BadInput, match="2 pages gave no article") as caught:
        _run(bench, inputs=urls)
    assert "/404.html (" in caught.value.message
    assert "urls.txt, line 2): the server answered 404" in caught.value.message
    assert "urls.txt, line 4): the server answered 500" in caught.value.message
    assert caught.value.exit_code == 3
    assert bench.calls() == []
    assert list(bench.processor().list()) == []
    assert not bench.folder().exists() or not list(bench.folder().glob("pages/*"))
    # The others wait: the same command asks for the failed ones alone.
    site.stories(3, 404)
    report = _run(bench, inputs=urls)
    assert report["counts"]["accepted"] == 4
    assert site.counts() == {"/1.html": 1, "/2.html": 1, "/3.html": 2, "/404.html": 2}
    assert _waiting(bench) == 0


def test_skipped_pages_are_named_in_the_report(bench: Bench, site: Site, tmp_path: Path) -> None:
    urls = _list(tmp_path, *site.stories(1), site.url("/404.html"), *site.stories(2))
    report = _run(bench, inputs=urls, skip_unreachable=True)
    assert report["counts"]["accepted"] == 2
    (line,) = report["excluded"]
    assert line.startswith(site.url("/404.html"))
    assert line.endswith("urls.txt, line 2): the server answered 404 Not Found")
    assert any("1 page gave no article, left out" in said for said in bench.observer.warnings)
    assert "404.html" in (bench.folder() / "report.md").read_text(encoding="utf-8")


def test_rejects_run_without_any_page(bench: Bench, site: Site) -> None:
    with pytest.raises(BadInput, match="No items"):
        _run(bench, urls=[site.url("/404.html")], skip_unreachable=True)
    assert bench.calls() == []


def test_expected_count_is_of_pages_that_came(bench: Bench, site: Site) -> None:
    urls = [*site.stories(1), site.url("/404.html")]
    with pytest.raises(BadInput, match="1 items were loaded, 2 expected"):
        _run(bench, urls=urls, skip_unreachable=True, expect=2)


def test_host_that_is_not_public_is_refused(bench: Bench, site: Site) -> None:
    with pytest.raises(BadInput, match="`--allow-host localhost` allows it by name"):
        _run(bench, urls=site.stories(1), allow_host=())
    assert site.counts().total() == 0


# -- nothing is fetched twice -------------------------------------------------------------------


def test_run_takes_the_pages_of_its_plan(bench: Bench, site: Site) -> None:
    urls = site.stories(1, 2)
    plan = bench.processor().plan(ARTICLES, urls=urls, **ALLOWED)
    assert plan.estimate.items == 2
    assert _waiting(bench) == 2
    bench.processor().plan(ARTICLES, urls=urls, **ALLOWED)
    _run(bench, urls=urls)
    assert site.counts() == {"/1.html": 1, "/2.html": 1}
    assert (_waiting(bench), _kept(bench)) == (0, 2)


def test_pages_of_a_plan_are_too_old_after_a_day(bench: Bench, site: Site) -> None:
    urls = site.stories(1)
    bench.processor().plan(ARTICLES, urls=urls, **ALLOWED)
    bench.clock.wait(timedelta(hours=25).total_seconds())
    bench.processor().plan(ARTICLES, urls=urls, **ALLOWED)
    bench.clock.wait(timedelta(hours=25).total_seconds())
    _run(bench, urls=urls)
    assert site.counts() == {"/1.html": 3}
    assert _waiting(bench) == 0


def test_new_run_fetches_anew(bench: Bench, site: Site) -> None:
    urls = site.stories(1)
    _run(bench, urls=urls)
    site.answers["/1.html"] = pages.story("1, corrected")
    report = _run(bench, run="r2", urls=urls)
    assert report["counts"]["accepted"] == 1  # another text is another request
    assert site.counts() == {"/1.html": 2}
    report = _run(bench, run="r3", urls=urls)
    assert report["counts"]["reused"] == 1


def test_fresh_run_leaves_what_waits(bench: Bench, site: Site) -> None:
    urls = site.stories(1)
    bench.processor().plan(ARTICLES, urls=urls, **ALLOWED)
    _run(bench, urls=urls, fresh=True)
    assert site.counts() == {"/1.html": 2}


def test_pages_of_a_run_held_back_wait_for_the_next(bench: Bench, site: Site) -> None:
    urls = site.stories(1, 2)
    with pytest.raises(HeldBack):
        _run(bench, urls=urls, max_cost=0.0)
    assert _waiting(bench) == 2
    _run(bench, urls=urls)
    assert site.counts().total() == 2


def test_retry_reads_the_pages_of_the_run(
    bench_with: Callable[..., Bench], site: Site, tmp_path: Path
) -> None:
    bench = bench_with(faults="truncated*2")
    urls = _list(tmp_path, *site.stories(*range(1, 7)), site.url("/404.html"))
    report = _run(bench, inputs=urls, skip_unreachable=True)
    bad = report["counts"]["rejected"] + report["counts"]["failed"]
    assert bad
    asked = site.counts()
    processor = bench.processor()
    processor.retry("r", name="r2")
    processor.resume("r2")
    processor.retry("r2", name="r3")
    assert site.counts() == asked  # neither the good ones, nor the one that failed
    assert len(bench.envelopes("r2")) == bad


def test_kept_page_that_is_not_whole_is_fetched_again(bench: Bench, site: Site) -> None:
    urls = site.stories(1, 2)
    bench.processor().plan(ARTICLES, urls=urls, **ALLOWED)
    torn, _ = sorted((bench.outputs / "fetched-pages").glob("*.json"))
    torn.write_bytes(torn.read_bytes()[:40])
    _run(bench, urls=urls)
    assert sorted(site.counts().values()) == [1, 2]


# -- cut in the middle --------------------------------------------------------------------------


def _child(bench: Bench, urls: str, cwd: Path) -> subprocess.Popen[bytes]:
    key = cwd / "key"
    key.write_text(bench.key, encoding="utf-8")
    arguments = [
        "run", ARTICLES, "--inputs", urls, "--run", "r", "--outputs", str(bench.outputs), "--allow-host",
        "localhost", "--api-key-file", str(key), "--base-url", bench.sandbox.url, "--poll-interval", "0.2",
    ]  # fmt: skip
    return started(arguments, cwd=cwd)


@pytest.mark.skipif(os.name == "nt", reason="Windows has no SIGKILL")
def test_killed_run_fetches_only_what_is_missing(bench: Bench, site: Site, tmp_path: Path) -> None:
    urls = _list(tmp_path, *site.stories(1, 2, 3), *site.held(4, 5))
    child = _child(bench, urls, tmp_path)
    try:
        until(lambda: _kept(bench) == 3 and site.counts().total() == 5)
    finally:
        child.kill()
        child.communicate()
    assert bench.calls() == []
    site.gate.set()
    report = bench.processor().resume("r")
    assert report["counts"]["accepted"] == 5
    assert site.counts() == {f"/{n}.html": 1 if n < 4 else 2 for n in range(1, 6)}


@pytest.mark.skipif(os.name == "nt", reason="Windows sends no SIGINT to one child")
@pytest.mark.parametrize(("sent", "code"), [(signal.SIGINT, 130), (signal.SIGTERM, 143)])
def test_interrupted_run_ends_at_once_and_goes_on(
    bench: Bench, site: Site, tmp_path: Path, sent: signal.Signals, code: int
) -> None:
    urls = _list(tmp_path, *site.stories(1), *site.held(2))
    child = _child(bench, urls, tmp_path)
    try:
        until(lambda: _kept(bench) == 1 and site.counts().total() == 2)
        child.send_signal(sent)
        _, said = child.communicate(timeout=60)  # the held page would come after sixty seconds only
    finally:
        child.kill()
    assert child.returncode == code
    assert b"truebatch resume r" in said
    assert b"Traceback" not in said
    site.gate.set()
    assert bench.processor().resume("r")["counts"]["accepted"] == 2
    assert site.counts() == {"/1.html": 1, "/2.html": 2}


def test_own_pages_have_no_age(bench: Bench, site: Site) -> None:
    """A run that is built again after weeks asks for what it was begun with."""
    processor = bench.processor()
    urls = [*site.stories(1), site.url("/404.html")]

    def interrupt(step: str, done: int, total: int | None, unit: str) -> None:
        if unit == "pages" and done == total:
            raise KeyboardInterrupt

    bench.observer.progress = interrupt  # type: ignore[method-assign]
    with pytest.raises(KeyboardInterrupt):
        _run(bench, urls=urls)
    del bench.observer.progress
    bench.clock.wait(timedelta(days=40).total_seconds())
    site.stories(404)
    assert processor.resume("r")["counts"]["accepted"] == 2
    assert site.counts() == {"/1.html": 1, "/404.html": 2}


def test_limits_of_pages_may_be_set(bench: Bench, site: Site) -> None:
    processor = bench.processor()
    processor._place.page_limits = PageLimits(bytes=10)
    with pytest.raises(BadInput, match="larger than 10 bytes"):
        processor.run(ARTICLES, urls=site.stories(1), **ALLOWED)


# -- the command line ---------------------------------------------------------------------------


def test_command_line_fetches_and_says_what_failed(
    program: Callable[..., Ended], bench: Bench, site: Site, tmp_path: Path
) -> None:
    urls = _list(tmp_path, *site.stories(1, 2), site.url("/404.html"))
    asked = (
        ARTICLES,
        "--inputs",
        urls,
        "--outputs",
        str(bench.outputs),
        "--allow-host",
        "localhost",
    )
    key = {"GEMINI_API_KEY": bench.key}
    refused = program("plan", *asked, "--base-url", bench.sandbox.url, env=key)
    assert refused.code == 3
    assert "1 page gave no article. Nothing was sent." in refused.stderr
    assert "load     3 pages to fetch" in refused.stderr
    done = program(
        "run", *asked, "--skip-unreachable", "--base-url", bench.sandbox.url, "--json",
        "--poll-interval", "0.2", "--run", "r", env=key,
    )  # fmt: skip
    assert done.code == 0
    assert done.json["counts"]["accepted"] == 2
    assert "404 Not Found" in done.json["excluded"][0]
    assert site.counts() == {"/1.html": 1, "/2.html": 1, "/404.html": 2}


def test_without_its_extra_the_extra_is_named(tmp_path: Path) -> None:
    program = (
        "import sys; sys.modules['trafilatura'] = None\n"  # what an import of a missing package meets
        "from processor import Processor\n"
        "from processor.errors import WrongUsage\n"
        "try: Processor(sandbox=True).plan('news', urls=['https://example.org/'])\n"
        "except WrongUsage as error: print(error.message)"
    )
    said = subprocess.run(
        [sys.executable, "-c", program],
        cwd=tmp_path,
        env=environment(),
        capture_output=True,
        check=True,
        encoding="utf-8",
    )
    assert "pip install 'truebatch[web]'" in said.stdout
