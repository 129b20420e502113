"""A request: the line made of an item."""

from __future__ import annotations

from collections.abc import Sequence
from hashlib import sha256
from typing import Any, NamedTuple

import orjson

from processor.core.attachment import Attachment, file_part
from processor.core.context import neutral_head
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
        self._head = b',"request":{"contents":[{"role":"user","parts":['
        apart = b""  # what is asked, too, and does not stand in the line yet
        if task.context is not None:
            self._head = b',"request":{' + neutral_head()
            constant = {k: v for k, v in constant.items() if k not in task.beside_context}
            apart = orjson.dumps([task.beside_context, task.context.text])
        body = orjson.dumps(constant)[1:]  # what follows the contents, its closing brace included
        self._tail = b"}]}]" + (b"," if constant else b"") + body
        self._digest = sha256(orjson.dumps(task.model) + self._tail + apart)

    def make(self, item: Item, attachments: Sequence[Attachment] = ()) -> Request:
        """The request for ``item``, with files that go along with it.

        Raises:
            BadInput: the prompt uses a field that the item lacks; item and field are named.
        """
        if self._task.parts_field is not None:
            return self._make_of_parts(item, self._task.parts_field, attachments)
        try:
            text = self._prompt.encode(item.value)
        except MissingField as missing:
            raise BadInput(
                f"{item.source} (item {item.id!r}) has no field `{missing.name}`, "
                f"which the prompt of task {self._task.name} uses."
            ) from None
        except ValueError as error:
            raise BadInput(f"{item.source} (item {item.id!r}): the prompt fails: {error}") from None
        return self._request(item, text, (b'{"text":', text), text, attachments)

    def _make_of_parts(self, item: Item, field: str, attachments: Sequence[Attachment]) -> Request:
        where = f"{item.source} (item {item.id!r})"
        if field not in item.value:
            raise BadInput(f"{where} has no field `{field}`, which holds the parts of its prompt.")
        try:
            parts = encode_parts(read_parts(item.value[field]))
        except (TypeError, ValueError) as error:
            raise BadInput(f"{where}: its prompt, `{field}`, cannot be sent: {error}.") from None
        wire = parts.wire[1:-2]  # without what stands around all parts, and closes the last one
        request = self._request(item, parts.text, (wire,), wire, attachments)
        media = request.media_tokens + parts.media * MEDIA_TOKENS
        return request._replace(media_tokens=media)

    def _request(
        self,
        item: Item,
        prompt: bytes,
        parts: Sequence[bytes],
        asked: bytes,
        attachments: Sequence[Attachment],
    ) -> Request:
        digest = self._digest.copy()
        files, tokens = b"", 0
        if attachments:
            for one in attachments:
                digest.update(b"%b %b\n" % (one.sha256, one.mime_type.encode()))
            # Before the text that speaks of them, as ai.google.dev's image page advises, read 2026-11-22.
            files = b"".join([file_part(one) + b"," for one in attachments])
            tokens = sum(one.tokens for one in attachments)
        digest.update(asked)
        key = request_key(item.id, self._task.name)
        line = b"".join(
            (
                b'{"key":',
                orjson.dumps(key),
                self._head,
                files,
                *parts,
                self._tail,
                b"}\n",
            )
        )
        return Request(key, prompt, line, digest.digest(), tokens)
