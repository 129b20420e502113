"""The parts of a GenerateContentRequest that an answer depends on."""

from dataclasses import dataclass, replace
from typing import Any

import orjson

from sandbox.tokens import count_tokens
from sandbox.wire import field

MAX_OUTPUT_TOKENS = 65_536
"""Output limit of the current models. Source: models page, read 2026-11-21."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Prompt:
    """A request as the sandbox's stand-in for a model reads it.

    `schema` is generationConfig's, as JSON Schema or, with `dialect` "openapi", in the subset that
    responseSchema takes; None when there is none there. Where a cache stands before it, `own_text` is
    what the request itself says. `declared_tokens` are those of the schema and the tools: both are
    input. Source: Firebase AI Logic's page on structured output, read 2026-11-22.
    """

    text: str
    system: str
    schema: Any
    dialect: str
    mime_type: str
    max_output_tokens: int
    thinking_budget: int | None
    thinking_level: str
    include_thoughts: bool
    attachments: int
    declared_tokens: int = 0
    cached_tokens: int = 0
    own_text: str | None = None

    @property
    def tokens(self) -> int:
        """Prompt tokens by the stand-in tokenizer."""
        own = count_tokens(self.text if self.own_text is None else self.own_text)
        rest = self.cached_tokens or count_tokens(self.system)
        return own + rest + self.declared_tokens + 258 * self.attachments

    def with_cached(self, content: dict[str, Any], tokens: int) -> "Prompt":
        """The prompt with what a cache holds before it; `tokens` are all that it holds."""
        before = read_prompt(content)
        return replace(
            self,
            text=f"{before.text}\n{self.text}" if before.text else self.text,
            system=before.system,
            cached_tokens=tokens,
            own_text=self.text,
        )


def read_prompt(request: dict[str, Any]) -> Prompt:
    """Read a request, in either spelling of its fields."""
    config = field(request, "generationConfig") or {}
    thinking = field(config, "thinkingConfig") or {}
    schema, dialect = _schema(config)
    contents = field(request, "contents") or []
    budget = field(thinking, "thinkingBudget")
    return Prompt(
        text="\n".join(text for content in _list(contents) for text in _texts(content)),
        system="\n".join(_texts(field(request, "systemInstruction") or {})),
        schema=schema,
        dialect=dialect,
        mime_type=str(field(config, "responseMimeType") or ""),
        max_output_tokens=_whole(field(config, "maxOutputTokens"), MAX_OUTPUT_TOKENS),
        thinking_budget=None if budget is None else _whole(budget, 0),
        thinking_level=str(field(thinking, "thinkingLevel") or "").lower(),
        include_thoughts=bool(field(thinking, "includeThoughts")),
        attachments=sum(_attachments(content) for content in _list(contents)),
        declared_tokens=_written_tokens(schema) + _written_tokens(field(request, "tools")),
    )


def _schema(config: dict[str, Any]) -> tuple[Any, str]:
    for name in ("responseJsonSchema", "_responseJsonSchema"):
        schema = field(config, name)
        if schema is not None:
            return schema, "json"
    schema = field(config, "responseSchema")
    return (schema, "openapi") if schema is not None else (None, "json")


def _list(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [value]


def _written_tokens(value: Any) -> int:
    return 0 if value is None else count_tokens(orjson.dumps(value).decode())


def _texts(content: Any) -> list[str]:
    parts = field(content, "parts") or []
    texts = (field(part, "text") for part in _list(parts))
    return [text for text in texts if isinstance(text, str)]


def _attachments(content: Any) -> int:
    parts = _list(field(content, "parts") or [])
    return sum(
        1 for part in parts if field(part, "inlineData") or field(part, "fileData") is not None
    )


def _whole(value: Any, default: int) -> int:
    try:
        return int(value)
    except (TypeError, ValueError):
        return default
