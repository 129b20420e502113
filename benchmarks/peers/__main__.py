"""Measures what people use instead, on the same papers, beside the floor and beside truebatch.

    python -m benchmarks.peers                        # 20,000 items of 9 KB
    python -m benchmarks.peers --count 2000 --only cookbook litellm

Each peer has an environment of its own, made from the package index when it is first wanted, in
$TRUEBATCH_PEERS or ~/.cache/truebatch-peers. Its program, benchmarks/peers/peer_*.py, builds the requests
and parses the answers as the peer's own code does, from the same two files, in a process of its own; what
goes to a service is answered at once. What a peer leaves undone stands beside its figures.
"""

from __future__ import annotations

import argparse
import json
import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import orjson

from benchmarks import child, material, stages
from benchmarks.validate import SCHEMA

HERE = Path(__file__).resolve().parent
RESULTS = child.ROOT / "benchmarks" / "results" / "peers.json"
CACHE = Path(os.environ.get("TRUEBATCH_PEERS", "~/.cache/truebatch-peers")).expanduser()
ITEM_BYTES = 9_000
COUNT = 20_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Peer:
    """A peer, and what it leaves to its user.

    Attributes:
        packages: what is installed.
        python: the version it needs.
        most: items it is given at most: the slow ones would take an hour.
        judges: what it holds an answer against by itself.
        undone: what truebatch does in the timed part, and it does not.
    """

    name: str
    program: str
    packages: tuple[str, ...] = ()
    python: str | None = None
    most: int = COUNT
    judges: str
    undone: str


PEERS = (
    Peer(
        name="cookbook loop",
        program="cookbook",
        judges="nothing",
        undone="account of keys, schema, outputs; results held in memory",
    ),
    Peer(
        name="langextract",
        program="langextract",
        packages=("langextract",),
        judges="nothing: extracts the text",
        undone="decoding, schema, outputs; a missing answer becomes an empty text; Vertex AI only",
    ),
    Peer(
        name="litellm",
        program="litellm",
        packages=("litellm",),
        judges="nothing: pydantic by its user, timed",
        undone="account of keys, outputs; Vertex AI only",
    ),
    Peer(
        name="google-genai inline",
        program="google_genai",
        packages=("google-genai>=3.4", "pydantic"),
        judges="types of the response; pydantic by its user, timed",
        undone="account of keys, outputs; a job may have 20 MB, so this would be ten",
    ),
    Peer(
        name="steadybatch",
        program="steadybatch",
        packages=("steadybatch",),
        most=1_000,
        judges="JSON Schema, every key",
        undone="outputs in files, finish reasons but two",
    ),
    Peer(
        name="batchlane",
        program="batchlane",
        packages=("batchlane",),
        most=5_000,
        judges="every key; json.loads by its user, timed",
        undone="schema, outputs",
    ),
    Peer(
        name="pydantic-ai",
        program="pydantic_ai",
        packages=("pydantic-ai-slim[google]",),
        most=5_000,
        judges="every key; pydantic by its user, timed",
        undone="outputs; handles live in the process only",
    ),
    Peer(
        name="batchor",
        program="batchor",
        packages=("batchor",),
        python="3.12",
        most=5_000,
        judges="every key; pydantic by its user, timed: its own allows no null",
        undone="outputs in files; one job: it makes one for each 1,000 items",
    ),
    Peer(
        name="batchata",
        program="batchata",
        packages=("batchata",),
        python="3.12",
        most=5_000,
        judges="nothing; pydantic by its user, timed: its own drops $defs",
        undone="keys: answers are matched by position",
    ),
    Peer(
        name="chatlas",
        program="chatlas",
        packages=("chatlas[google]",),
        most=5_000,
        judges="pydantic",
        undone="keys: answers are matched by position; outputs",
    ),
    Peer(
        name="curator",
        program="curator",
        packages=("bespokelabs-curator",),
        most=5_000,
        judges="pydantic, every key",
        undone="outputs in files; Vertex AI only",
    ),
)


class NoEnvironment(Exception):
    """The peer cannot be had here; why."""


# -- environments ------------------------------------------------------------------------------


def interpreter_of(peer: Peer) -> Path:
    """The Python of the peer's environment, made when it is not there.

    Raises:
        NoEnvironment: no Python of the version it needs, or it cannot be installed.
    """
    if not peer.packages:
        return Path(sys.executable)
    folder = CACHE / peer.program
    python = folder / "bin" / "python"
    if (folder / "installed").is_file():
        return python
    shutil.rmtree(folder, ignore_errors=True)
    _call([_python(peer.python), "-m", "venv", str(folder)])
    _call([str(python), "-m", "pip", "install", "--quiet", "--disable-pip-version-check",
           *peer.packages])  # fmt: skip
    (folder / "installed").write_text("\n".join(peer.packages) + "\n", encoding="utf-8")
    return python


def _python(version: str | None) -> str:
    if version is None:
        return sys.executable
    for path in _candidates(version):
        asked = subprocess.run([path, "--version"], capture_output=True, check=False)
        if asked.returncode == 0 and f" {version}." in asked.stdout.decode():
            return path
    raise NoEnvironment(f"no Python {version} here")


def _candidates(version: str) -> Iterator[str]:
    found = shutil.which(f"python{version}")
    if found:
        yield found
    for path in sorted(Path("~/.pyenv/versions").expanduser().glob(f"{version}.*/bin/python")):
        yield str(path)


