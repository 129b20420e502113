"""The request writer: the file of all requests as it grows."""

from __future__ import annotations

from collections.abc import Sequence
from typing import BinaryIO

from processor.core.cutting import Cutter, DigestCutter, Part
from processor.core.item import Item
from processor.core.request import Request
from processor.errors import BadInput, HeldBack
from processor.steps.building import Cutting
from processor.steps.digest import Digest

_HELD_BYTES = 1024 * 1024  # of lines are written and hashed at once


class RequestWriter:
    """Writes the lines, and counts what they hold.

    One job is the rule. So two ways to cut are held ready: one job as large as a job may be, and, for
    when that does not do, jobs small enough that others can follow while they run.
    """

    def __init__(self, file: BinaryIO, digest: Digest, cutting: Cutting) -> None:
        self._file = file
        self._digest = digest
        self._lines: list[bytes] = []
        self._held_bytes = 0
        self._cutting = cutting
        self._large = Cutter(cutting.largest, cutting.canary)
        same = cutting.usual == cutting.largest
        self._small = self._large if same else Cutter(cutting.usual, cutting.canary)
        self._made = DigestCutter(cutting.digests) if cutting.digests else None

    def write(self, request: Request, position: int, item: Item) -> None:
        """Append a request.

        Raises:
            BadInput: no job could ever hold it.
        """
        size, tokens = len(request.line), self._cutting.look(request, item.id)
        largest = self._cutting.largest
        if size > largest.bytes:
            raise BadInput(
                f"{item.source} (item {item.id!r}): its request has {size:,} bytes, and one job may "
                f"have {largest.bytes:,}. Cut the item into smaller ones."
            )
        if largest.tokens is not None and tokens > largest.tokens:
            raise HeldBack(
                f"{item.source} (item {item.id!r}): about {tokens:,} tokens, more than the "
                f"{largest.tokens:,} that may be enqueued at once. No job can hold it."
            )
        self._lines.append(request.line)
        self._held_bytes += size
        if self._held_bytes >= _HELD_BYTES:
            self._flush()
        self._large.add(position, size, tokens)
        if self._small is not self._large:
            self._small.add(position, size, tokens)
        if self._made is not None:
            self._made.add(position, request.line, tokens)

    def finish(self) -> None:
        """Write what is held back."""
        self._flush()

    def _flush(self) -> None:
        block = b"".join(self._lines)
        self._lines.clear()
        self._held_bytes = 0
        self._file.write(block)
        self._digest.update(block)

    def parts(self) -> Sequence[Part]:
        """One part for each job."""
        if self._made is not None:
            return self._made.parts
        one_job = 1 if self._cutting.canary is None else 2
        return self._large.parts if len(self._large.parts) <= one_job else self._small.parts
