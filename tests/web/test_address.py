"""Addresses: one spelling each, refused where they are none, ids that depend on nothing else."""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from processor.core.address import LONGEST_ADDRESS, host_name, parse_address
from processor.core.file_name import output_name

SPELLINGS = {
    "https://example.org": "https://example.org/",
    "HTTPS://Example.ORG:443/A?b=C": "https://example.org/A?b=C",
    "http://example.org:80/": "http://example.org/",
    "http://example.org:8080/": "http://example.org:8080/",
    "https://example.org/a#part": "https://example.org/a",
    "https://example.org./a": "https://example.org/a",
    "https://example.org/a%20b": "https://example.org/a%20b",
    "https://example.org/ğ?q=ü": "https://example.org/%C4%9F?q=%C3%BC",
    "https://müller.example/a": "https://xn--mller-kva.example/a",
    "https://example.org?q=1": "https://example.org/?q=1",
    "https://example.org/?": "https://example.org/",
    "http://[2001:DB8:0::1]/a": "http://[2001:db8::1]/a",
    "http://[::1]:8001/a": "http://[::1]:8001/a",
    "http://0x7f.1/": "http://0x7f.1/",
    "http://2130706433/": "http://2130706433/",
}


@pytest.mark.parametrize("text", SPELLINGS)
def test_spellings_of_one_address_are_one(text: str) -> None:
    address = parse_address(text)
    assert address.url == SPELLINGS[text]
    assert parse_address(address.url) == address


REFUSED = {
    "example.org/a": "does not begin with http",
    "ftp://example.org/a": "does not begin with http",
    "file:///etc/passwd": "does not begin with http",
    "gopher://example.org/": "does not begin with http",
    "javascript:alert(1)": "does not begin with http",
    "https:///a": "has no host",
    "https://": "has no host",
    "https://user:secret-word@example.org/": "user name or a password",
    "https://secret-word@example.org/": "user name or a password",
    "https://example.org\\@evil.example/": "backslash",
    "https://example.org/a b": "white space",
    "https://example.org/a\tb": "white space",
    "https://example.org/\x00": "control character",
    "https://exam\nple.org/": "white space",
    "https://example.org:0/": "port",
    "https://example.org:99999/": "port",
    "https://example.org:a/": "port",
    "https://[::1/": "no address",
    "https://[fe80::1%25eth0]/": "an interface",
    "https://a..b/": "host is no name",
    "https://-a.example/": "host is no name",
    "https://exa%6dple.org/": "host is no name",
    "https://" + "ü" * 80 + ".example/": "no name of the internet",
    "https://example.org/" + "a" * LONGEST_ADDRESS: "longer than",
}


@pytest.mark.parametrize("text", REFUSED, ids=lambda text: ascii(text[:40]))
def test_rejects_what_is_no_address(text: str) -> None:
    with pytest.raises(ValueError, match=REFUSED[text]) as caught:
        parse_address(text)
    assert "secret-word" not in str(caught.value)


IDS = {
    "https://www.example.org/2026/11/Steel-Prices.html": "www.example.org-2026-11-steel-prices-",
    "https://example.org/": "example.org-",
    "https://example.org/%C4%9F%20a": "example.org-a-",
    "http://[::1]:80/x": "1-x-",
}


@pytest.mark.parametrize("text", IDS)
def test_id_can_be_read(text: str) -> None:
    assert re.fullmatch(re.escape(IDS[text]) + "[0-9a-f]{12}", parse_address(text).id)


def test_id_is_the_same_in_every_version() -> None:
    # sha256("https://example.org/a"): ids name outputs, and a changed one would be paid for again
    assert parse_address("HTTPS://EXAMPLE.org:443/a#b").id == "example.org-a-b5b10dd0429e"


_paths = st.text(
    st.characters(exclude_categories=["Cs", "Cc", "Z"], exclude_characters="\\#?"), max_size=200
)


@given(_paths, st.sampled_from(["http", "https"]), st.integers(1, 65535))
def test_law_id_is_a_plain_file_name(path: str, scheme: str, port: int) -> None:
    address = parse_address(f"{scheme}://example.org:{port}/{path}")
    assert address.url.isascii()
    assert parse_address(address.url) == address
    assert output_name(address.id) == f"{address.id}.json"


@given(_paths, _paths)
def test_law_ids_differ_where_addresses_do(one: str, other: str) -> None:
    first, second = (parse_address(f"https://example.org/{path}") for path in (one, other))
    assert (first.id == second.id) == (first.url == second.url)


@pytest.mark.parametrize(
    ("location", "url"),
    [
        ("/b", "https://example.org/b"),
        ("c?x=1", "https://example.org/a/c?x=1"),
        ("//other.example/", "https://other.example/"),
        ("http://127.0.0.1/", "http://127.0.0.1/"),
        (" /b ", "https://example.org/b"),
    ],
)
def test_redirect_is_relative_to_where_it_is(location: str, url: str) -> None:
    assert parse_address("https://example.org/a/b").join(location).url == url


@pytest.mark.parametrize("location", ["file:///etc/passwd", "https://u:p@example.org/", "ftp://a/"])
def test_rejects_redirect_to_what_is_no_address(location: str) -> None:
    with pytest.raises(ValueError, match=r"."):
        parse_address("https://example.org/a/b").join(location)


@pytest.mark.parametrize(
    ("name", "host"),
    [
        ("LOCALHOST", "localhost"),
        ("intranet.example.", "intranet.example"),
        ("[::1]", "::1"),
        ("::1", "::1"),
        ("10.0.0.7", "10.0.0.7"),
        ("bücher.example", "xn--bcher-kva.example"),
    ],
)
def test_host_is_named_as_addresses_name_it(name: str, host: str) -> None:
    assert host_name(name) == host


@pytest.mark.parametrize("name", ["", "a b", "localhost:80", "http://localhost", "a/b", "u@h"])
def test_rejects_what_names_no_host(name: str) -> None:
    with pytest.raises(ValueError, match=r"."):
        host_name(name)
