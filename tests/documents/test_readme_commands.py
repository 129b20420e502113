"""Every command of the README runs, as it stands there, in a folder with what it speaks of."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from processor.cli.program import _COMMANDS
from processor.errors import ExitCode
from tests.bench import Bench
from tests.documents.readme import README, ROOT, Line, lines, sections
from tests.program import Ended
from tests.web.site import serving

_SYSTEMS = "Four systems, one command each"
_WAITING = {"run", "pipeline", "resume", "retry", "cancel"}
_PAPERS = ("k01-illite-fixation-pampas", "k02-vermiculite-rice-luzon")


@dataclass
class Reader:
    """Somebody who types what the README says, with a key, in a folder of his own.

    Attributes:
        stands_for: what a word in capitals stands for, by command.
    """

    bench: Bench
    folder: Path
    program: Callable[..., Ended]
    stands_for: dict[str, dict[str, str]] = field(default_factory=dict)

    def types(self, line: Line) -> Ended:
        """Type a command; what it prints goes where the line sends it."""
        words = [self._meant(line, word) for word in line.words]
        words = [one for word in words for one in self._found(word)]
        if line.command in _WAITING:
            words += ["--poll-interval", "0.1"]
        if "urls.txt" in words:
            words += ["--allow-host", "localhost"]  # his pages are on this machine
        env = {"GOOGLE_GEMINI_BASE_URL": self.bench.sandbox.url, "GEMINI_API_KEY": self.bench.key}
        ended = self.program(*words, env=env)
        if line.into:
            (self.folder / line.into).write_text(ended.stdout, encoding="utf-8")
        return ended

    def runs(self, task: str, inputs: str, name: str, *more: str) -> None:
        """A run that has ended, before the reader comes to it."""
        words = ("run", task, "--inputs", inputs, "--run", name, *more)
        ended = self.types(Line(text=name, words=words, into=None))
        assert ended.code in (0, 1), ended.stderr

    def _meant(self, line: Line, word: str) -> str:
        return self.stands_for.get(line.command, {}).get(word, word)

    def _found(self, word: str) -> list[str]:
        found = sorted(
            str(path.relative_to(self.folder)) for path in self.folder.glob(word.lstrip("/"))
        )
        return found if "*" in word else [word]


@pytest.fixture
def reader(
    bench_with: Callable[..., Bench], program: Callable[..., Ended], tmp_path: Path
) -> Iterator[Reader]:
    """A reader whose folder has all that the README speaks of; one paper is rejected."""
    (tmp_path / "papers").mkdir()
    for name in _PAPERS:
        shutil.copy(ROOT / "inputs" / f"{name}.json", tmp_path / "papers")
    articles = json.loads((ROOT / "inputs" / "news" / "articles.json").read_text(encoding="utf-8"))
    _write(tmp_path / "articles.json", articles[:4])
    chunks = (ROOT / "inputs" / "identity" / "chunks.jsonl").read_text(encoding="utf-8")
    (tmp_path / "chunks.jsonl").write_text("\n".join(chunks.splitlines()[:3]), encoding="utf-8")
    # By an address, a sandbox's models are no models of the tasks; one that gives no name is believed.
    bench = bench_with(faults=f"no_model_version*all,truncated@{_PAPERS[1]}_stage_1a")
    (tmp_path / "key.txt").write_text(bench.key, encoding="utf-8")
    shutil.copytree(ROOT / "processor" / "tasks" / "stage_1a", tmp_path / "my_rules")
    with serving() as site:
        listed = [*site.stories(1, 2), site.url("/gone.html")]
        (tmp_path / "urls.txt").write_text("\n".join(listed), encoding="utf-8")
        yield Reader(bench, tmp_path, program)


def _write(path: Path, value: Any) -> None:
    path.parent.mkdir(exist_ok=True)
    path.write_text(json.dumps(value), encoding="utf-8")


def _real_key(reader: Reader) -> None:
    reader.runs("stage_1a", "papers/", "one")
    words = ("submit", "news", "--inputs", "articles.json", "--run", "two", "--limit", "1")
    assert reader.types(Line(text="two", words=words, into=None)).code == 0
    answers = reader.folder / "answers"
    shutil.copytree(reader.bench.outputs / "stage_1a", answers)
    for command, run in (("retry", "one"), ("report", "one"), ("cancel", "two")):
        reader.stands_for[command] = {"RUN": run}


def _systems(reader: Reader) -> None:
    reader.runs("stage_1a", "papers/", "one")
    reader.runs("stage_1a", "papers/", "two", "--fresh")
    reader.runs("identity", "chunks.jsonl", "three")
    reader.stands_for["compare"] = {"RUN_A": "one", "RUN_B": "two"}
    words = ("submit", "identity", "--inputs", "chunks.jsonl", "--fresh")
    assert reader.types(Line(text="four", words=words, into=None)).code == 0


def _task(reader: Reader) -> None:
    for number in (1, 2):
        _write(reader.folder / "examples" / f"{number}.json", {"summary": f"S {number}"})
    (reader.folder / "items.jsonl").write_text('{"id": "i1", "text": "Oak."}\n', encoding="utf-8")
    reader.stands_for["tasks"] = {"ITEM": "i1"}


# What must be there before a section's commands make sense.
_BEFORE = {"With a real key": _real_key, _SYSTEMS: _systems, "A task is a folder": _task}


def _typed(heading: str) -> list[Line]:
    """The section's commands; those of the samples are run by tests/systems."""
    return [line for line in lines(heading) if "--sandbox" not in line.words]


@pytest.mark.parametrize("heading", [one for one in sections() if _typed(one)])
def test_commands_of_the_readme_run(reader: Reader, heading: str) -> None:
    _BEFORE[heading](reader)
    for line in _typed(heading):
        ended = reader.types(line)
        # A paper is rejected on purpose: 1 says so. Everything else is a command that does not work.
        assert ended.code in (ExitCode.DONE, ExitCode.NOT_ALL_ACCEPTED), (line.text, ended.stderr)
        assert ended.stdout or line.into or line.command == "export", line.text


def test_readme_shows_how_every_kind_of_command_is_used() -> None:
    for command in ("run", "pipeline", "export", "search", "compare", "tasks", "clean", "costs"):
        assert command in _COMMANDS
        assert f"truebatch {command} " in README, command
