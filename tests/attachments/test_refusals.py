"""Attachments that are refused before anything is sent, and how their type and tokens are told."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any

import pytest

from processor.core.attachment import named_files
from processor.core.ids import ItemId
from processor.core.item import Item
from processor.core.media_tokens import media_tokens, pdf_pages
from processor.errors import BadInput
from processor.steps.attach import Attaching
from tests.attachments.material import pdf


def _item(files: Any, folder: Path | None = None) -> Item:
    value = {"files": files}
    return Item(ItemId("i1"), value, "in.json", b"{}", str(folder) if folder else "")


def _attaching(folder: Path, *allowed: Path) -> Attaching:
    return Attaching("files", "gemini-3.6-flash", folder=folder, allowed=allowed)


@pytest.fixture
def inputs(tmp_path: Path) -> Path:
    folder = tmp_path / "inputs"
    folder.mkdir()
    (folder / "a.pdf").write_bytes(pdf(2))
    (folder / "empty.png").write_bytes(b"")
    (folder / "sub").mkdir()
    (tmp_path / "secret.txt").write_text("key", encoding="utf-8")
    (folder / "link.txt").symlink_to(tmp_path / "secret.txt")
    return folder


@pytest.mark.parametrize(
    ("path", "said"),
    [
        ("../secret.txt", "leads out of"),
        ("sub/../../secret.txt", "leads out of"),
        ("link.txt", "leads out of"),
        ("missing.pdf", "cannot be read: No such file"),
        ("empty.png", "is empty"),
        ({"path": "sub", "mime_type": "text/plain"}, "is no file"),
    ],
)
def test_refuses_a_file_naming_item_and_file(inputs: Path, path: Any, said: str) -> None:
    with pytest.raises(BadInput, match=said) as refused:
        _attaching(inputs).find(_item(path, inputs))
    assert "in.json (item 'i1')" in str(refused.value)


def test_refuses_an_absolute_path_out_of_the_folder(inputs: Path, tmp_path: Path) -> None:
    with pytest.raises(BadInput, match="--attachments-from"):
        _attaching(inputs).find(_item(str(tmp_path / "secret.txt"), inputs))
    assert _attaching(inputs).find(_item(str(inputs / "a.pdf"), inputs))


def test_a_folder_that_the_user_names_may_be_read(inputs: Path, tmp_path: Path) -> None:
    (found,) = _attaching(inputs, tmp_path).find(_item("../secret.txt", inputs))
    assert found.path == str(tmp_path / "secret.txt")


def test_an_item_without_a_file_of_its_own_is_relative_to_the_users_folder(inputs: Path) -> None:
    assert _attaching(inputs).find(_item("a.pdf"))


def test_refuses_what_is_too_large(inputs: Path) -> None:
    with (inputs / "huge.png").open("wb") as file:
        os.truncate(file.fileno(), 2_000_000_001)
    with pytest.raises(BadInput, match="2,000,000,001 bytes"):
        _attaching(inputs).find(_item("huge.png", inputs))


@pytest.mark.parametrize(
    ("value", "said"),
    [
        (7, "an attachment is a path"),
        ([""], "an attachment is a path"),
        ("a\0b.pdf", "an attachment is a path"),
        ("page", "does not tell its type"),
        ({"path": "a.pdf", "mime_type": "pdf"}, "no MIME type"),
        ({"path": "a.pdf", "size": 1}, "'size' is no part"),
    ],
)
def test_refuses_an_attachment_that_is_none(value: Any, said: str) -> None:
    with pytest.raises(BadInput, match=said):
        named_files(_item(value), "files")


def test_an_item_says_that_it_has_no_attachment_and_does_not_keep_silent() -> None:
    assert named_files(_item(None), "files") == named_files(_item([]), "files") == ()
    with pytest.raises(BadInput, match="no field `scans`"):
        named_files(_item([]), "scans")


@pytest.mark.parametrize(
    ("mime", "size", "model", "tokens"),
    [
        ("image/png", 10, "gemini-3.6-flash", 1120),
        ("image/png", 10, "gemini-2.5-pro", 258),
        ("audio/mpeg", 160_000, "gemini-3.6-flash", 320),
        ("video/mp4", 1_250_000, "gemini-3.6-flash", 1020),
        ("application/pdf", 500_000, "gemini-3.6-flash", 5600),
    ],
)
def test_tokens_of_media_follow_type_and_size(
    mime: str, size: int, model: str, tokens: int
) -> None:
    assert media_tokens(mime, size, model) == tokens


@pytest.mark.parametrize("pages", [1, 7, 40])
def test_pages_of_a_pdf_are_counted_where_it_tells_them(pages: int) -> None:
    assert pdf_pages(pdf(pages)) == pages
    assert pdf_pages(b"%PDF-1.5 compressed") is None


def test_a_text_file_is_estimated_by_its_letters(inputs: Path) -> None:
    (inputs / "long.txt").write_text(json.dumps(["word"] * 4000), encoding="utf-8")
    (found,) = _attaching(inputs).find(_item("long.txt", inputs))
    assert 4000 < found.tokens < 16000
