"""The harness: a sandbox that survives, runs that are cut and resumed, and what came of them."""

from __future__ import annotations

import json
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from itertools import count
from pathlib import Path
from typing import Any

from sandbox.log import key_digest
from sandbox.process import Sandbox
from tests.crash.child import Order
from tests.crash.cuts import Cut, Side, read_trace
from tests.crash.nursery import Nursery
from tests.crash.trees import differences, journal_outcomes, journal_state, tree
from tests.forked import running

RUN = "cut"
KILLED = -9
_JOB_SECONDS = 0.12
_MOST_TRIES = 8


@dataclass(frozen=True, slots=True, kw_only=True)
class Scenario:
    """What the service plays, and how the run is started.

    Attributes:
        options: of the run, as the Python API and (with ``--`` and hyphens) the command line take them.
        jobs: how many jobs the service is to make for it: the number that is paid for.
    """

    faults: str = "none"
    options: Mapping[str, int | str] = field(default_factory=dict)
    jobs: int = 1

    @property
    def uses_up(self) -> bool:
        """Whether one run uses up the fault: then each cut needs a sandbox of its own."""
        return "@" in self.faults


SCENARIOS = {
    "all goes well": Scenario(),
    "some answers twice, some missing": Scenario(
        faults="fence,truncated,missing_key,duplicate_key,duplicate_key_different,unknown_key"
    ),
    "answers in another order": Scenario(faults="shuffled"),
    "the answer to create is lost": Scenario(faults="lost@batches.create"),
    "create answers 503, no job was made": Scenario(faults="503@batches.create"),
    "create answers 429 once": Scenario(faults="429@batches.create"),
    "the download breaks off once": Scenario(faults="cut@files.download"),
    "three jobs": Scenario(options={"max_requests": 3}, jobs=3),
    "a canary first": Scenario(options={"canary": 2}, jobs=2),
}

_TASK = {
    "task.toml": """\
name = "notes"
description = "Reads one note."
model = "gemini-3.6-flash"
accept_models = ["sandbox/gemini-3.6-flash"]
[generation_config]
max_output_tokens = 4096
response_mime_type = "application/json"
""",
    "prompt.md": "Answer with JSON after this schema:\n{{ schema }}\n\n# Note\n{{ item }}\n",
    "schema.json": json.dumps(
        {
            "type": "object",
            "properties": {"title": {"type": "string"}, "text": {"type": "string"}},
            "required": ["title", "text"],
        }
    ),
}
_WORDS = ("clay", "loam", "peat", "sand", "silt", "chalk", "gravel", "marl")


def write_inputs(folder: Path, ids: Sequence[str] = _WORDS) -> None:
    """A task called ``notes`` and one input file an id."""
    (folder / "task").mkdir(parents=True)
    for name, content in _TASK.items():
        (folder / "task" / name).write_text(content, encoding="utf-8")
    (folder / "inputs").mkdir()
    for number, item_id in enumerate(ids):
        item = {"id": item_id, "title": f"On {item_id}", "text": f"It holds {number + 3} mg of K."}
        path = folder / "inputs" / f"note-{number:02}.json"
        path.write_text(json.dumps(item), encoding="utf-8")


@dataclass(frozen=True, slots=True, kw_only=True)
class Recovery:
    """What came of a run that was cut and resumed.

    Attributes:
        said: what the journal said after the (last) cut.
        calls: what the resume asked the service, in order, repeated polls once.
        jobs: how many jobs the service has made for this run.
        wanted: how many it should have made.
        uploads: how many files it has taken for it.
        lost: items whose outcome is not that of the uncut run.
        differ: files that are not those of the uncut run, leftovers among them.
        words: what the children said, for whoever has to understand a failure.
        kills: how many processes were killed; the others had come to their end before.
    """

    cut: str
    said: str
    calls: tuple[str, ...]
    exit_code: int
    jobs: int
    wanted: int
    uploads: int
    lost: int
    differ: tuple[str, ...]
    words: str
    kills: int = 1

    @property
    def whole(self) -> bool:
        """Paid once, nothing lost, nothing different."""
        return self.jobs == self.wanted and not self.lost and not self.differ

    def as_json(self) -> dict[str, Any]:
        """The numbers, for the tables."""
        return {
            "cut": self.cut,
            "said": self.said,
            "calls": list(self.calls),
            "exit_code": self.exit_code,
            "jobs": self.jobs,
            "wanted": self.wanted,
            "uploads": self.uploads,
            "lost": self.lost,
            "differ": len(self.differ),
            "kills": self.kills,
        }


@dataclass(frozen=True, slots=True, kw_only=True)
class Reference:
    """The uncut run: its files, its outcomes, its exit code, and every instant it passed."""

    files: dict[str, bytes]
    outcomes: tuple[tuple[object, ...], ...]
    exit_code: int
    instants: tuple[Cut, ...]

    @property
    def cuts(self) -> tuple[Cut, ...]:
        """The instants to cut at; the number of polls is chance, so only the first counts."""
        seen = set()
        kept = []
        for cut in self.instants:
            by_chance = cut.effect in ("gateway.get", "journal.note_job service_state, answered")
            if (cut not in seen) and not (by_chance and cut.occurrence > 1):
                kept.append(cut)
            seen.add(cut)
        return tuple(kept)


