"""Contexts and attachments, as a run's options change what its task says of them."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from processor.core.attachment import Attachment
from processor.core.context import CONTEXT_COPY, Context, Mode, context_text
from processor.core.item import Item
from processor.core.task import Task
from processor.errors import WrongUsage
from processor.steps.attach import Attaching


def check_references(options: Mapping[str, Any]) -> dict[str, Any]:
    """The options about contexts and attachments as the journal keeps them: absolute paths.

    Raises:
        WrongUsage: there is no such mode, or a folder that may be read from is none.
    """
    mode, file = options.get("context_mode"), options.get("context")
    if mode is not None and mode not in list(Mode):
        raise WrongUsage(f"--context-mode is {', '.join(Mode)}, not {mode!r}.")
    allowed = options.get("attachments_from") or ()
    folders = [allowed] if isinstance(allowed, str) else [str(one) for one in allowed]
    for folder in folders:
        if not Path(folder).is_dir():
            raise WrongUsage(f"--attachments-from {folder}: there is no such folder.")
    return {
        "context": str(Path(file).absolute()) if file else None,
        "context_mode": mode,
        "attachments_from": [str(Path(folder).absolute()) for folder in folders],
    }


def with_context(task: Task, options: Mapping[str, Any]) -> Task:
    """The task with the context that the user gave instead of its own.

    Raises:
        WrongUsage: the file cannot be read, or is no text; or a mode is given and no context.
    """
    file, mode = options.get("context"), options.get("context_mode")
    if file is None:
        if mode is not None and task.context is None:
            raise WrongUsage(
                "--context-mode goes with a context: --context FILE, or the task's own."
            )
        return task
    if "cachedContent" in task.request:
        raise WrongUsage(f"Task {task.name} names a cache of its own: it goes without --context.")
    try:
        content = Path(file).read_bytes()
    except OSError as error:
        raise WrongUsage(f"--context {file}: {error.strerror or error}.") from None
    own = task.context.mode if task.context else Mode.AUTO
    context = Context(name=str(file), text=context_text(content, f"--context {file}"), mode=own)
    return replace(task, context=context, files={**task.files, CONTEXT_COPY: content})


def attaching(
    task: Task, options: Mapping[str, Any]
) -> Callable[[Item], Sequence[Attachment]] | None:
    """Finds the files that go along with an item; None when the task has no attachments."""
    if task.attachments_field is None:
        return None
    return Attaching(
        task.attachments_field,
        task.model,
        folder=Path(options.get("folder", ".")),
        allowed=[Path(folder) for folder in options.get("attachments_from") or ()],
    ).find
