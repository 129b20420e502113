"""What one side of a comparison says of an item."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import unquote

from processor.core.file_name import output_name

GIVEN = "given"
"""The outcome of an item from a file that tells none."""
UNREADABLE = "unreadable"
"""The outcome of a file that is no JSON."""
ABSENT = "absent"
"""The outcome, on one side, of an item that only the other side has."""

_ID_FIELDS = ("item_id", "id")
_DIGEST = re.compile(r"~[0-9a-f]{16}(?:[0-9a-f]{24})?$")


@dataclass(frozen=True, slots=True, kw_only=True)
class Compared:
    """An item of one side.

    Attributes:
        key: by it the two sides find each other: the name that the item's output has.
        data: None when there is none.
        why: of an item without data, its first finding.
        usage: tokens by kind; None when they are not known, or the answer was reused.
        asked: whether an answer was paid for.
    """

    key: str
    item_id: str
    outcome: str
    data: Any = None
    why: str | None = None
    usage: Mapping[str, int] | None = None
    cost_usd: float | None = None
    asked: bool = False


def of_envelope(envelope: Mapping[str, Any]) -> Compared:
    """An item of a run."""
    reused = envelope["outcome"] == "reused"
    findings = envelope.get("findings") or []
    usage = None if reused else envelope.get("usage")
    return Compared(
        key=output_name(envelope["item_id"]),
        item_id=envelope["item_id"],
        outcome=envelope["outcome"],
        data=envelope["data"],
        why=f"{findings[0]['rule']}: {findings[0]['message']}" if findings else None,
        usage=usage,
        cost_usd=None if reused else envelope.get("cost_usd"),
        asked=usage is not None,
    )


def of_member(item_id: str, data: Any) -> Compared:
    """Data that stands under its id."""
    return Compared(key=output_name(item_id), item_id=item_id, outcome=GIVEN, data=data)


def of_record(value: Any) -> Compared | None:
    """A line or an element: an envelope, ``{"item_id", "data"}``, or an object with its id in it.

    Returns:
        None when there is no id. An object's own id is not part of its data.
    """
    if not isinstance(value, dict):
        return None
    name = next((one for one in _ID_FIELDS if _is_id(value.get(one))), None)
    if name is None:
        return None
    if name == "item_id" and isinstance(value.get("outcome"), str) and "data" in value:
        return of_envelope(value)
    rest = {key: one for key, one in value.items() if key != name}
    return of_member(str(value[name]), rest["data"] if rest.keys() == {"data"} else rest)


def of_file(name: str, data: Any, *, readable: bool = True) -> Compared:
    """A file of a folder; the id is what its name, which may be one of ours, was made of."""
    item_id = id_of_name(name)
    return Compared(
        key=name if _is_shortened(name, item_id) else output_name(item_id),
        item_id=item_id,
        outcome=GIVEN if readable else UNREADABLE,
        data=data,
    )


def id_of_name(name: str) -> str:
    """The id that a file's name was made of; the name without ``.json`` where it is not one of ours.

    Law: of ``output_name(id)`` it is ``id``, unless the id was too long for a name.
    """
    stem = name.removesuffix(".json")
    plain = unquote(_DIGEST.sub("", stem), errors="surrogateescape")
    return plain if plain and _is_text(plain) and output_name(plain) == name else stem


def _is_shortened(name: str, item_id: str) -> bool:
    """Whether a name is that of an id too long for one: then only the name itself is known."""
    found = _DIGEST.search(item_id)
    return name.endswith(".json") and found is not None and len(found.group()) == 41


def _is_text(text: str) -> bool:
    return not any("\ud800" <= character <= "\udfff" for character in text)


def _is_id(value: Any) -> bool:
    return (isinstance(value, str) and value != "") or type(value) is int
