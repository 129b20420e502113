"""The task that a list of prompts is asked by: a task folder's files, made of what a program says."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from processor.core.json_bytes import encode_for_people
from processor.core.toml_text import toml_text
from processor.errors import WrongUsage

PARTS_FIELD = "parts"
_SCHEMA_MARK = re.compile(r"\{\{\s*schema\s*\}\}")
# What a template would take for its own, or change: the engine makes every line break `\n`, and leaves out
# the last one. A brace before such a place, or at the end, could become part of a mark.
_TEMPLATE_MARK = re.compile(r"\{[{%#]|\{(?=\r|\n?\Z)|\r|\n\Z")


@dataclass(frozen=True, slots=True, kw_only=True)
class PromptTask:
    """What is said of all prompts of a list.

    Attributes:
        system: the system instruction, word for word; ``{{ schema }}`` in it stands for the schema, where
            there is one.
        is_json: whether answers are JSON, judged and decoded; else they are texts.
        schema: a JSON Schema of the answers.
        send_schema: as in task.toml.
        accept_models, generation_config, request: as in task.toml.
    """

    name: str
    model: str
    accept_models: Sequence[str] = ()
    system: str | None = None
    is_json: bool = True
    schema: Mapping[str, Any] | None = None
    send_schema: bool | str = False
    generation_config: Mapping[str, Any] = field(default_factory=dict)
    request: Mapping[str, Any] = field(default_factory=dict)

    def files(self) -> Mapping[str, bytes]:
        """The files of the task's folder.

        Raises:
            WrongUsage: a schema is given for answers that are texts.
        """
        if self.schema is not None and not self.is_json:
            raise WrongUsage(
                "A schema is of JSON, and filter_json is off. Turn it on, or take one away."
            )
        files = {"task.toml": toml_text(self._settings()).encode()}
        if self.system is not None and self.system.strip():
            files["system.md"] = as_template(self.system, with_schema=bool(self.schema)).encode()
        if self.schema is not None:
            files["schema.json"] = encode_for_people(self.schema)
            if self.schema.get("type") == "array":
                files["fields.toml"] = b'[answer]\nroot = "array"\n'
        return files

    def _settings(self) -> dict[str, Any]:
        json_type = {"response_mime_type": "application/json"} if self.is_json else {}
        return {
            "name": self.name,
            "description": "A list of prompts that a program asked.",
            "model": self.model,
            "accept_models": list(self.accept_models),
            "input": {"id": "id", "parts": PARTS_FIELD},
            "generation_config": {**json_type, **self.generation_config},
            "request": dict(self.request),
            "output": {
                "kind": "json" if self.is_json else "text",
                "send_schema": self.send_schema,
            },
        }


def as_template(text: str, *, with_schema: bool = False) -> str:
    """A template that renders to ``text``.

    Args:
        with_schema: but for ``{{ schema }}`` in it, which stays what it is in a template.
    """
    pieces = _SCHEMA_MARK.split(text) if with_schema else [text]
    return "{{ schema }}".join(_literal(piece) for piece in pieces)


def _literal(text: str) -> str:
    return _TEMPLATE_MARK.sub(lambda found: f"{{{{ {json.dumps(found[0])} }}}}", text)
