"""The verbs that ask a list of prompts."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any, TypedDict, Unpack, cast

from processor.api import looking, starting
from processor.api.driving import Driving
from processor.api.options import RunOptions, pace, recorded
from processor.api.prompts import (
    PROMPTS_FILE,
    Prompt,
    keep_prompts,
    prompt_items,
    read_system,
)
from processor.api.source import find_source
from processor.api.typed import adapter_of
from processor.core.ids import RunId
from processor.core.plan import Plan
from processor.core.prompt_task import PromptTask
from processor.core.status import Status
from processor.core.task import Task
from processor.core.task_parser import parse_task
from processor.errors import WrongUsage

DEFAULT_MODEL = "gemini-3.6-flash"
DEFAULT_NAME = "prompts"


class PromptOptions(TypedDict, total=False):
    """What is said of a list of prompts; those not named here are as in ``RunOptions``.

    Attributes:
        system: the system instruction, word for word, or a file that holds it; ``{{ schema }}`` in it
            stands for the schema, where there is one.
        model: gemini-3.6-flash when it is not given.
        accept_models: versions that may answer for the model, besides its name and name-NNN.
        filter_json: True (the default): only what is JSON, and passes the schema, is accepted;
            False: any text, as it is.
        schema: of the answers: a pydantic model, a type such as ``list[Model]``, or a JSON Schema.
        send_schema: "response_schema" or "response_json_schema": the schema goes along in that field.
        generation_config, request: as in task.toml; JSON answers ask for their MIME type.
        name: what the runs and the folder of outputs are called. Ids are positions, so lists of one
            name write the same outputs: read ``results`` of the run, not the folder.
    """

    system: str | Path | None
    model: str
    accept_models: Sequence[str]
    filter_json: bool
    schema: Any
    send_schema: bool | str
    generation_config: Mapping[str, Any]
    request: Mapping[str, Any]
    name: str
    expect: int | None
    fresh: bool
    tier: int | None
    enqueued_tokens: int | None
    max_requests: int | None
    canary: int | None
    max_cost: float | None
    unpriced: bool
    count_tokens: bool


class Prompting(Driving):
    """Plan and submit prompts."""

    def plan_prompts(self, prompts: Iterable[Prompt], **options: Unpack[PromptOptions]) -> Plan:
        """What ``submit_prompts`` would send and cost; nothing is sent, nothing kept.

        Raises:
            BadInput: there is no prompt, or one is empty or cannot be sent.
        """
        task = self._task_of(options)
        source = find_source(task, inputs=None, items=prompt_items(prompts), exclude=())
        return starting.plan(self._place, task, source, _recorded(task, options, {}))

    def submit_prompts(
        self,
        prompts: Iterable[Prompt],
        *,
        run: str | None = None,
        poll_interval: float | None = None,
        max_wait: float | None = None,
        **options: Unpack[PromptOptions],
    ) -> Status:
        """Ask a list of prompts as one batch job, and return at once; a run like any other.

        An item's id is the prompt's position, from 1, so one prompt may stand in the list twice. The
        prompts are kept in the run's folder: a crash loses nothing, and ``retry`` can ask again.

        Args:
            prompts: each a text, a part, or a list of parts: see ``Prompt``.
            run: the run's id.
            poll_interval, max_wait: seconds, remembered for ``resume``.
            options: see ``PromptOptions``.

        Returns:
            Where the run stands: its ``id``, and ``job``, the job's name.

        Raises:
            BadInput: there is no prompt, or one is empty or cannot be sent; nothing was sent.
            HeldBack: a limit of the user's, or what the service would refuse; nothing was sent.
        """
        task = self._task_of(options)
        kept = _recorded(task, options, pace(self._place, poll_interval, max_wait))
        return self._submit_kept(task, kept, prompts, run)

    def _task_of(self, options: PromptOptions) -> Task:
        unknown = sorted(set(options) - set(PromptOptions.__annotations__))
        if unknown:
            known = ", ".join(PromptOptions.__annotations__)
            raise WrongUsage(
                f"A list of prompts has no option {', '.join(unknown)}; it has {known}."
            )
        made = PromptTask(
            name=options.get("name", DEFAULT_NAME),
            model=options.get("model", DEFAULT_MODEL),
            accept_models=options.get("accept_models", ()),
            system=read_system(options.get("system")),
            is_json=options.get("filter_json", True),
            schema=_schema_of(options.get("schema")),
            send_schema=options.get("send_schema", False),
            generation_config=options.get("generation_config", {}),
            request=options.get("request", {}),
        )
        return parse_task(made.files(), origin=made.name, sandbox=self._place.service.sandbox)

    def _submit_kept(
        self, task: Task, options: Mapping[str, Any], prompts: Iterable[Prompt], name: str | None
    ) -> Status:
        place = self._place
        place.service.check(place.journal)
        run = starting.new_name(place, name, task)
        with place.driving(run):
            keep_prompts(place, run, prompts)
            row = starting.start(place, run, task, {**options, **self._kept_at(run)})
            self._driver(row, options["poll_interval"]).submit()
        return looking.status_of(place, place.row(run), look=False)

    def _kept_at(self, run: RunId) -> dict[str, Any]:
        """The run's own folder is where its items and its task are, for ``resume`` and ``retry``."""
        layout = self._place.layout
        return {
            "inputs": [PROMPTS_FILE],
            "folder": str(layout.run(run).resolve()),
            "task": str(layout.task_copy(run).resolve()),
        }


def _recorded(task: Task, options: PromptOptions, timing: dict[str, Any]) -> dict[str, Any]:
    limits = {k: v for k, v in options.items() if k in RunOptions.__annotations__}
    return recorded(task.name, cast(RunOptions, limits), inputs_given=True, pace=timing)


def _schema_of(schema: Any) -> Mapping[str, Any] | None:
    if schema is None or isinstance(schema, Mapping):
        return schema
    made: Mapping[str, Any] = adapter_of(schema).json_schema()
    return made
