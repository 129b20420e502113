"""The text of a page, by whatever says how its bytes are to be read."""

from __future__ import annotations

import codecs

import pytest
from hypothesis import given
from hypothesis import strategies as st

from processor.core.charset import page_text

TEXT = "Küçük şirket büyüdü"
META = b'<meta http-equiv="Content-Type" content="text/html; charset=windows-1251">'
CASES = {
    "server": (TEXT.encode("iso-8859-9"), "iso-8859-9", TEXT),
    "server, quoted": (TEXT.encode("windows-1254"), '"Windows-1254"', TEXT),
    "meta": (b"<meta charset='iso-8859-9'>" + TEXT.encode("cp1254"), None, TEXT),
    "http-equiv": (META + "Цена".encode("cp1251"), None, "Цена"),
    "server before meta": (b"<meta charset=koi8-r>" + TEXT.encode(), "utf-8", TEXT),
    "BOM before server": (codecs.BOM_UTF8 + TEXT.encode(), "iso-8859-1", TEXT),
    "UTF-16 BOM": (codecs.BOM_UTF16_BE + TEXT.encode("utf-16-be"), None, TEXT),
    "UTF-8 by default": (TEXT.encode(), None, TEXT),
    "Windows-1252 where it is no UTF-8": ("café – “ü”".encode("cp1252"), None, "café – “ü”"),
    "latin-1 means Windows-1252": ("“a”".encode("cp1252"), "iso-8859-1", "“a”"),
    "unknown label": (TEXT.encode(), "x-unknown", TEXT),
    "no encoding of text": (TEXT.encode(), "rot13", TEXT),
    "not for pages": (TEXT.encode(), "idna", TEXT),
    "shift_jis": ("価格".encode("shift_jis"), "Shift_JIS", "価格"),
    "gb2312 means gb18030": ("价格㐀".encode("gb18030"), "gb2312", "价格㐀"),
}


@pytest.mark.parametrize("name", CASES)
def test_page_is_read_as_it_says(name: str) -> None:
    content, declared, text = CASES[name]
    assert page_text(content, declared).rpartition(">")[2] == text


@given(st.binary(max_size=300), st.sampled_from([None, "utf-8", "utf-16", "gb18030", "x", "zlib"]))
def test_law_any_bytes_are_some_text(content: bytes, declared: str | None) -> None:
    assert isinstance(page_text(content, declared), str)
