"""The text of a page: its bytes decoded as the page says they are to be."""

from __future__ import annotations

import codecs
import re

# Encodings that browsers know. Python has many more, some of them slow on purpose-made bytes (idna), or no
# encodings of text at all.
_KNOWN = re.compile(
    r"utf-8|utf-16(-[lb]e)?|ascii|iso8859-\d+|cp(8|9|125)\d+|koi8-[ru]|mac-\w+|gb(2312|k|18030)|big5\w*"
    r"|euc_(jp|kr)|shift_jis|iso2022_(jp|kr)|tis-620|hz|johab"
)
_DECLARED = re.compile(
    rb"""<meta[^>]{0,400}?charset\s*=\s*["']?\s*([A-Za-z0-9_:.-]{1,40})""", re.IGNORECASE
)
_HEAD_BYTES = 4096
_BOMS = (
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF16_LE, "utf-16-le"),
    (codecs.BOM_UTF16_BE, "utf-16-be"),
)
# What pages mean that call themselves one of these. Source: encoding.spec.whatwg.org, as commonly
# quoted; read 2026-11-22.
_MEANT = {
    "ascii": "cp1252",
    "iso8859-1": "cp1252",
    "iso8859-9": "cp1254",
    "gb2312": "gb18030",
    "gbk": "gb18030",
}


def page_text(content: bytes, declared: str | None) -> str:
    """``content`` as text: by its BOM, else as the server says, else as the page says, else UTF-8.

    Where none of them is right, Windows-1252, as browsers do; bytes that are wrong become U+FFFD.

    Args:
        declared: the server's charset; None when it names none.
    """
    for bom, name in _BOMS:
        if content.startswith(bom):
            return content[len(bom) :].decode(name, errors="replace")
    in_page = _DECLARED.search(content[:_HEAD_BYTES])
    said = _codec(declared) or _codec(in_page[1].decode("ascii") if in_page else None)
    if said is not None:
        return content.decode(said, errors="replace")
    try:
        return content.decode("utf-8")
    except UnicodeDecodeError:
        return content.decode("cp1252", errors="replace")


def _codec(label: str | None) -> str | None:
    try:
        name = codecs.lookup(label.strip().strip("\"'")).name if label else ""
    except (LookupError, ValueError):
        return None
    return _MEANT.get(name, name) if _KNOWN.fullmatch(name) else None
