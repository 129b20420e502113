"""The article of an HTML page: its title and text, without menus, comments and advertisements."""

from __future__ import annotations

import logging

from trafilatura import bare_extraction

from processor.core.charset import page_text
from processor.effects.web.page_client import Content
from processor.effects.web.page_fault import PageFault

for _name in ("trafilatura", "htmldate", "courlan", "justext"):
    # What they say of single pages is said by the page's fault.
    logging.getLogger(_name).addHandler(logging.NullHandler())
    logging.getLogger(_name).propagate = False


def article(content: Content) -> tuple[str, str]:
    """Title and text of a page; the title may be empty.

    Raises:
        PageFault: there is no text in it.
    """
    title, contents = _extracted(page_text(content.raw, content.charset))
    if not contents:
        raise PageFault("there is no article text in it")
    return title, contents


def _extracted(html: str) -> tuple[str, str]:
    try:
        found = bare_extraction(
            html,
            include_comments=False,
            with_metadata=True,
            date_extraction_params={"extensive_search": False, "original_date": False},
        )
    except Exception as error:  # noqa: BLE001 - strangers' pages: one that breaks it must not end all
        raise PageFault(
            f"its article cannot be told from the rest ({type(error).__name__})"
        ) from None
    if found is None or isinstance(found, dict):
        return "", ""
    return (found.title or "").strip(), (found.text or "").strip()
