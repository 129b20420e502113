"""Judging files by a task's rules, without any run, job or request."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from processor.core.envelope import finding_as_json
from processor.core.ids import item_id_of
from processor.core.json_bytes import decode
from processor.core.lessons import Lessons, suggestion_as_json
from processor.core.outcome import Outcome
from processor.core.tally import Tally
from processor.core.task import Task
from processor.core.task_parser import parse_task
from processor.effects.tasks import find_task, read_task_files
from processor.errors import BadInput, WrongUsage
from processor.steps.inputs import INPUTS, StoredItems, needs_items
from processor.steps.load import find, load
from processor.steps.save import ENVELOPES
from processor.steps.texts import FileKind, Found, Texts, find_texts, judge_text, run_task
from validation import Suggestion, Verdict, apply_suggestion, parse_exact

DEFAULT_TASK = "stage_1a"
_ENDS = (Outcome.ACCEPTED, Outcome.REJECTED, Outcome.FAILED)
Watcher = Callable[[Found, Verdict], None]


@dataclass(frozen=True, slots=True, kw_only=True)
class Judging:
    """Files, and the rules to judge them by.

    Attributes:
        item_of: the item an answer is about; None where it is not known.
        relations: whether rules that compare an answer with its item could be checked.
    """

    texts: Texts
    task: Task
    item_of: Callable[[Found], object]
    relations: bool

    def judge(self, watch: Watcher) -> tuple[dict[str, Any], tuple[Suggestion, ...]]:
        """Judge every answer, one in memory at a time.

        Returns:
            What ``--json`` prints, and the suggestions, in the order in which it has them.

        Raises:
            BadInput: a file cannot be read, or there is no answer in any.
        """
        tally = Tally(None)
        lessons = Lessons(self.task.profile)
        for found in self.texts:
            verdict = judge_text(found, self.task.profile, self.item_of(found))
            watch(found, verdict)
            tally.add(_as_envelope(found, verdict))
            lessons.add(verdict, found.name)
        counts = {end.value: tally.outcomes[end.value] for end in _ENDS}
        if not any(counts.values()):
            raise BadInput("No answers: the files hold none.")
        result = {
            "task": self.task.name,
            "files": len(self.texts.files),
            "counts": counts,
            "findings": dict(tally.findings.most_common()),
            "repairs": dict(tally.repairs.most_common()),
            "variants": {name: dict(used.most_common()) for name, used in tally.variants.items()},
            **lessons.as_json(),
            "relations_checked": self.relations,
            "items": tally.items,
            "items_left_out": tally.items_left_out,
            "applied": None,
        }
        return result, lessons.proposals()

    def try_suggestion(self, suggestion: Suggestion) -> dict[str, Any]:
        """What a suggestion would change; no file of the task is touched."""
        changed = apply_suggestion(self.task.profile, suggestion)
        counts: Counter[str] = Counter()
        changes: dict[str, Counter[str]] = {}
        for found in self.texts:
            item = self.item_of(found)
            before = judge_text(found, self.task.profile, item).outcome.value
            after = judge_text(found, changed, item).outcome.value
            counts[after] += 1
            if before != after:
                changes.setdefault(before, Counter())[after] += 1
        return {
            "suggestion": suggestion_as_json(suggestion),
            "paste": f"{suggestion.table}\n{suggestion.line}",
            "counts": {end.value: counts[end.value] for end in _ENDS},
            "changes": {before: dict(after) for before, after in changes.items()},
        }


def validate(
    paths: Sequence[str],
    *,
    task: str | None = None,
    kind: str | None = None,
    inputs: Sequence[str] = (),
    apply_suggestion: int | None = None,
    sandbox: bool = False,
    watch: Watcher = lambda *_: None,
) -> dict[str, Any]:
    """Judge files, and try a suggestion if asked; returns what ``--json`` prints.

    Args:
        task: a name or a folder; None: that of the run the files belong to, else ``stage_1a``.
        kind: what the files hold; None: each tells by its name and its first line.
        inputs: where the items are; needed only by rules that compare an answer with its item.
        apply_suggestion: the number, from 1, of a suggestion whose effect is shown.
        sandbox: whether ``sandbox/<model>`` may answer.
        watch: is told every verdict.

    Raises:
        BadInput: a path does not exist, a file cannot be read, or holds no answer.
        WrongUsage: there is no such task or suggestion.
    """
    texts = find_texts(paths, FileKind(kind) if kind else None)
    folder = (run_task(texts) if task is None else None) or find_task(task or DEFAULT_TASK)
    parsed = parse_task(read_task_files(folder), origin=str(folder), sandbox=sandbox)
    with ExitStack() as stack:
        item_of, known = _items(stack, texts, parsed, inputs)
        judging = Judging(texts=texts, task=parsed, item_of=item_of, relations=known)
        result, proposals = judging.judge(watch)
        if apply_suggestion is not None:
            if not 1 <= apply_suggestion <= len(proposals):
                raise WrongUsage(
                    f"--apply-suggestion {apply_suggestion}: these answers lead to "
                    f"{len(proposals) or 'no'} suggestion{'' if len(proposals) == 1 else 's'}."
                )
            applied = judging.try_suggestion(proposals[apply_suggestion - 1])
            result["applied"] = {"number": apply_suggestion, **applied}
    return result


def _items(
    stack: ExitStack, texts: Texts, task: Task, inputs: Sequence[str]
) -> tuple[Callable[[Found], object], bool]:
    if not needs_items(task.profile):
        return (lambda _: None), True
    folder = texts.files[0].parent
    if inputs:
        found_files = find(inputs, ()).files
        raw = {str(item.id): item.raw for item in load(found_files, id_field=task.id_field)}
    elif not (folder / INPUTS).is_file() or {path.parent for path in texts.files} != {folder}:
        return (lambda _: None), False
    elif texts.files == (folder / ENVELOPES,):
        items = stack.enter_context(StoredItems(folder / INPUTS))
        return (lambda found: items[found.position]), True
    else:
        raw = _run_items(folder)
    # In memory, as they are: whoever has more of them judges the run with `report --rejudge`.
    return (lambda found: _item(raw, found, task.name)), True


def _run_items(folder: Path) -> dict[str, bytes]:
    with (folder / ENVELOPES).open("rb") as envelopes, (folder / INPUTS).open("rb") as items:
        pairs = zip(envelopes, items, strict=True)
        return {decode(envelope)["item_id"]: item for envelope, item in pairs}


def _item(raw: dict[str, bytes], found: Found, task: str) -> object:
    content = raw.get(found.id) or raw.get(item_id_of(found.id, task) or "")
    if content is None:
        raise BadInput(f"{found.name}: there is no item {found.id!r} among the inputs.")
    return parse_exact(content)


def _as_envelope(found: Found, verdict: Verdict) -> dict[str, Any]:
    return {
        "item_id": found.name,
        "outcome": verdict.outcome.value,
        "findings": [finding_as_json(finding) for finding in verdict.findings],
        "repairs": verdict.repairs,
        "variants": verdict.variants,
        "usage": None,
    }
