"""A request: the line made of an item."""

from __future__ import annotations

from hashlib import sha256
from typing import Any, NamedTuple

import orjson

from processor.core.ids import Key, request_key
from processor.core.item import Item
from processor.core.parts import MEDIA_TOKENS, encode_parts, read_parts
from processor.core.prompt import PromptMaker
from processor.core.task import Task
from processor.core.template import MissingField
from processor.errors import BadInput


class Request(NamedTuple):
    """One line of the request file.

    Attributes:
        prompt: the text of the prompt alone, as JSON text.
        line: ``{"key": …, "request": {…}}`` and a newline, as uploaded.
        digest: SHA-256 (32 bytes) of the model and the request without its key: equal digests ask
            the same thing of the same model.
        media_tokens: estimated of what is no text.
    """

    key: Key
    prompt: bytes
    line: bytes
    digest: bytes
    media_tokens: int = 0


class RequestMaker:
    """Makes requests of items; what is the same for every item is encoded once."""

    def __init__(self, task: Task) -> None:
        self._task = task
        self._prompt = PromptMaker(task)
        constant: dict[str, Any] = {}
        if task.system is not None:
            constant["systemInstruction"] = {"parts": [{"text": task.system}]}
        if task.generation_config:
            constant["generationConfig"] = task.generation_config
        constant.update(task.request)
        body = orjson.dumps(constant)[1:]  # what follows the contents, its closing brace included
        self._tail = b"}]}]" + (b"," if constant else b"") + body
        self._digest = sha256(orjson.dumps(task.model) + self._tail)

    def make(self, item: Item) -> Request:
        """The request for ``item``.

        Raises:
            BadInput: the prompt uses a field that the item lacks; item and field are named.
        """
        if self._task.parts_field is not None:
            return self._make_of_parts(item, self._task.parts_field)
        try:
            text = self._prompt.encode(item.value)
        except MissingField as missing:
            raise BadInput(
                f"{item.source} (item {item.id!r}) has no field `{missing.name}`, "
                f"which the prompt of task {self._task.name} uses."
            ) from None
        except ValueError as error:
            raise BadInput(f"{item.source} (item {item.id!r}): the prompt fails: {error}") from None
        return self._request(item, text, b'{"text":' + text, text)

    def _make_of_parts(self, item: Item, field: str) -> Request:
        where = f"{item.source} (item {item.id!r})"
        if field not in item.value:
            raise BadInput(f"{where} has no field `{field}`, which holds the parts of its prompt.")
        try:
            parts = encode_parts(read_parts(item.value[field]))
        except (TypeError, ValueError) as error:
            raise BadInput(f"{where}: its prompt, `{field}`, cannot be sent: {error}.") from None
        wire = parts.wire[1:-2]  # without what stands around all parts, and closes the last one
        request = self._request(item, parts.text, wire, wire)
        return request._replace(media_tokens=parts.media * MEDIA_TOKENS)

    def _request(self, item: Item, prompt: bytes, parts: bytes, asked: bytes) -> Request:
        digest = self._digest.copy()
        digest.update(asked)
        key = request_key(item.id, self._task.name)
        line = b"".join(
            (
                b'{"key":',
                orjson.dumps(key),
                b',"request":{"contents":[{"role":"user","parts":[',
                parts,
                self._tail,
                b"}\n",
            )
        )
        return Request(key, prompt, line, digest.digest())
