"""Answers in files of any kind: texts of models, result files, envelopes."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import Any, NamedTuple

from processor.core.json_bytes import decode
from processor.errors import BadInput
from validation import (
    RULES,
    Effect,
    Finding,
    Line,
    Outcome,
    Profile,
    Verdict,
    judge,
    read_line,
    validate,
)

_LINES = frozenset({".jsonl", ".ndjson"})
_SUFFIXES = _LINES | {".json", ".txt", ".md"}
_SPACE = b" \t\r\n"
# A run's folder holds its answers more than once, and files that are no answers.
_RUN_MARK = "task"
_RUN_ANSWERS = "answers*.jsonl"
# What tells the lines of a result file from plain values.
_OF_THE_LINE = frozenset({"envelope", "account", "job"})  # rules that no text can break
_ANSWER_MEMBERS = frozenset({"response", "error", "status"})


class FileKind(StrEnum):
    """What a file holds."""

    TEXT = "text"
    """One answer: the text of a model."""
    LINES = "lines"
    """One such text a line."""
    ANSWERS = "answers"
    """A result file: ``{"key", "response"}`` a line."""
    ITEMS = "items"
    """Envelopes, as in ``items.jsonl``."""


class Found(NamedTuple):
    """One answer in a file.

    Attributes:
        name: what it is called in lists: the file, and the line where it holds several.
        id: of its item, as far as the file tells; for a result file, the key.
        position: in an ``items.jsonl``, the item's place in its run.
        content: the text, the line of a result file, or the envelope.
    """

    name: str
    id: str
    position: int
    content: bytes | Line | dict[str, Any]


@dataclass(frozen=True, slots=True)
class Texts:
    """The answers of files; may be read more than once.

    Attributes:
        kind: of every file; None: each tells by its name and its first line.
    """

    files: tuple[Path, ...]
    kind: FileKind | None

    def __iter__(self) -> Iterator[Found]:
        """One answer after the other, one in memory at a time.

        Raises:
            BadInput: a file cannot be read, or is not of its kind.
        """
        for path in self.files:
            try:
                yield from _read(path, self.kind or _kind_of(path))
            except OSError as error:
                raise BadInput(f"{path}: cannot be read: {error.strerror or error}.") from None


def find_texts(paths: Sequence[str], kind: FileKind | None) -> Texts:
    """The files that ``paths`` (files, folders) name; of a run's folder, its answers.

    Raises:
        BadInput: a path does not exist, or there is no file.
    """
    files: dict[Path, None] = {}
    for given in paths:
        path = Path(given)
        if path.is_dir():
            files.update(dict.fromkeys(_in_folder(path)))
        elif path.is_file():
            files[path] = None
        else:
            raise BadInput(f"{given}: there is no such file or folder.")
    if not files:
        raise BadInput(f"No answers: {', '.join(paths)} holds no .json, .jsonl, .txt or .md file.")
    return Texts(tuple(files), kind)


def run_task(texts: Texts) -> Path | None:
    """The task folder of the run that all the files belong to; None when there is no such run."""
    folders = {path.parent / _RUN_MARK for path in texts.files}
    folder = folders.pop()
    return folder if not folders and (folder / "task.toml").is_file() else None


def judge_text(found: Found, profile: Profile, item: object) -> Verdict:
    """The verdict on one answer; of an envelope without a text, the one it has."""
    match found.content:
        case bytes():
            return validate(found.content, profile, item=item)
        case Line():
            return judge(found.content, profile, item=item).verdict
        case envelope:
            text = envelope["raw_text"]
            findings = tuple(Finding(**finding) for finding in envelope["findings"])
            if text is None:
                return Verdict(Outcome.FAILED, findings=findings)
            kept = tuple(f for f in findings if f.rule.partition(".")[0] in _OF_THE_LINE)
            if any(RULES[f.rule].effect is not Effect.NOTE for f in kept if f.rule in RULES):
                # The text alone would not show that it was cut, or came from another model.
                return Verdict(Outcome(envelope["outcome"]), findings=kept)
            verdict = validate(text, profile, item=item)
            return verdict._replace(findings=(*kept, *verdict.findings))


def _in_folder(folder: Path) -> Iterable[Path]:
    try:
        if (folder / _RUN_MARK / "task.toml").is_file():
            return sorted(folder.glob(_RUN_ANSWERS))
        entries = sorted(entry for entry in folder.iterdir() if entry.is_file())
    except OSError as error:
        raise BadInput(f"{folder}: cannot be read: {error.strerror or error}.") from None
    return [e for e in entries if e.suffix.lower() in _SUFFIXES and not e.name.startswith(".")]


def _kind_of(path: Path) -> FileKind:
    if path.suffix.lower() not in _LINES:
        return FileKind.TEXT
    with path.open("rb") as file:
        first = next((line for line in file if line.strip(_SPACE)), b"")
    try:
        value = decode(first)
    except ValueError:
        return FileKind.LINES
    members = value.keys() if isinstance(value, dict) else frozenset()
    if {"raw_text", "outcome", "findings"} <= members:
        return FileKind.ITEMS
    if members & _ANSWER_MEMBERS and ("key" in members or "metadata" in members):
        return FileKind.ANSWERS
    return FileKind.LINES


def _read(path: Path, kind: FileKind) -> Iterator[Found]:
    if kind is FileKind.TEXT:
        yield Found(str(path), path.stem, -1, path.read_bytes())
        return
    make: Callable[[bytes, str, int], Found] = _MAKERS[kind]
    with path.open("rb") as file:
        for number, line in enumerate(file, 1):
            if line.strip(_SPACE):
                yield make(line, f"{path}, line {number}", number - 1)


def _plain(line: bytes, name: str, _: int) -> Found:
    return Found(name, name, -1, line.strip(_SPACE))


def _answer(line: bytes, name: str, _: int) -> Found:
    read = read_line(line)
    return Found(name, read.key or name, -1, read)


def _envelope(line: bytes, name: str, position: int) -> Found:
    try:
        value = decode(line)
        return Found(name, str(value["item_id"]), position, value)
    except (ValueError, TypeError, KeyError):
        raise BadInput(f"{name}: no envelope of an items.jsonl.") from None


_MAKERS = {FileKind.LINES: _plain, FileKind.ANSWERS: _answer, FileKind.ITEMS: _envelope}
