"""A run's page on the service: its progress while it goes on, its report with what can be done after."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any

from processor.core.html_page import Rendered, Served, html_page
from processor.core.status import Status

# As report.html begins; a page that begins otherwise was made by another version.
_POLICY = re.compile(
    r'(<meta http-equiv="Content-Security-Policy" content=")'
    r"(default-src 'none'; style-src '[^'\"]+')(; script-src '[^'\"]+'; base-uri 'none')"
    r"; form-action 'none'\">"
)
_REFERRER = '<meta name="referrer" content="no-referrer">'
_BODY = "</head>\n<body>\n"
LONGEST_HEAD = 256 * 1024
"""In bytes, of a report's page: its style is a tenth of it."""


def run_page(
    status: Status, *, problem: Mapping[str, Any] | None, version: str, served: Served
) -> Rendered:
    """The page of a run that has not ended.

    Args:
        problem: why it could not go on at the last look.
    """
    page = html_page("run", "report", "overview")
    return page.render(served, status=status, problem=problem, version=version)


def served_report(
    head: str,
    status: Status,
    *,
    suggestions: Sequence[Mapping[str, Any]],
    key: str,
    served: Served,
) -> Rendered | None:
    """The beginning of a run's report.html, with a bar of what can be done; the rest stays as it is.

    Args:
        head: the file's beginning, until after ``<body>`` at least.
        key: tells this page's retry from the next one's.

    Returns:
        None when the file does not begin as this version's reports do.
    """
    bar = html_page("bar", "overview")
    counts = status.counts or {}
    found = _POLICY.search(head)
    if found is None or _BODY not in head:
        return None
    rendered = bar.template.render(
        served=served,
        status=status,
        again=counts.get("rejected", 0) + counts.get("failed", 0),
        suggestions=suggestions,
        key=key,
    )
    own = bar.context()
    _, styles, scripts = found.groups()
    policy = f"{styles} '{own['style_hash']}'{scripts}; form-action 'self'"
    meta = f'{found[1]}{policy}">'
    dressed = f"<style>{own['style']}</style>\n{_BODY}{rendered}"
    return Rendered(
        head.replace(found[0], meta, 1)
        .replace(_REFERRER, _REFERRER.replace("no-referrer", "same-origin"), 1)
        .replace(_BODY, dressed, 1),
        policy,
    )
