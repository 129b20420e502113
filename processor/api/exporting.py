"""The verbs that take results out: export and search."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Iterator
from dataclasses import asdict, dataclass
from enum import StrEnum
from hashlib import sha256
from pathlib import Path
from typing import Any, BinaryIO

from processor.api import looking
from processor.api.workplace import Workplace
from processor.core.export_table import (
    ENVELOPE_COLUMNS,
    MOST_COLUMNS,
    WHOLE_COLUMN,
    Column,
    Kind,
    fields_of,
    found_columns,
    typed_columns,
)
from processor.core.outcome import GOOD
from processor.effects.export_parquet import load_pyarrow, write_parquet
from processor.effects.export_sqlite import Hit, read_about, search_sqlite, write_sqlite
from processor.errors import WrongUsage
from processor.ports import RunRow
from processor.steps.export import fields_beside_id, write_csv, write_json, write_lines
from processor.steps.merged import newest_accepted

_STATE = "state"


class Format(StrEnum):
    """How an export is written."""

    JSON = "json"
    JSONL = "jsonl"
    CSV = "csv"
    PARQUET = "parquet"
    SQLITE = "sqlite"


NEEDS_FILE = frozenset({Format.PARQUET, Format.SQLITE})
_SUFFIXES = {".ndjson": Format.JSONL, ".sqlite3": Format.SQLITE, ".db": Format.SQLITE}


@dataclass(frozen=True, slots=True, kw_only=True)
class Exported:
    """What was written.

    Attributes:
        run: None when it was the merged cache of all runs of the task.
        out: the file; None when it was a stream.
    """

    task: str
    run: str | None
    format: str
    items: int
    out: str | None

    def as_json(self) -> dict[str, Any]:
        """The export as JSON shows it."""
        return asdict(self)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Source:
    """What is exported; ``read`` may be called again and starts anew."""

    task: str
    run: RunRow | None
    newest: RunRow
    read: Callable[[], Iterator[dict[str, Any]]]


class Exporting:
    """Export, search."""

    _place: Workplace

    def export(
        self,
        name: str,
        *,
        out: str | Path | BinaryIO,
        format: str | None = None,  # noqa: A002 - the option's name
        envelopes: bool = False,
    ) -> Exported:
        """Write what was accepted, one item in memory at a time.

        Args:
            name: a task: of every item the newest accepted data over all its runs, by run, then in
                input order. A run (when no task is called so): its data in input order.
            out: a file, which appears whole or not at all, or a binary stream.
            format: a ``Format``; None: what the file's name ends in, else ``json``.
            envelopes: all that is kept of an item instead of its data; of a run, all its items.

        Raises:
            WrongUsage: there is no such task or run, or the format needs a file or an extra.
            NotFinished: the run has not ended.
        """
        kind = _format(format, out)
        source = _source(self._place, name, envelopes=envelopes)
        if not isinstance(out, (str, Path)):
            if kind in NEEDS_FILE:
                raise WrongUsage(f"{kind} is no stream: name a file with --out FILE.")
            count = _write(self._place, out, source, kind, envelopes=envelopes)
            return _exported(source, kind, count, None)
        path = Path(out)
        _check_target(self._place, path)
        if kind is Format.SQLITE:
            count = write_sqlite(path, source.read(), whole=envelopes)
        else:
            if kind is Format.PARQUET:
                load_pyarrow()  # what is missing is said before anything is read
            with self._place.files.writing(path, durable=False) as file:
                count = _write(self._place, file, source, kind, envelopes=envelopes)
        return _exported(source, kind, count, path)

    def search(
        self, task: str, words: str, *, limit: int = 20, db: str | Path | None = None
    ) -> list[Hit]:
        """The items of a task (or a run) whose newest accepted data has all of ``words``, best first.

        The index is ``<outputs>/search-<task>.sqlite3``, made anew whenever a run of the task has ended,
        was judged again or was removed since.

        Args:
            words: ``"in quotes"`` they stand together; a ``*`` at the end takes every ending.
            db: search this file, which ``export`` made, instead.

        Raises:
            WrongUsage: there is no word, or no such task.
            BadInput: ``db`` is no such file.
        """
        if limit < 1:
            raise WrongUsage("--limit is a number of items, at least 1.")
        path = self._index(task) if db is None else Path(db)
        return search_sqlite(path, words, limit=limit)

    def _index(self, name: str) -> Path:
        place = self._place
        source = _source(place, name, envelopes=False)
        path = place.layout.search_index(source.run.id if source.run else source.task)
        state = _state([source.run] if source.run else _runs(place, source.task))
        if read_about(path, _STATE) != state:
            place.observer.step("search", f"the index is made: {path}")
            write_sqlite(path, source.read(), about={_STATE: state})
        return path


def _format(given: str | None, out: object) -> Format:
    if given is not None:
        try:
            return Format(given)
        except ValueError:
            known = ", ".join(Format)
            raise WrongUsage(f"There is no format {given!r}; there are {known}.") from None
    suffix = Path(out).suffix.lower() if isinstance(out, (str, Path)) else ""
    found = _SUFFIXES.get(suffix) or next((one for one in Format if f".{one}" == suffix), None)
    return found or Format.JSON


def _source(place: Workplace, name: str, *, envelopes: bool) -> _Source:
    task = _task_name(place, name)
    newest = next(_runs(place, task), None)
    if newest is not None:
        return _Source(
            task=task,
            run=None,
            newest=newest,
            read=lambda: newest_accepted(place.journal, task, place.layout.run),
        )
    if place.journal.run(name) is None:
        raise WrongUsage(
            f"There is no run {name!r}, and no run of a task {name!r}, in {place.layout.outputs}. "
            "`truebatch list` shows the runs; other folders are named with --outputs."
        )
    run = place.row(name)
    looking.envelopes(place, run)  # that it has not ended is said before a file is begun
    return _Source(
        task=run.task,
        run=run,
        newest=run,
        read=lambda: (
            one for one in looking.envelopes(place, run) if envelopes or one["outcome"] in GOOD
        ),
    )


def _task_name(place: Workplace, name: str) -> str:
    """A task's name as it is; of a task's folder, the name that its task.toml gives."""
    folder = Path(name)
    is_folder = folder.name != name and (folder / "task.toml").is_file()
    return place.parse_task(folder, None).name if is_folder else name


def _runs(place: Workplace, task: str) -> Iterator[RunRow]:
    return (run for run in place.journal.runs() if run.task == task)


def _state(runs: Iterable[RunRow]) -> str:
    """Changes whenever what was accepted in these runs may have changed."""
    facts = []
    for run in runs:
        again = (run.result or {}).get("rejudged") or {}
        facts.append((run.number, run.id, run.state.value, run.ended_at, again.get("at")))
    return sha256(json.dumps(facts).encode()).hexdigest()


def _check_target(place: Workplace, path: Path) -> None:
    """Refuse what would replace something that is not an export."""
    if path.is_dir():
        raise WrongUsage(f"--out {path} is a folder; name a file.")
    outputs = place.layout.outputs.resolve()
    target = path.resolve()
    inside = target.is_relative_to(outputs) and target.parent != outputs
    journal = target.parent == outputs and target.name.startswith(place.layout.journal.name)
    if inside or journal:
        raise WrongUsage(f"--out {path} is among truebatch's own files; name another place.")


def _exported(source: _Source, kind: Format, count: int, path: Path | None) -> Exported:
    return Exported(
        task=source.task,
        run=source.run.id if source.run else None,
        format=kind.value,
        items=count,
        out=None if path is None else str(path),
    )


def _write(
    place: Workplace, file: BinaryIO, source: _Source, kind: Format, *, envelopes: bool
) -> int:
    pairs = ((one["item_id"], one if envelopes else one["data"]) for one in source.read())
    match kind:
        case Format.JSON:
            return write_json(file, pairs)
        case Format.JSONL:
            return write_lines(file, pairs, envelopes=envelopes)
    schema, text = _shape(place, source.newest)
    columns = ENVELOPE_COLUMNS if envelopes else text
    if kind is Format.PARQUET:
        typed = columns or typed_columns(schema) or _found(source, schema)
        return write_parquet(file, fields_beside_id(pairs, envelopes=envelopes), typed)
    return write_csv(file, pairs, columns or _found(source, schema), envelopes=envelopes)


def _shape(place: Workplace, run: RunRow) -> tuple[Any, tuple[Column, ...]]:
    """The schema of a run's data, and the one column of data that is text."""
    task = place.copied_task(run)
    if task.kind == "text":
        return None, (Column(name=WHOLE_COLUMN, field=WHOLE_COLUMN, kind=Kind.STRING),)
    return task.schema, ()


def _found(source: _Source, schema: Any) -> tuple[Column, ...]:
    first = [column.field for column in typed_columns(schema)]
    names = fields_of((one["data"] for one in source.read()), first=first)
    if names is None:
        raise WrongUsage(f"The data has over {MOST_COLUMNS:,} fields: no table; take jsonl.")
    return found_columns(names)
