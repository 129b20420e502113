"""A task whose items come with scans, and files small enough to be made here."""

from __future__ import annotations

import json
import struct
import zlib
from collections.abc import Mapping
from pathlib import Path

TASK = {
    "task.toml": """\
name = "scans"
description = "Reads scanned pages."
model = "gemini-3.6-flash"
accept_models = ["sandbox/gemini-3.6-flash"]
[input]
attachments = "files"
[generation_config]
max_output_tokens = 4096
response_mime_type = "application/json"
""",
    "prompt.md": "Say what the attached pages of {{ title }} show, as JSON of this schema:\n{{ schema }}\n",
    "schema.json": json.dumps(
        {
            "type": "object",
            "properties": {"title": {"type": "string"}, "text": {"type": "string"}},
            "required": ["title", "text"],
        }
    ),
}


def pdf(pages: int, text: str = "Humus") -> bytes:
    """A PDF that says how many pages it has."""
    kids = " ".join(f"{number + 3} 0 R" for number in range(pages))
    leaves = "".join(
        f"{number + 3} 0 obj << /Type /Page /Parent 2 0 R >> endobj\n" for number in range(pages)
    )
    head = f"%PDF-1.4\n% {text}\n1 0 obj << /Type /Catalog /Pages 2 0 R >> endobj\n"
    tree = f"2 0 obj << /Type /Pages /Kids [{kids}] /Count {pages} >> endobj\n"
    return (head + tree + leaves + "trailer << /Root 1 0 R >>\n%%EOF\n").encode()


def png(shade: int, text: str = "") -> bytes:
    """A picture of one pixel, with a text that nobody sees."""

    def chunk(kind: bytes, data: bytes) -> bytes:
        return (
            struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))
        )

    header = struct.pack(">IIBBBBB", 1, 1, 8, 0, 0, 0, 0)
    pixels = zlib.compress(bytes([0, shade]))
    said = chunk(b"tEXt", b"Comment\0" + text.encode("latin-1", "replace"))
    parts = chunk(b"IHDR", header) + said + chunk(b"IDAT", pixels) + chunk(b"IEND", b"")
    return b"\x89PNG\r\n\x1a\n" + parts


def write_task(folder: Path, more: Mapping[str, str] | None = None) -> Path:
    """The task in a folder of its own."""
    folder.mkdir(parents=True)
    for name, content in {**TASK, **(more or {})}.items():
        (folder / name).write_text(content, encoding="utf-8")
    return folder


def write_items(folder: Path) -> Path:
    """Three items, a PDF that two of them share, and two pictures; no other folder has the same."""
    folder.mkdir(parents=True)
    # The sandbox is shared, and what another test has uploaded would be found there.
    salt = str(folder)
    (folder / "survey.pdf").write_bytes(pdf(3, salt))
    for shade in (1, 2):
        (folder / f"photo {shade} ü.png").write_bytes(png(shade, salt))
    items = {
        "a": ["survey.pdf", "photo 1 ü.png"],
        "b": "photo 2 ü.png",
        "c": [{"path": "survey.pdf", "mime_type": "application/pdf"}],
    }
    for name, files in items.items():
        item = {"id": name, "title": f"plot {name}", "files": files}
        (folder / f"{name}.json").write_text(json.dumps(item), encoding="utf-8")
    return folder
