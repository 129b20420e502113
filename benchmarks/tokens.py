"""How fast prompts are estimated, and how near the estimate comes.

    python benchmarks/tokens.py [--papers FOLDER]

Near to what? To the sandbox's stand-in for a tokenizer: one token for a wide character, a quarter for
any other. It is no model's. So the ratios say how even the estimate is from text to text, which is what
calibration needs, and not how near it is to a real count.
"""

from __future__ import annotations

import argparse
import json
import statistics
import timeit
from collections.abc import Sequence
from pathlib import Path

import orjson

from processor.core.tokens import TEXT_CLASSES, Estimator, text_tokens
from sandbox.tokens import count_tokens

ROOT = Path(__file__).resolve().parents[1]
SIZES = (1_000, 4_000, 9_000, 30_000, 100_000, 1_000_000)
ROUNDS = 7


def texts_of(folder: Path) -> list[str]:
    """The JSON files of a folder, as texts."""
    files = sorted(folder.glob("*.json"))
    return [path.read_text("utf-8") for path in files if path.name != "complete_dataset.json"]


def microseconds(prompt: bytes) -> float:
    """For one prompt, best of the rounds."""
    estimator = Estimator(1.1, 100.0)
    number = max(20, 2_000_000 // len(prompt))
    times = timeit.repeat(lambda: estimator.tokens(prompt), number=number, repeat=ROUNDS)
    return min(times) / number * 1e6


def show_speed(text: str) -> None:
    """Time by size; JSON text as it stands in the request line."""
    encoded = orjson.dumps(text)
    print("bytes      µs a prompt")
    for size in SIZES:
        prompt = (encoded * (size // len(encoded) + 1))[:size]
        print(f"{size:>9,}  {microseconds(prompt):10.1f}")


def sampling_errors(texts: Sequence[str], size: int) -> list[float]:
    """How far the sampled estimate is from the whole one, over pieces of ``size`` bytes."""
    whole = [orjson.dumps(text) for text in texts]
    pieces = [one[at : at + size] for one in whole for at in range(0, len(one) - size + 1, size)]
    weights = {byte: one.tokens for one in TEXT_CLASSES for byte in one.first_bytes}
    rounded = {byte: round(tokens * 32) / 32 for byte, tokens in weights.items()}
    return [text_tokens(piece) / sum(rounded[byte] for byte in piece) - 1 for piece in pieces]


def show_evenness(name: str, texts: Sequence[str]) -> None:
    """The stand-in's count against the estimate, text by text, and a second half by the first."""
    pairs = [(count_tokens(text), text_tokens(orjson.dumps(text))) for text in texts]
    ratios = [real / estimated for real, estimated in pairs]
    first, second = pairs[::2], pairs[1::2]
    factor = sum(real for real, _ in first) / sum(estimated for _, estimated in first)
    off = factor * sum(estimated for _, estimated in second) / sum(real for real, _ in second) - 1
    print(
        f"{name:<22} {len(texts):>4} texts: {statistics.fmean(ratios):.3f} of the estimate, "
        f"± {statistics.pstdev(ratios):.3f} from text to text; "
        f"second half by the first half {off:+.2%}"
    )


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("--papers", type=Path, default=ROOT.parent / "shared" / "papers")
    papers: Path = parser.parse_args().papers
    samples = texts_of(ROOT / "inputs")
    show_speed(samples[0])
    corpora = {"samples": samples}
    if papers.is_dir():
        corpora["papers"] = texts_of(papers)
    languages = json.loads(
        (ROOT / "tests/processor_tokens/second_language.json").read_text("utf-8")
    )
    for language in ("de", "ja"):
        notes = [note["text"] for note in languages if note["note_id"].startswith(language)]
        corpora[f"notes in {language}"] = notes
    print()
    for name, texts in corpora.items():
        show_evenness(name, texts)
    errors = sampling_errors(corpora.get("papers", samples), 9_000)
    print(
        f"\nsampling, pieces of 9,000 bytes: ± {statistics.pstdev(errors):.3f}, "
        f"at most {max(map(abs, errors)):.3f}, over all {statistics.fmean(errors):+.4f}"
    )


if __name__ == "__main__":
    main()
