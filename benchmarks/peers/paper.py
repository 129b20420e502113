"""The task, as a program that uses a peer would have it; runs in the peer's environment, on its own.

A peer's program defines ``build`` and ``parse``, and calls ``main``. Only the standard library here.
"""

from __future__ import annotations

import json
import resource
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, NamedTuple

MODEL = "gemini-2.5-flash"
SYSTEM = "You read papers on soil science.\n"
MAX_OUTPUT_TOKENS = 32768
PROMPT = """\
# Task

Read the paper at the end of this message. Extract its metadata, methods and quantitative findings as one
JSON object. Copy evidence character for character. No text before or after the object.

# Paper

<title>%s</title>

%s
"""


class Done(NamedTuple):
    """What a stage did: items it made requests of, or answers it took as good."""

    count: int
    seconds: float


def items(folder: Path) -> Iterator[dict[str, Any]]:
    """The items, read as everybody reads them."""
    with (folder / "items.jsonl").open(encoding="utf-8") as lines:
        for line in lines:
            yield json.loads(line)


def prompt(item: dict[str, Any]) -> str:
    """What is asked about one item."""
    return PROMPT % (item["title"], item["contents"])


def key(item: dict[str, Any]) -> str:
    """What the request is called."""
    return f"{item['id']}_paper"


def schema(folder: Path) -> dict[str, Any]:
    """The JSON Schema of an answer."""
    found: dict[str, Any] = json.loads((folder / "schema.json").read_bytes())
    return found


def answers(folder: Path) -> bytes:
    """The result file."""
    return (folder / "answers.jsonl").read_bytes()


def renamed_answers(folder: Path, keys: list[str]) -> bytes:
    """The result file with other keys, in order: some peers make up their own."""
    made = []
    for line, name in zip(answers(folder).splitlines(), keys, strict=True):
        body = json.loads(line)
        made.append(json.dumps({**body, "key": name}, ensure_ascii=False).encode())
    return b"\n".join(made) + b"\n"


def model() -> Any:
    """The answer as a pydantic model, for peers that take one; every member required, as some want it."""
    from typing import Literal

    from pydantic import BaseModel, ConfigDict, Field

    class Strict(BaseModel):
        model_config = ConfigDict(extra="forbid")

    class Metadata(Strict):
        title: str = Field(min_length=1)
        authors: list[str]
        year: int | None
        journal: str | None
        study_type: Literal["field_experiment", "pot_experiment", "review", "other"]

    class Site(Strict):
        name: str
        soil: str | None
        country: str | None

    class Methodology(Strict):
        experimental_design: str | None
        replicates: int | None
        sites: list[Site]
        extraction_methods: list[str]

    class Finding(Strict):
        parameter: str = Field(min_length=1)
        value: float | None
        unit: str | None
        treatment: str | None
        evidence: str = Field(min_length=1)

    class Paper(Strict):
        metadata: Metadata
        research_methodology: Methodology
        quantitative_findings: list[Finding]
        limitations: list[str]

    return Paper


def timed(call: Callable[[], int]) -> Done:
    """Run a stage by the clock."""
    begun = time.perf_counter()
    count = call()
    return Done(count, time.perf_counter() - begun)


def main(build: Callable[[Path], Done], parse: Callable[[Path], Done]) -> None:
    """``program build|parse FOLDER`` prints what it did as one line of JSON, the last one."""
    stage, folder = sys.argv[1], Path(sys.argv[2])
    done = (build if stage == "build" else parse)(folder)
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    unit = 1 if sys.platform == "darwin" else 1024
    print(json.dumps({"count": done.count, "seconds": done.seconds, "peak_bytes": peak * unit}))
