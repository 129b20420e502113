"""An item: one input, with an id."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, NamedTuple

from processor.core.ids import ItemId
from processor.errors import BadInput


class Item(NamedTuple):
    """One input. A plain tuple: millions of them pass, one at a time.

    Attributes:
        id: what every later file calls it.
        value: the decoded JSON object.
        source: the file, and the place in it, for messages.
        raw: the item's own bytes, as they stand in the file.
        folder: of the file, where attachments are looked for; empty when there is none, or nobody asked.
    """

    id: ItemId
    value: Mapping[str, Any]
    source: str
    raw: bytes
    folder: str = ""


def item_id(
    value: Mapping[str, Any], *, id_field: str | None, file_stem: str | None, source: str
) -> ItemId:
    """The item's id: the task's id field, else ``id``, else the name of the file that holds just it.

    Raises:
        BadInput: there is none, or it is neither a non-empty string nor an integer.
    """
    for field in dict.fromkeys((id_field, "id")):
        if field is not None and field in value:
            return _as_id(value[field], field, source)
    if file_stem:
        return ItemId(file_stem)
    wanted = f"`{id_field}` nor `id`" if id_field and id_field != "id" else "`id`"
    raise BadInput(
        f"{source} has {'neither ' if 'nor' in wanted else 'no '}{wanted}. "
        "Every item needs an id of its own; [input] id in task.toml names the field."
    )


def _as_id(value: Any, field: str, source: str) -> ItemId:
    if isinstance(value, str) and value:
        return ItemId(value)
    if isinstance(value, int) and not isinstance(value, bool):
        return ItemId(str(value))
    shown = "empty" if value == "" else type(value).__name__
    raise BadInput(
        f"{source}: its id, `{field}`, is {shown}; an id is a non-empty string or an integer."
    )
