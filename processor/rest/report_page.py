"""A run's report.html as a page of the service: with a bar on top of what can be done."""

from __future__ import annotations

import secrets
from collections.abc import AsyncGenerator
from pathlib import Path
from typing import BinaryIO

from fastapi.responses import Response

from processor.api import Processor
from processor.core.html_page import Rendered, Served
from processor.core.run_page import LONGEST_HEAD, served_report
from processor.core.status import Status
from processor.rest.desk import Desk
from processor.rest.page_route import policy_of
from processor.rest.problems import not_found
from processor.rest.streaming import Stream
from processor.steps.report import REPORT_HTML

_BLOCK_BYTES = 256 * 1024
_MOST_SUGGESTIONS = 5
_BEGIN = b"<main>"  # of the part that stays as it is


async def report_page(desk: Desk, status: Status, served: Served) -> Response:
    """The page, streamed, for it may be large.

    Raises:
        Refused: 404, the file is not there, or another version made it.
    """
    path = desk.layout.run(status.run) / REPORT_HTML
    found = await desk.office.ask(lambda one: _begin(one, path, status, served))
    if found is None:
        raise not_found(
            f"Run {status.run} has no page that this version made: "
            f"`truebatch report {status.run}` makes it."
        )
    page, rest = found

    async def pieces() -> AsyncGenerator[bytes, None]:
        try:
            yield page.html.encode()
            while block := await desk.office.ask(lambda _: rest.read(_BLOCK_BYTES)):
                yield block
        finally:
            rest.close()

    return Stream(pieces(), media_type="text/html", headers=policy_of(page))


def _begin(
    processor: Processor, path: Path, status: Status, served: Served
) -> tuple[Rendered, BinaryIO] | None:
    """The page until its main part, and the file where that begins."""
    if not path.is_file():
        return None
    file = path.open("rb")
    head = file.read(LONGEST_HEAD)
    cut = max(head.find(_BEGIN), 0)
    page = served_report(
        head[:cut].decode(),
        status,
        suggestions=processor.suggestions(status.run)[:_MOST_SUGGESTIONS],
        key=secrets.token_hex(16),
        served=served,
    )
    if page is None:
        file.close()
        return None
    file.seek(cut)
    return page, file
