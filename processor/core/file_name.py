"""The file name of an item's output, a pure function of the item's id.

Laws (tests/processor/core/test_file_name.py): two ids never share a name, not even on a file system
that folds case; a name is at most 180 characters of ASCII, holds no separator, is no device name of
Windows, and is not hidden.
"""

from __future__ import annotations

import re
from hashlib import sha256

# NAME_MAX is 255 bytes: a digest, a suffix, and in a temporary name a run's id must fit behind it.
_KEPT_CHARACTERS = 120
_SAFE = frozenset("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789._-")
_PLAIN = re.compile(rf"[a-z0-9_-][a-z0-9._-]{{0,{_KEPT_CHARACTERS - 1}}}")
# Reserved on Windows whatever the suffix. Source: learn.microsoft.com, "Naming Files, Paths, and
# Namespaces", as commonly quoted; read 2026-11-22.
_DEVICES = re.compile(r"(?:con|prn|aux|nul|com[0-9]|lpt[0-9])(?:\.|$)", re.IGNORECASE)


def output_name(item_id: str) -> str:
    """``<item id>.json``, percent-encoded where the id is not safe, with a digest where it must be.

    A digest follows ``~`` (itself always encoded) when the id has capitals, which some file systems
    fold, or is too long.
    """
    if _PLAIN.fullmatch(item_id) and not _DEVICES.match(item_id):
        return item_id + ".json"
    encoded = "".join(_encode(character) for character in item_id)
    if _DEVICES.match(item_id) or item_id.startswith("."):  # hidden, and no input to a later stage
        encoded = f"%{ord(item_id[0]):02X}" + encoded[1:]
    if len(encoded) > _KEPT_CHARACTERS:
        cut = encoded[:_KEPT_CHARACTERS]
        return f"{re.sub('%.?$', '', cut)}~{_digest(item_id, 40)}.json"
    if item_id != item_id.lower():
        return f"{encoded}~{_digest(item_id, 16)}.json"
    return encoded + ".json"


def _encode(character: str) -> str:
    if character in _SAFE:
        return character
    return "".join(f"%{byte:02X}" for byte in character.encode())


def _digest(item_id: str, length: int) -> str:
    return sha256(item_id.encode()).hexdigest()[:length]
