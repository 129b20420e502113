"""What the SDK makes of each field: `python -m tests.processor_models.sdk_fields` prints the table."""

from __future__ import annotations

import types as python_types
import typing
from enum import Enum
from typing import Any

from google.genai import batches, types
from google.genai.client import Client
from pydantic import BaseModel

# The converters want values of the right shape for these; for the others any value will do.
_SAMPLES: dict[str, Any] = {
    "system_instruction": "be brief",
    "response_schema": {"type": "OBJECT"},
    "response_json_schema": {"type": "object"},
    "safety_settings": [],
    "tools": [],
    "tool_config": {},
    "cached_content": "cachedContents/a",
    "speech_config": {"voice_config": {}},
    "image_config": {},
}


def placed_fields() -> dict[str, set[str]]:
    """Each field of the SDK's config by the place where it goes on the Developer API's wire.

    Places: ``request``, ``generationConfig``, ``vertex`` (refused on this API), ``sdk`` (sent by
    nobody).
    """
    client = Client(api_key="none")._api_client
    places: dict[str, set[str]] = {"request": set(), "generationConfig": set()}
    places |= {"vertex": set(), "sdk": set()}
    for name, field in types.GenerateContentConfig.model_fields.items():
        wire = field.alias or name
        parent: dict[str, Any] = {}
        value = {name: _SAMPLES.get(name, "x")}
        try:
            config = batches._GenerateContentConfig_to_mldev(client, value, parent)
        except ValueError as error:
            if "not in Gemini Developer API" not in str(error):
                raise
            places["vertex"].add(wire)
            continue
        place = "generationConfig" if config else "request" if parent else "sdk"
        assert list(config or parent or [wire]) == [wire]
        places[place].add(wire)
    for name, field in types.InlinedRequest.model_fields.items():
        if name in ("model", "contents"):
            places["request"].add(field.alias or name)
    return places


def kinds(message: type[BaseModel]) -> dict[str, str]:
    """The kind of value of each of a message's fields, by its name on the wire."""
    return {
        field.alias or name: kind(field.annotation) for name, field in message.model_fields.items()
    }


def kind(annotation: Any) -> str:
    """``any`` for what the table does not tell apart."""
    options = _options(annotation)
    if len(options) != 1:
        return "any"
    (only,) = options
    if typing.get_origin(only) is list:
        return "strings" if typing.get_args(only) == (str,) else "any"
    if isinstance(only, type) and issubclass(only, Enum):
        return "enum"
    names = {bool: "boolean", int: "integer", float: "number", str: "string"}
    return names.get(only, "any")


def _options(annotation: Any) -> list[Any]:
    if typing.get_origin(annotation) in (typing.Union, python_types.UnionType):
        return [one for one in typing.get_args(annotation) if one is not type(None)]
    return [annotation]


if __name__ == "__main__":
    found = placed_fields()
    config = kinds(types.GenerateContentConfig)
    for where, names in found.items():
        print(where, {name: config.get(name, "any") for name in sorted(names)})  # noqa: T201
    for nested in (types.ThinkingConfig, types.Schema, types.Content, types.SafetySetting):
        print(nested.__name__, kinds(nested))  # noqa: T201