@dataclass
class Bench:
    """A place to cut runs: inputs, a nursery, scenarios and a sandbox for each."""

    folder: Path
    nursery: Nursery
    scenarios: Mapping[str, Scenario] = field(default_factory=lambda: SCENARIOS)
    sandboxes: dict[str, Sandbox] = field(default_factory=dict)
    references: dict[str, Reference] = field(default_factory=dict)
    usual: dict[str, float] = field(default_factory=dict)
    _numbers: Iterator[int] = field(default_factory=lambda: count(1))

    def reference(self, scenario: str) -> Reference:
        """The uncut run of a scenario."""
        if scenario not in self.references:
            with self.sandbox(scenario) as sandbox:
                trial = self.trial(sandbox, scenario)
                code = trial.drive("run")
                assert code in (0, 1), trial.heard()
                assert len(trial.made()) == self.scenarios[scenario].jobs
            self.references[scenario] = Reference(
                files=tree(trial.outputs),
                outcomes=journal_outcomes(trial.outputs, RUN),
                exit_code=code,
                instants=read_trace(trial.trace),
            )
        return self.references[scenario]

    def cut(self, scenario: str, first: Cut, second: Cut | None = None) -> Recovery:
        """Cut a run, cut its resume too if asked, and let it come to its end."""
        for _ in range(_MOST_TRIES):
            recovery = self._cut_once(scenario, first, second)
            if recovery is not None:
                return recovery
        raise AssertionError(f"{first}: not reached in {_MOST_TRIES} runs")

    def _cut_once(self, scenario: str, first: Cut, second: Cut | None) -> Recovery | None:
        """None when the run did not come by: how many looks find a job unended is chance."""
        expected = self.reference(scenario)
        with self.sandbox(scenario) as sandbox:
            trial = self.trial(sandbox, scenario)
            code = trial.drive("run", cut=str(first))
            if code != KILLED:
                assert code == expected.exit_code, f"{first}: exit {code}\n{trial.heard()}"
                return None
            kills = 1
            if second is not None and journal_state(trial.outputs, RUN) != "nothing":
                kills += trial.drive("resume", cut=str(second)) == KILLED
            name = f"{first}" if second is None else f"{first}, then {second}"
            return replace(trial.recover(name, expected), kills=kills)

    def kill(self, scenario: str, moments: Sequence[float], *, faults: str = "") -> Recovery:
        """Kill a run, and its resumes, from outside, each so many seconds after its start.

        Args:
            faults: played instead of the scenario's own, by a sandbox of its own.
        """
        expected = self.reference(scenario)
        own = running(faults=faults, job_seconds=_JOB_SECONDS) if faults else self.sandbox(scenario)
        with own as sandbox:
            trial = self.trial(sandbox, scenario)
            kills = 0
            for moment in moments:
                known = journal_state(trial.outputs, RUN) != "nothing"
                code = trial.command("resume" if known else "run", kill_after=moment)
                kills += code == KILLED
            name = ", then ".join(f"after {moment:.3f} s" for moment in moments)
            return replace(trial.recover(name, expected), kills=kills)

    def seconds(self, scenario: str) -> float:
        """How long an uncut command takes."""
        with self.sandbox(scenario) as sandbox:
            trial = self.trial(sandbox, scenario)
            begun = time.monotonic()
            trial.command("run")
            return time.monotonic() - begun

    def usual_seconds(self, scenario: str) -> float:
        """The shortest of three: a machine busy with other things would have most kills come late."""
        if scenario not in self.usual:
            self.usual[scenario] = min(self.seconds(scenario) for _ in range(3))
        return self.usual[scenario]

    @contextmanager
    def sandbox(self, scenario: str) -> Iterator[Sandbox]:
        """The shared sandbox of a scenario, or one of its own where a run uses up its fault."""
        played = self.scenarios[scenario]
        if played.uses_up:
            with running(faults=played.faults, job_seconds=_JOB_SECONDS) as sandbox:
                yield sandbox
        else:
            yield self.sandboxes[played.faults]

    def trial(self, sandbox: Sandbox, scenario: str = next(iter(SCENARIOS))) -> Trial:
        """A run's own folder and key."""
        number = next(self._numbers)
        folder = self.folder / f"trial-{number}"
        folder.mkdir()
        return Trial(
            bench=self,
            sandbox=sandbox,
            scenario=self.scenarios[scenario],
            folder=folder,
            key=f"key-{number}",
        )


