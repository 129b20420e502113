"""An answer: a value that fits the schema, and the text that carries it."""

from dataclasses import dataclass
from typing import Any

from sandbox.answers.blocks import read_item
from sandbox.answers.draw import Draw
from sandbox.answers.fill import fill
from sandbox.answers.merging import Refused
from sandbox.answers.schemas import Compiled, asked_schema
from sandbox.prompts import Prompt
from sandbox.wire import dump

_ATTEMPTS = 6
_SHORT_TEXT = 400


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """What the stand-in for a model says.

    `value` is what its JSON says, and None where it says text; `compiled` is the schema asked for.
    """

    text: str
    value: Any = None
    compiled: Compiled | None = None

    @property
    def is_json(self) -> bool:
        """Whether the text is JSON."""
        return self.compiled is not None or self.value is not None


def write_answer(prompt: Prompt, digest: bytes) -> Answer:
    """The answer to a prompt: the same for the same prompt and digest.

    With a schema, generationConfig's or the first in the prompt, the value fits it; should the
    schema be one that is not understood, the last attempt is given as it is, and validation will
    say so. Without one, a JSON response type gives an object with a summary, else a short text.
    """
    compiled = asked_schema(prompt)
    item = read_item(prompt.text, compiled.source if compiled else "")
    if compiled is None:
        return _plain(prompt, item.opening(_SHORT_TEXT) or "There is nothing to say.")
    value = None
    for attempt in range(_ATTEMPTS):
        try:
            value = fill(compiled.schema, item, Draw(digest, attempt))
        except (Refused, RecursionError):
            continue
        if compiled.accepts(value):
            break
    return Answer(text=dump(value), value=value, compiled=compiled)


def _plain(prompt: Prompt, text: str) -> Answer:
    if prompt.mime_type == "application/json":
        value = {"summary": text}
        return Answer(text=dump(value), value=value)
    return Answer(text=text)
