"""Rules for the notes: task folders that differ from ``notes`` in what they accept."""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from typing import Any

from tests.bench import NOTES


def rules(folder: Path, *, fields: str | None = None, **properties: Any) -> str:
    """A copy of the task ``notes`` whose schema has other ``properties``; its folder.

    Args:
        fields: added to fields.toml.
    """
    shutil.copytree(NOTES, folder)
    schema = json.loads((folder / "schema.json").read_text(encoding="utf-8"))
    schema["properties"].update(properties)
    (folder / "schema.json").write_text(json.dumps(schema), encoding="utf-8")
    if fields is not None:
        with (folder / "fields.toml").open("a", encoding="utf-8") as file:
            file.write(f"\n{fields}\n")
    return str(folder)


def until(folder: Path, year: int) -> str:
    """Rules that accept a note only when its year is at most ``year``: note n has 1950 + n."""
    return rules(folder, year={"type": "integer", "maximum": year})
