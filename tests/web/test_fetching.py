"""Fetching: pages of a real site over real sockets, good ones as articles, bad ones with a reason."""

from __future__ import annotations

import gzip
import re
import socket
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from processor.core.address import parse_address
from processor.core.web_page import Page, PageLimits, Unreached
from processor.effects.clock import SystemClock
from processor.effects.web import OpenWeb
from tests.web import site as pages
from tests.web.site import Site, article, until

LIMITS = PageLimits(bytes=200_000, seconds=10.0, redirects=3)
LOCAL = frozenset({"localhost"})


def _fetch(
    *urls: str, allowed: frozenset[str] = LOCAL, limits: PageLimits = LIMITS
) -> dict[str, Page | Unreached]:
    web = OpenWeb(limits=limits, user_agent="truebatch/test")
    addresses = [parse_address(url) for url in urls]
    return {came.address.url: came for came in web.fetch(addresses, allowed=allowed)}


def _one(url: str, **options: Any) -> Page | Unreached:
    (came,) = _fetch(url, **options).values()
    return came


def _reason(url: str, **options: Any) -> str:
    came = _one(url, **options)
    assert isinstance(came, Unreached), came
    return came.reason


# -- good pages ---------------------------------------------------------------------------------


def test_page_gives_title_and_article_alone(site: Site) -> None:
    (url,) = site.stories(1, html=True)
    came = _one(url)
    assert isinstance(came, Page)
    assert came.title == "Story 1: Küçük şirket büyüdü"
    assert "Oberhütte 1 said on Monday" in came.contents
    assert "Analysts had expected" in came.contents
    assert "Imprint" not in came.contents
    assert "Sport" not in came.contents


