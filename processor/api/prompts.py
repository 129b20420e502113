"""Prompts: a list of them that a Python program asks, without a task folder."""

from __future__ import annotations

import base64
import mimetypes
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeAlias, Union

from processor.api.workplace import Workplace
from processor.core.ids import RunId
from processor.core.json_bytes import encode
from processor.core.parts import read_parts
from processor.core.prompt_task import PARTS_FIELD
from processor.errors import BadInput, WrongUsage
from processor.steps.record import check_size

if TYPE_CHECKING:
    from pydantic import BaseModel

PROMPTS_FILE = "prompts.jsonl"
"""Where a run keeps its prompts: ``resume`` and ``retry`` read them there."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Media:
    """A part of a prompt that is no text: an image, a document, sound. It goes along in the request."""

    data: bytes
    mime_type: str

    def as_part(self) -> dict[str, Any]:
        """The part on the wire."""
        data = base64.b64encode(self.data).decode("ascii")
        return {"inlineData": {"mimeType": self.mime_type, "data": data}}


Part: TypeAlias = Union[str, Media, Path, Mapping[str, Any], "BaseModel"]
"""A text; data; a file to be read now; a part as the wire has it, or google-genai's ``types.Part``."""
Prompt: TypeAlias = Part | Sequence[Part]
"""One part, or several."""


def prompt_items(prompts: Iterable[Prompt]) -> Iterator[dict[str, Any]]:
    """The items of a list of prompts: their ids are their positions, counted from 1.

    Raises:
        WrongUsage: it is one text instead of a list.
        BadInput: there is no prompt, or one is empty or cannot be sent; its position is named.
    """
    if isinstance(prompts, (str, bytes, Mapping)):
        raise WrongUsage("Prompts come as a list; this is one. Put it into a list.")
    number = 0
    for number, prompt in enumerate(prompts, 1):
        try:
            parts = read_parts(_plain(prompt))
        except ValueError as error:
            raise BadInput(f"Prompt {number} cannot be sent: {error}. Nothing was sent.") from None
        yield {"id": str(number), PARTS_FIELD: parts}
    if number == 0:
        raise BadInput("There is no prompt: the list is empty. Nothing was sent.")


def keep_prompts(place: Workplace, run: RunId, prompts: Iterable[Prompt]) -> None:
    """Write the prompts into the folder of ``run``, on the disk before this returns.

    Raises:
        BadInput: one cannot be sent; nothing is kept.
    """
    folder = place.layout.run(run)
    try:
        with place.files.writing(folder / PROMPTS_FILE, durable=True) as file:
            for item in prompt_items(prompts):
                line = _encoded(item)
                check_size(len(line), f"Prompt {item['id']}")
                file.write(line + b"\n")
    except BaseException:
        place.files.remove(folder)  # the journal does not know the run yet: nobody else would
        raise


def read_system(system: str | Path | None) -> str | None:
    """The system instruction: a text as it is, a file without a byte order mark and its last line break.

    Raises:
        BadInput: the file is missing, empty or no UTF-8.
    """
    if not isinstance(system, Path):
        return system
    try:
        text = system.read_bytes().decode("utf-8-sig")
    except OSError as error:
        raise BadInput(f"{system}: cannot be read: {error.strerror or error}.") from None
    except UnicodeDecodeError as error:
        raise BadInput(f"{system} is not UTF-8 (byte {error.start}).") from None
    if not text.strip():
        raise BadInput(f"{system} is empty, and was to be the system instruction.")
    return text.removesuffix("\n").removesuffix("\r")


def _plain(prompt: Any) -> Any:
    """The prompt as JSON has it."""
    match prompt:
        case Media():
            return prompt.as_part()
        case Path():
            return _read_file(prompt).as_part()
        case list() | tuple():
            return [_plain(one) for one in prompt]
        case bytes() | bytearray():
            raise ValueError(
                "bytes alone do not say what they are: Media(data=…, mime_type=…) does"
            )
        case _ if hasattr(prompt, "model_dump"):
            return prompt.model_dump(mode="json", by_alias=True, exclude_none=True)
        case _:
            return prompt


def _read_file(path: Path) -> Media:
    kind, packed = mimetypes.guess_type(path.name)
    if kind is None or packed is not None:
        raise ValueError(
            f"what {path} holds is not told by its name: Media(data=…, mime_type=…) does"
        )
    try:
        data = path.read_bytes()
    except OSError as error:
        raise ValueError(f"{path} cannot be read: {error.strerror or error}") from None
    if not data:
        raise ValueError(f"{path} is empty")
    return Media(data=data, mime_type=kind)


def _encoded(item: Mapping[str, Any]) -> bytes:
    try:
        return encode(item)
    except (TypeError, ValueError):
        raise BadInput(
            f"Prompt {item['id']} cannot be sent: it holds a half character (a lone surrogate), which "
            "is no Unicode. Nothing was sent."
        ) from None