@dataclass(kw_only=True)
class Trial:
    """One run in a folder of its own, with a key of its own to be told by in the sandbox's log."""

    bench: Bench
    sandbox: Sandbox
    scenario: Scenario
    folder: Path
    key: str

    @property
    def outputs(self) -> Path:
        return self.folder / "outputs"

    @property
    def trace(self) -> Path:
        return self.folder / "trace"

    @property
    def words(self) -> Path:
        return self.folder / "words"

    def drive(self, verb: str, cut: str = "") -> int:
        """Run or resume with watched effects; -9 when it was cut."""
        self.trace.unlink(missing_ok=True)
        order = Order(
            verb=verb,
            words=str(self.words),
            run=RUN,
            outputs=str(self.outputs),
            inputs=str(self.bench.folder / "inputs"),
            task=str(self.bench.folder / "task"),
            base_url=self.sandbox.url,
            key=self.key,
            options=dict(self.scenario.options),
            trace=str(self.trace),
            cut=cut,
        )
        return self.bench.nursery.obey(order)

    def command(self, verb: str, kill_after: float | None = None) -> int:
        """The command line as it is, perhaps killed."""
        order = Order(
            verb="cli",
            words=str(self.words),
            arguments=self.arguments(verb),
            kill_after=kill_after,
        )
        return self.bench.nursery.obey(order)

    def arguments(self, verb: str) -> tuple[str, ...]:
        """What stands behind ``truebatch``."""
        task, inputs = self.bench.folder / "task", self.bench.folder / "inputs"
        what: tuple[str, ...] = (RUN,)
        if verb == "run":
            options = self.scenario.options.items()
            given = [f"--{name.replace('_', '-')}={value}" for name, value in options]
            what = (str(task), "--inputs", str(inputs), "--run", RUN, *given)
        where = ("--outputs", str(self.outputs), "--base-url", self.sandbox.url)
        return (verb, *what, *where, "--api-key", self.key, "--poll-interval", "0.05", "--quiet")

    def recover(self, cut: str, expected: Reference) -> Recovery:
        """Resume to the end, as a person would: a run the journal does not know is run again."""
        said = journal_state(self.outputs, RUN)
        before = len(self.records())
        code = self.command("resume" if said != "nothing" else "run")
        return Recovery(
            cut=cut,
            said=said,
            calls=_without_repeats([str(record["endpoint"]) for record in self.records()[before:]]),
            exit_code=code,
            jobs=len(self.made()),
            wanted=self.scenario.jobs,
            uploads=sum(record["endpoint"] == "upload.start" for record in self.records()),
            lost=_lost(journal_outcomes(self.outputs, RUN), expected.outcomes),
            differ=(*differences(tree(self.outputs), expected.files), *self._answers_altered()),
            words=self.heard(),
        )

    def _answers_altered(self) -> tuple[str, ...]:
        """The answers as downloaded are, byte for byte, what the service holds."""
        kept = sorted((self.outputs / "runs" / RUN).glob("answers*.jsonl"))
        served = [
            (self.sandbox.state / f"{job.replace('batches', 'jobs')}.results").read_bytes()
            for job in self.made()
        ]
        same = sorted(path.read_bytes() for path in kept) == sorted(served)
        return () if same else ("answers.jsonl",)

    def records(self) -> list[dict[str, Any]]:
        """What the sandbox was asked with this trial's key, in order."""
        digest = key_digest(self.key)
        return [record for record in self.sandbox.log() if record["key"] == digest]

    def made(self) -> set[str]:
        """The names of the jobs that were made for this trial."""
        calls = (record for record in self.records() if record["endpoint"] == "batches.create")
        return {str(record["job"]) for record in calls if "job" in record}

    def heard(self) -> str:
        """What the children said."""
        return self.words.read_text(encoding="utf-8", errors="replace")


def _lost(found: Sequence[tuple[object, ...]], expected: Sequence[tuple[object, ...]]) -> int:
    return len(set(expected) - set(found)) + abs(len(found) - len(expected))


def _without_repeats(calls: Sequence[str]) -> tuple[str, ...]:
    return tuple(
        call for number, call in enumerate(calls) if call not in calls[number - 1 : number]
    )


@contextmanager
def bench(folder: Path) -> Iterator[Bench]:
    """A bench for the length of a block."""
    write_inputs(folder)
    shared = {scenario.faults for scenario in SCENARIOS.values() if not scenario.uses_up}
    with Nursery() as nursery:
        made = Bench(folder=folder, nursery=nursery)
        with _all_running(sorted(shared)) as sandboxes:
            made.sandboxes = sandboxes
            yield made


@contextmanager
def _all_running(faults: Sequence[str]) -> Iterator[dict[str, Sandbox]]:
    if not faults:
        yield {}
        return
    with (
        running(faults=faults[0], job_seconds=_JOB_SECONDS) as sandbox,
        _all_running(faults[1:]) as others,
    ):
        yield {faults[0]: sandbox, **others}


__all__ = ["RUN", "SCENARIOS", "Bench", "Cut", "Recovery", "Side", "bench", "write_inputs"]