def test_extractor_that_cannot_be_imported_is_told_by_its_reason(
    site: Site, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    broken = "raise ImportError('half of it is missing')"
    (tmp_path / "trafilatura.py").write_text(broken, encoding="utf-8")
    monkeypatch.setenv("PYTHONPATH", str(tmp_path))
    (url,) = site.stories(1, html=True)
    assert _reason(url) == "what reads pages cannot be imported: half of it is missing"


TURKISH = "charset=iso-8859-9"
GOOD: dict[str, pages.Answer] = {
    "packed": pages.packed(article(1)),
    "packed in two members": pages.page(
        gzip.compress(article(1)[:300]) + gzip.compress(article(1)[300:]), Content_Encoding="gzip"
    ),
    "server's charset": pages.page(article(1, charset="iso-8859-9"), f"text/html; {TURKISH}"),
    "page's charset": pages.page(
        article(1, charset="iso-8859-9", declared=f"<meta {TURKISH}>"), "text/html"
    ),
    "xhtml": pages.page(article(1), "application/xhtml+xml"),
    "type in capitals": pages.page(article(1), "Text/HTML"),
    "no length": pages.raw(
        b"HTTP/1.1 200 OK\r\nContent-Type: text/html\r\nConnection: close\r\n\r\n" + article(1)
    ),
    "chunked": pages.raw(
        b"HTTP/1.1 200 OK\r\nContent-Type: text/html\r\nTransfer-Encoding: chunked\r\n\r\n"
        + b"%x\r\n%b\r\n0\r\n\r\n" % (len(article(1)), article(1))
    ),
    "redirected": pages.redirect("/1.html"),
    "redirected for good": pages.redirect("/1.html", 308),
}


def test_page_comes_in_many_ways(site: Site) -> None:
    site.stories(1, html=True)
    names = {site.url(f"/x{number}"): name for number, name in enumerate(GOOD)}
    site.answers.update({f"/x{number}": answer for number, answer in enumerate(GOOD.values())})
    for url, came in _fetch(*names).items():  # each by the address that was listed, wherever it led
        assert isinstance(came, Page), (names[url], came)
        assert "Oberhütte 1" in came.contents, names[url]
        assert came.title == "Story 1: Küçük şirket büyüdü", names[url]


def test_plain_text_is_its_own_article(site: Site) -> None:
    site.answers["/a.txt"] = pages.page(b" Prices rose. \n", "text/plain; charset=utf-8")
    assert _one(site.url("/a.txt"))[1:] == ("", "Prices rose.")


def test_server_is_told_the_host_and_who_asks_and_no_more(site: Site) -> None:
    site.answers["/x?q=%C3%BC"] = pages.redirect("/1.html")
    site.stories(1)
    _one(site.url("/x?q=ü#part"))
    assert [path for path, _ in site.log] == ["/x?q=%C3%BC", "/1.html"]
    for _, headers in site.log:
        assert headers["Host"] == f"localhost:{site.port}"
        assert headers["User-Agent"] == "truebatch/test"
        assert set(headers) == {"Host", "User-Agent", "Accept", "Accept-Encoding", "Connection"}


# -- bad pages ----------------------------------------------------------------------------------

BAD: dict[str, tuple[pages.Answer | None, str]] = {
    "missing": (None, "answered 404 Not Found"),
    "gone": (pages.status(410), "answered 410 Gone"),
    "broken": (pages.status(500), "answered 500 Internal Server Error"),
    "busy": (pages.status(503), "answered 503"),
    "unknown status": (pages.status(799), "answered 799"),
    "part of it": (pages.status(206), "answered 206"),
    "PDF": (pages.page(b"%PDF-1.7", "application/pdf"), "it is application/pdf, not HTML"),
    "image": (pages.page(b"\x89PNG", "image/png"), "it is image/png"),
    "JSON": (pages.page(b"{}", "application/json"), "it is application/json"),
    "no type": (pages.page(article(1), None), "of no type that the server names"),
    "odd type": (pages.page(article(1), "html"), "not HTML or plain text"),
    "packed otherwise": (pages.page(b"x", Content_Encoding="br"), r"packed \(br\)"),
    "damaged": (pages.page(b"no gzip at all", Content_Encoding="gzip"), "damaged"),
    "packed and cut": (
        pages.page(gzip.compress(article(1))[:-30], Content_Encoding="gzip"),
        "ends in the middle",
    ),
    "cut": (
        pages.raw(b"HTTP/1.1 200 OK\r\nContent-Type: text/html\r\nContent-Length: 9\r\n\r\nx"),
        "is cut",
    ),
    "no HTTP": (pages.raw(b"SSH-2.0-OpenSSH_9.6\r\n\r\n"), "no HTTP"),
    "silence": (pages.raw(b""), "no HTTP, or is cut"),
    "reset": (pages.reset(), "connection broke|is cut"),
    "empty": (pages.page(b""), "no article text"),
    "no article": (pages.page(b"<html><body><nav></nav></body></html>"), "no article text"),
    "blank text": (pages.page(b" \n", "text/plain"), "no text in it"),
    "large": (pages.page(b"<p>" + b"x" * 200_000), "larger than 200,000 bytes"),
    "without an end": (pages.endless(), "larger than 200,000 bytes"),
    "bomb": (pages.packed(b" " * 50_000_000), "larger than 200,000 bytes"),
    "redirect to nowhere": (pages.redirect(""), "redirects to nowhere"),
    "redirect to a file": (pages.redirect("file:///etc/passwd"), "does not begin with http"),
    "redirect with a password": (pages.redirect("http://u:hidden@localhost/"), "password"),
    "redirect to itself": (pages.redirect("/x"), "redirects more than 3 times"),
    "redirect to a private host": (
        pages.redirect("http://10.0.0.1/"),
        r"10\.0\.0\.1 is not on the pub",
    ),
    "redirect to loopback": (
        pages.redirect("http://127.0.0.1:1/"),
        r"127\.0\.0\.1 is not on the public",
    ),
    "redirect to metadata": (pages.redirect("http://169.254.169.254/latest/"), "link-local"),
    "redirect to mapped loopback": (
        pages.redirect("http://[::ffff:127.0.0.1]/"),
        "not on the public",
    ),
    "redirect to nobody": (pages.redirect("http://nobody.invalid/"), "nobody.invalid is not known"),
}


@pytest.mark.parametrize("name", BAD)
def test_rejects_page_with_its_reason(site: Site, name: str) -> None:
    answer, reason = BAD[name]
    if answer is not None:
        site.answers["/x"] = answer
    said = _reason(site.url("/x"))
    assert re.search(reason, said), said
    assert "hidden" not in said


@pytest.mark.parametrize("drip", [pages.dripping_body, pages.dripping_head])
def test_server_that_drips_is_left_in_time(site: Site, drip: Callable[[], pages.Answer]) -> None:
    site.answers["/x"] = drip()
    began = time.monotonic()
    limits = PageLimits(seconds=0.5)
    assert _reason(site.url("/x"), limits=limits) == "it was not there after 0.5 seconds"
    assert time.monotonic() - began < 5


def test_server_that_never_answers_is_left_in_time() -> None:
    with socket.socket() as listening:
        listening.bind(("127.0.0.1", 0))
        listening.listen()
        url = f"http://localhost:{listening.getsockname()[1]}/"
        assert "not there after 0.3 seconds" in _reason(url, limits=PageLimits(seconds=0.3))


def test_resolver_that_hangs_is_left_in_time(monkeypatch: pytest.MonkeyPatch) -> None:
    released = threading.Event()
    monkeypatch.setattr(socket, "getaddrinfo", lambda *_, **__: released.wait(20) and [])
    try:
        reason = _reason("http://slow.example/", limits=PageLimits(seconds=0.3))
        assert "not there after 0.3 seconds" in reason
    finally:
        released.set()


def test_closed_port_is_told() -> None:
    with socket.socket() as unused:
        unused.bind(("127.0.0.1", 0))
        url = f"http://localhost:{unused.getsockname()[1]}/"
        assert _reason(url).startswith("no connection: ")


def test_proxy_of_the_environment_is_not_used_and_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("http_proxy", "http://127.0.0.1:9")
    assert "without the proxy" in _reason("http://nobody.invalid/")


# -- the guard ----------------------------------------------------------------------------------


def test_host_that_is_not_public_is_refused_unless_named(site: Site) -> None:
    (url,) = site.stories(1)
    reason = _reason(url, allowed=frozenset())
    assert "is not on the public internet: loopback. `--allow-host localhost`" in reason
    assert site.counts().total() == 0
    assert isinstance(_one(url), Page)


def test_allowance_is_by_name_not_by_address(site: Site) -> None:
    site.stories(1)
    url = site.url("/1.html", host="127.0.0.1")
    assert "127.0.0.1 is not on the public internet" in _reason(url)
    assert isinstance(_one(url, allowed=frozenset({"127.0.0.1"})), Page)


@pytest.mark.parametrize(
    "host", ["0x7f.1", "0177.0.0.1", "2130706433", "127.1", "[::1]", "[::]", "0.0.0.0"]
)
def test_rejects_loopback_in_every_spelling(site: Site, host: str) -> None:
    site.stories(1)
    reason = _reason(site.url("/1.html", host=host))
    assert "is not on the public internet" in reason or "is not known" in reason
    assert site.counts().total() == 0


Entries = list[tuple[Any, ...]]


def _entries(*ips: str) -> Entries:
    return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", (ip, 0)) for ip in ips]


@pytest.fixture
def names(monkeypatch: pytest.MonkeyPatch) -> tuple[dict[str, list[Entries]], list[str]]:
    """A resolver of the test's own: answers by name, one after the other; and who was looked up."""
    table: dict[str, list[Entries]] = {}
    asked: list[str] = []
    real = socket.getaddrinfo

    def look_up(host: Any, *rest: Any, **options: Any) -> Any:
        if host not in table:
            return real(host, *rest, **options)  # addresses, which need no resolver
        asked.append(host)
        return table[host].pop(0)

    monkeypatch.setattr(socket, "getaddrinfo", look_up)
    return table, asked


def test_name_is_looked_up_once_and_connected_to_there(
    site: Site, names: tuple[dict[str, list[Entries]], list[str]]
) -> None:
    table, asked = names
    site.stories(1)
    table["rebind.example"] = [_entries("127.0.0.1"), _entries("10.0.0.1")]
    url = site.url("/1.html", host="rebind.example")
    assert isinstance(_one(url, allowed=frozenset({"rebind.example"})), Page)
    assert asked == ["rebind.example"]
    assert site.log[0][1]["Host"] == f"rebind.example:{site.port}"


@pytest.mark.parametrize("ips", [("8.8.8.8", "127.0.0.1"), ("127.0.0.1", "8.8.8.8"), ("10.0.0.1",)])
def test_rejects_name_with_one_private_address_among_others(
    site: Site, names: tuple[dict[str, list[Entries]], list[str]], ips: tuple[str, ...]
) -> None:
    names[0]["mixed.example"] = [_entries(*ips)]
    reason = _reason(site.url("/1.html", host="mixed.example"))
    assert "mixed.example (" in reason
    assert site.counts().total() == 0


def test_next_address_is_tried_when_one_does_not_answer(
    site: Site, names: tuple[dict[str, list[Entries]], list[str]]
) -> None:
    site.stories(1)
    names[0]["two.example"] = [
        _entries("127.9.9.9", "127.0.0.1")
    ]  # the site listens on 127.0.0.1 alone
    url = site.url("/1.html", host="two.example")
    assert isinstance(_one(url, allowed=frozenset({"two.example"})), Page)


def test_redirect_is_judged_anew(
    site: Site, names: tuple[dict[str, list[Entries]], list[str]]
) -> None:
    site.stories(1)
    names[0]["inner.example"] = [_entries("127.0.0.1")]
    site.answers["/x"] = pages.redirect(site.url("/1.html", host="inner.example"))
    assert "inner.example (127.0.0.1) is not on the public internet" in _reason(site.url("/x"))
    assert site.counts() == {"/x": 1}


# -- the crowd ----------------------------------------------------------------------------------


def test_pages_are_fetched_side_by_side_but_few_of_one_host(site: Site) -> None:
    urls = site.held(*range(6))
    other = site.url("/7.html", host="127.0.0.1")
    site.stories(7)
    limits = PageLimits(per_host=2, at_once=4)
    web = OpenWeb(limits=limits).fetch(
        [parse_address(url) for url in (*urls, other)],
        allowed=frozenset({"localhost", "127.0.0.1"}),
    )
    assert next(web).address.url == other  # it does not wait behind the slow host
    until(lambda: site.counts().total() == 3)
    time.sleep(0.1)
    assert site.counts().total() == 3
    site.gate.set()
    assert len(list(web)) == 6


def test_leaving_waits_for_nobody(site: Site) -> None:
    held, quick = site.held(1), site.stories(2)
    web = OpenWeb().fetch([parse_address(url) for url in (*held, *quick)], allowed=LOCAL)
    next(web)
    began = time.monotonic()
    web.close()  # type: ignore[attr-defined]
    assert time.monotonic() - began < 2


def test_bug_is_raised_where_the_pages_are_waited_for(site: Site) -> None:
    class Broken(SystemClock):
        def monotonic(self) -> float:
            raise ZeroDivisionError

    web = OpenWeb(clock=Broken())
    with pytest.raises(ZeroDivisionError):
        list(web.fetch([parse_address(site.url("/1.html"))], allowed=LOCAL))


def test_page_that_takes_too_long_to_read_is_left_and_others_go_on(site: Site) -> None:
    # Tables without an end: the extractor would take half a minute for these 100 KB.
    site.answers["/x"] = pages.page(b"<table><tr><td>x</td></tr></table>" * 3000)
    good = site.stories(1, html=True)
    limits = PageLimits(reading_seconds=1.0)
    came = _fetch(site.url("/x"), *good, limits=limits)
    slow = came[site.url("/x")]
    assert isinstance(slow, Unreached)
    assert slow.reason == "its article could not be told from the rest within 1 s"
    assert isinstance(came[good[0]], Page)
