"""Items from the standard input: kept in the run's folder, for it cannot be read twice."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from processor.api.workplace import Workplace
from processor.core.ids import RunId
from processor.effects.standard_input import copy_standard_input
from processor.errors import WrongUsage
from processor.ports import RunRow
from processor.steps.input_file import STDIN_COPY

STDIN = "-"
"""How the standard input is named among the inputs."""


def reads_stdin(options: Mapping[str, Any]) -> bool:
    """Whether items of a run come from the standard input."""
    return STDIN in (options.get("inputs") or ())


def check_once(inputs: Sequence[str]) -> None:
    """Refuse the standard input a second time.

    Raises:
        WrongUsage: it is named more than once.
    """
    if inputs.count(STDIN) > 1:
        raise WrongUsage("--inputs - is given more than once; the standard input is read once.")


def keep(place: Workplace, run: RunId) -> None:
    """Copy the standard input into the folder of ``run``, on the disk before this returns.

    ``resume`` and ``retry`` read it there: whoever piped it in may be gone by then.
    """
    folder = place.layout.run(run)
    try:
        with place.files.writing(folder / STDIN_COPY, durable=True) as file:
            copy_standard_input(file)
    except BaseException:
        place.files.remove(folder)  # the journal does not know the run yet: nobody else would
        raise


@contextmanager
def kept_for_plan(options: Mapping[str, Any]) -> Iterator[Path | None]:
    """The standard input in a temporary file, as long as a plan is made; None when it is not read."""
    if not reads_stdin(options):
        yield None
        return
    with TemporaryDirectory(prefix="truebatch-") as folder:
        path = Path(folder) / STDIN_COPY
        with path.open("wb") as file:
            copy_standard_input(file)
        yield path


def copy_of(place: Workplace, row: RunRow) -> Path:
    """Where the standard input of ``row``, or of the run that it retries, was kept."""
    while row.retry_of is not None:
        row = place.row(row.retry_of)
    return place.layout.run(row.id) / STDIN_COPY