def _call(command: Sequence[str]) -> None:
    done = subprocess.run(command, capture_output=True, check=False)
    if done.returncode:
        said = done.stderr.decode(errors="replace").strip().splitlines()
        raise NoEnvironment(f"cannot be installed: {said[-1] if said else 'no reason given'}")


# -- measuring ---------------------------------------------------------------------------------


def write_material(folder: Path, count: int) -> Path:
    """Items, answers and the schema."""
    folder.mkdir()
    material.write_lines(folder / "items.jsonl", count, ITEM_BYTES)
    material.write_answers(folder / "answers.jsonl", count, ITEM_BYTES)
    (folder / "schema.json").write_bytes(orjson.dumps(SCHEMA))
    return folder


def measure(peer: Peer, folder: Path, rounds: int) -> dict[str, Any]:
    """Items a second of both stages, the best of the rounds, and the largest resident size.

    Raises:
        NoEnvironment: it could not be had.
        child.Failed: its program failed.
    """
    python = interpreter_of(peer)
    told: dict[str, Any] = {}
    for stage in ("build", "parse"):
        command = [str(python), str(HERE / f"peer_{peer.program}.py"), stage, str(folder)]
        found = [_once(command, folder) for _ in range(rounds)]
        told[stage] = max(one["count"] / one["seconds"] for one in found)
        told[f"{stage}_peak_bytes"] = max(one["peak_bytes"] for one in found)
        told[f"{stage}_count"] = found[0]["count"]
    return told


def _once(command: Sequence[str], folder: Path) -> dict[str, Any]:
    used = child.run(command, folder)
    found: dict[str, Any] = json.loads(used.printed.splitlines()[-1])
    return {**found, "peak_bytes": used.peak_bytes}


def ours(count: int, rounds: int, scratch: Path) -> list[dict[str, Any]]:
    """truebatch, and the floors, as benchmarks.stages measures them."""
    build = stages.measure("build", "lines", count, ITEM_BYTES, rounds, scratch)
    collect = stages.measure("collect", "lines", count, ITEM_BYTES, rounds, scratch)
    assert collect.judging is not None
    return [
        {
            "name": name,
            "build": count / built.seconds,
            "parse": count / parsed.seconds,
            "build_count": count,
            "parse_count": count,
            **peaks,
            "judges": judges,
            "undone": undone,
        }
        for name, built, parsed, judges, undone, peaks in (
            (
                "truebatch",
                build.ours,
                collect.ours,
                "all rules, JSON Schema, every key",
                "nothing: files, journal and report too",
                {"build_peak_bytes": build.peak_bytes, "parse_peak_bytes": collect.peak_bytes},
            ),
            (
                "truebatch, no files",
                build.ours,
                collect.judging,
                "all rules, JSON Schema, every key",
                "outputs and report, as most of the others",
                {"build_peak_bytes": build.peak_bytes, "parse_peak_bytes": collect.peak_bytes},
            ),
            (
                "floor",
                build.floor,
                collect.floor,
                "JSON Schema",
                "everything but the same bytes to the disk",
                {"build_peak_bytes": None, "parse_peak_bytes": None},
            ),
        )
    ]


def show(row: dict[str, Any]) -> None:
    """A row of the table."""
    if "problem" in row:
        print(f"{row['name']:<20} {row['problem']}", flush=True)
        return
    peaks = [row["build_peak_bytes"], row["parse_peak_bytes"]]
    memory = "".join(f"{'' if one is None else f'{one / 1e6:,.0f}':>8}" for one in peaks)
    print(
        f"{row['name']:<20} {row['build']:>9,.0f} {row['parse']:>9,.0f} {memory}"
        f"  {row['build_count']:>7,}  {row['judges']}. Not: {row['undone']}",
        flush=True,
    )


def main() -> None:
    """Measure, print, write."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("--count", type=int, default=COUNT)
    parser.add_argument("--rounds", type=int, default=2)
    parser.add_argument("--only", nargs="+", help="programs, such as cookbook or litellm")
    parser.add_argument("--scratch", help="a folder on the disk to be measured")
    parser.add_argument("--results", type=Path, default=RESULTS)
    given = parser.parse_args()
    os.environ["LITELLM_LOCAL_MODEL_COST_MAP"] = "True"  # else it asks the network first
    print("                     build it/s parse it/s  MB build MB parse  items")
    rows: list[dict[str, Any]] = []
    with tempfile.TemporaryDirectory(prefix="peers-", dir=given.scratch) as name:
        scratch = Path(name)
        folders = {
            count: write_material(scratch / str(count), count)
            for count in sorted({min(given.count, peer.most) for peer in PEERS})
        }
        for row in ours(given.count, given.rounds, scratch):
            rows.append(row)
            show(row)
        for peer in PEERS:
            if given.only and peer.program not in given.only:
                continue
            told = {name: value for name, value in asdict(peer).items() if name != "packages"}
            try:
                told |= measure(peer, folders[min(given.count, peer.most)], given.rounds)
            except (NoEnvironment, child.Failed) as error:
                told["problem"] = str(error)[-300:]
            rows.append(told)
            show(told)
    told = {**stages.machine(), "item_bytes": ITEM_BYTES, "load": os.getloadavg()[0]}
    given.results.write_text(
        json.dumps({**told, "measured": rows}, indent=2) + "\n", encoding="utf-8"
    )


if __name__ == "__main__":
    main()
