"""The identifiers, each a type of its own."""

from __future__ import annotations

import re
from typing import NewType

RunId = NewType("RunId", str)
"""``[A-Za-z0-9._-]{1,64}``, unique in a journal."""
ItemId = NewType("ItemId", str)
"""What the input calls the item: any non-empty string, or an integer in decimal."""
Key = NewType("Key", str)
"""``<item id>_<task name>``: what a request is called on the wire."""
JobName = NewType("JobName", str)
"""``batches/…``, given by the service."""

_RUN_ID = re.compile(r"[A-Za-z0-9._-]{1,64}")


def is_run_id(text: str) -> bool:
    """Whether ``text`` may name a run (and so a folder: ``.`` and ``..`` may not)."""
    return bool(_RUN_ID.fullmatch(text)) and text.strip(".") != ""


def request_key(item_id: str, task: str) -> Key:
    """The key of an item's request."""
    return Key(f"{item_id}_{task}")


def item_id_of(key: str, task: str) -> ItemId | None:
    """The item a key was made of, or None when the key is not of this task."""
    suffix = f"_{task}"
    if not key.endswith(suffix) or len(key) == len(suffix):
        return None
    return ItemId(key[: -len(suffix)])
