"""Attaching: the files that an item names, found within the folder it comes from."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Sequence
from hashlib import file_digest
from pathlib import Path

from processor.core.attachment import (
    MOST_FILE_BYTES,
    MOST_STORED_BYTES,
    Attachment,
    NamedFile,
    named_files,
)
from processor.core.item import Item
from processor.core.media_tokens import is_text, media_tokens, pdf_pages, text_file_tokens
from processor.errors import BadInput

_REMEMBERED = 4_096  # files that many items name are read once; of others nothing is kept
_PDF = "application/pdf"
# What is looked into: pages are counted, and text is estimated by its letters.
# A PDF may have 50 MB. Source: ai.google.dev document page, read 2026-11-22.
_MOST_LOOKED_INTO = 50 * 1024 * 1024


class Attaching:
    """Finds the attachments of items.

    An item may come from a stranger, so a path that leads out of its input file's folder, by ``..``, as
    an absolute path or through a link, is refused unless a folder that the user named holds it.

    Args:
        field: of the item, that names the files.
        model: decides how many tokens a page or an image has.
        folder: that paths of items without a file are relative to.
        allowed: folders beside the input's own.
    """

    def __init__(self, field: str, model: str, *, folder: Path, allowed: Sequence[Path]) -> None:
        self._field = field
        self._model = model
        self._folder = folder
        self._allowed = tuple(path.resolve() for path in allowed)
        self._known: OrderedDict[tuple[object, ...], Attachment] = OrderedDict()
        self._stored: set[tuple[bytes, str]] = set()
        self._stored_bytes = 0

    def find(self, item: Item) -> tuple[Attachment, ...]:
        """The files that ``item`` names, in its order.

        Raises:
            BadInput: one is missing, unreadable, empty, too large, or not where it may be.
        """
        return tuple(self._attachment(item, named) for named in named_files(item, self._field))

    def _attachment(self, item: Item, named: NamedFile) -> Attachment:
        where = f"{item.source} (item {item.id!r}): attachment {named.path!r}"
        try:
            found = self._read(item, named, where)
        except OSError as error:
            raise BadInput(f"{where} cannot be read: {error.strerror or error}.") from None
        stored = (found.sha256, found.mime_type)
        if stored not in self._stored:
            self._stored.add(stored)
            self._stored_bytes += found.size_bytes
        if self._stored_bytes > MOST_STORED_BYTES:
            raise BadInput(
                f"{where}: with it the attachments have {self._stored_bytes:,} bytes, and a project may "
                f"store {MOST_STORED_BYTES:,}. Run fewer items at a time: --limit."
            )
        return found

    def _read(self, item: Item, named: NamedFile, where: str) -> Attachment:
        folder = Path(item.folder) if item.folder else self._folder
        path = (folder / named.path).resolve(strict=True)
        if not any(path.is_relative_to(one) for one in (folder.resolve(), *self._allowed)):
            raise BadInput(
                f"{where} leads out of {folder}, the folder its item comes from, to {path}. If that is "
                f"meant, allow it: --attachments-from {path.parent}."
            )
        if not path.is_file():
            raise BadInput(f"{where} is no file.")
        about = path.stat()
        if about.st_size == 0:
            raise BadInput(f"{where} is empty.")
        if about.st_size > MOST_FILE_BYTES:
            raise BadInput(
                f"{where} has {about.st_size:,} bytes, and a file may have {MOST_FILE_BYTES:,}."
            )
        key = (path, named.mime_type, about.st_size, about.st_mtime_ns)
        known = self._known.get(key)
        if known is None:
            known = self._known[key] = self._look(path, named.mime_type, about.st_size)
            if len(self._known) > _REMEMBERED:
                self._known.popitem(last=False)
        return known

    def _look(self, path: Path, mime_type: str, size: int) -> Attachment:
        with path.open("rb") as file:
            digest = file_digest(file, "sha256").digest()
        return Attachment(
            path=str(path),
            mime_type=mime_type,
            size_bytes=size,
            sha256=digest,
            tokens=self._tokens(path, mime_type, size),
        )

    def _tokens(self, path: Path, mime_type: str, size: int) -> int:
        if size > _MOST_LOOKED_INTO or not (is_text(mime_type) or mime_type == _PDF):
            return media_tokens(mime_type, size, self._model)
        content = path.read_bytes()
        if is_text(mime_type):
            return text_file_tokens(content)
        return media_tokens(mime_type, size, self._model, pages=pdf_pages(content))
