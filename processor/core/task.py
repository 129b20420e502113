"""A task: what is asked of every item."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal

from jinja2 import Template

from processor.core.after import After
from processor.core.canary import Thresholds
from processor.core.context import ONLY_IN_CACHE, Context
from processor.core.template import render
from validation import Profile

TASK_FILES = ("task.toml", "prompt.md", "system.md", "schema.json", "fields.toml")
"""Everything a task folder may hold for us, in reading order; only the first must be there."""

TASK_NAME_RULE = 'a task\'s name is made of a-z, 0-9 and _, and is not "runs".'

_NAME = re.compile(r"[a-z0-9_]+")


@dataclass(frozen=True, slots=True, kw_only=True)
class Task:
    """One task, ready to be asked: templates compiled, rules loaded, wire config made.

    Attributes:
        parts_field: the field of an item that holds the parts of its prompt, instead of a template.
        attachments_field: the field of an item that names the files that go along with its prompt.
        context: what stands before every prompt.
        generation_config: as it goes on the wire, camelCase, the schema included when it is sent.
        request: what stands beside it in every request (tools, safety settings, …), as on the wire.
        system: the system instruction, rendered; None when the task has none.
        after: the command that is to run when a run has ended.
        group_by: fields whose values the report counts.
        files: the folder's own bytes by name, for the run's copy.
    """

    name: str
    description: str
    model: str
    accept_models: tuple[str, ...]
    id_field: str | None
    exclude: tuple[str, ...]
    parts_field: str | None
    attachments_field: str | None
    context: Context | None
    generation_config: Mapping[str, Any]
    request: Mapping[str, Any]
    kind: Literal["json", "text"]
    prompt: Template
    system: str | None
    schema: Any
    profile: Profile
    canary: Thresholds
    after: After | None
    group_by: tuple[str, ...]
    files: Mapping[str, bytes]

    @property
    def beside_context(self) -> dict[str, Any]:
        """What a cache of the context holds besides: requests that name a cache may not bring it."""
        request = dict(self.request)
        if self.system is not None:
            request["systemInstruction"] = {"parts": [{"text": self.system}]}
        return {name: request[name] for name in ONLY_IN_CACHE if name in request}

    @property
    def refers(self) -> bool:
        """Whether requests refer to what must be put on the service before them."""
        return self.attachments_field is not None or self.context is not None

    def render_prompt(self, value: Any) -> str:
        """The prompt for one item: its fields by name, ``item`` whole, ``schema``.

        Raises:
            MissingField: the template uses a field that the item lacks.
            ValueError: the template fails on this item.
        """
        variables = dict(value) if isinstance(value, Mapping) else {}
        variables["item"] = value
        variables["schema"] = self.schema
        return render(self.prompt, variables)


def is_task_name(name: str) -> bool:
    """Whether a task may be called so; its outputs stand in a folder of that name."""
    return bool(_NAME.fullmatch(name)) and name != "runs"
