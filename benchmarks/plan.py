"""Measures how long a plan of thousands of articles takes, and whether its memory grows with them.

    python -m benchmarks.plan                  # 3,000 and 12,000 articles of 9,000 characters, made here
    python -m benchmarks.plan --articles 50000

The articles are made of a vocabulary by chance with a fixed seed, as one JSON array in a temporary folder.
Each plan is the program itself, `truebatch plan news --json`, in a child process; the table and
benchmarks/results/plan.json hold what came of it.
"""

from __future__ import annotations

import argparse
import json
import random
import sys
import tempfile
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, BinaryIO

from benchmarks import child

RESULTS = child.ROOT / "benchmarks" / "results" / "plan.json"
CHARACTERS = 9_000
MOST_SECONDS = 10.0
MOST_GROWTH_BYTES = 16 * 1024 * 1024
LIMIT_TOKENS = 10_000_000
# What the project that this one follows had reckoned for its 12,000 articles: 2,800 tokens in and 150 out
# for each, waves of 9 M of the 10 M tokens that may be enqueued.
THEIRS = {"input_tokens": 33_600_000, "output_tokens": 1_800_000, "waves": 4}
_VOCABULARY = (
    "the of and to in a that for on with as by at from its said after over more market shares rose "
    "fell bank bonds yields quarter revenue growth inflation forecast minister central rate rates "
    "company analysts investors billion million percent exports imports currency demand supply energy "
    "prices industry output employment budget deficit lira dollar euro index trading exchange merger "
    "acquisition profit loss dividend board chief executive statement expected according report "
    "regulator government policy tax steel cement textile retail insurance logistics shipping harvest"
)
_WORDS = tuple(_VOCABULARY.split())


@dataclass(frozen=True, slots=True, kw_only=True)
class Measured:
    """One plan of so many articles.

    Attributes:
        peak_bytes: the child's largest resident size.
        plan: what it printed.
    """

    articles: int
    input_bytes: int
    seconds: float
    peak_bytes: int
    plan: dict[str, Any]


def articles(count: int, characters: int = CHARACTERS, seed: int = 5) -> Iterator[dict[str, Any]]:
    """Articles by chance: sentences of words, figures now and then, each text of its own."""
    chance = random.Random(seed)
    for number in range(1, count + 1):
        contents = _text(chance, characters)
        title = " ".join(chance.choices(_WORDS, k=9)).capitalize()
        yield {"id": f"a{number:06}", "title": title, "contents": contents}


def _text(chance: random.Random, characters: int) -> str:
    sentences: list[str] = []
    length = 0
    while length < characters:
        words = chance.choices(_WORDS, k=chance.randint(9, 24))
        words[chance.randrange(len(words))] = f"{chance.uniform(0.1, 900):.1f}"
        sentence = " ".join(words).capitalize() + "."
        sentences.append(sentence)
        length += len(sentence) + 1
    return " ".join(sentences)[:characters]


def write_articles(file: BinaryIO, count: int, characters: int = CHARACTERS) -> None:
    """One JSON array, an article a line."""
    for number, article in enumerate(articles(count, characters)):
        file.write(b",\n" if number else b"[\n")
        file.write(json.dumps(article).encode())
    file.write(b"\n]\n")


def measure(path: Path, count: int, outputs: Path) -> Measured:
    """Plan the articles in a child process."""
    command = [
        sys.executable, "-m", "processor", "plan", "news", "--json", "--inputs", str(path),
        "--enqueued-tokens", str(LIMIT_TOKENS), "--outputs", str(outputs),
    ]  # fmt: skip
    used = child.run(command, path.parent)
    return Measured(
        articles=count,
        input_bytes=path.stat().st_size,
        seconds=used.seconds,
        peak_bytes=used.peak_bytes,
        plan=json.loads(used.printed),
    )


def measure_all(counts: Sequence[int], rounds: int) -> list[Measured]:
    """Every count, best of the rounds: the machine may be busy with other things."""
    found = []
    with tempfile.TemporaryDirectory(prefix="plan-") as folder:
        path = Path(folder) / "articles.json"
        for count in counts:
            with path.open("wb") as file:
                write_articles(file, count)
            tries = [measure(path, count, Path(folder) / "outputs") for _ in range(rounds)]
            found.append(min(tries, key=lambda one: one.seconds))
    return found


def show(found: Sequence[Measured]) -> None:
    """The table."""
    print(
        "articles  input MB  seconds  articles/s  peak MB  tokens in    tokens out (expected)  jobs"
    )
    for one in found:
        plan = one.plan
        print(
            f"{one.articles:>8,}  {one.input_bytes / 1e6:>8.1f}  {one.seconds:>7.2f}"
            f"  {one.articles / one.seconds:>10,.0f}  {one.peak_bytes / 1e6:>7.1f}"
            f"  {plan['input_tokens']:>11,}  {plan['output_tokens']['expected']:>21,.0f}"
            f"  {plan['jobs']:>4}"
        )
    print(
        f"\nreckoned for 12,000 articles before: {THEIRS['input_tokens']:,} tokens in, "
        f"{THEIRS['output_tokens']:,} out, {THEIRS['waves']} waves"
    )


def main() -> None:
    """Measure, print, write; exit 1 when it is slow or grows."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("--articles", type=int, nargs="+", default=[3_000, 12_000])
    parser.add_argument("--rounds", type=int, default=3)
    given = parser.parse_args()
    found = measure_all(given.articles, given.rounds)
    show(found)
    RESULTS.write_text(
        json.dumps({"theirs": THEIRS, "measured": [asdict(one) for one in found]}, indent=2) + "\n",
        encoding="utf-8",
    )
    growth = max(one.peak_bytes for one in found) - min(one.peak_bytes for one in found)
    slow = [one for one in found if one.articles <= 12_000 and one.seconds > MOST_SECONDS]
    if slow or growth > MOST_GROWTH_BYTES:
        sys.exit(f"too slow: {len(slow)} of {len(found)}; memory grew by {growth:,} bytes")


if __name__ == "__main__":
    main()
