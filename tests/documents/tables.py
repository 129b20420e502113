"""The tables of the guidelines that are made of code: `python -m tests.documents.tables` writes them."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from processor.core.markdown import table
from validation import RULES

GUIDELINES = Path(__file__).parents[2] / "BATCH_PROCESSING_GUIDELINES.md"


def rules_table() -> str:
    """Every rule with its effect, meaning, an example and what to do."""
    rows = [
        (f"`{rule.id}`", rule.effect, rule.meaning, f"`{_code(rule.example)}`", rule.advice)
        for rule in RULES.values()
    ]
    return "\n".join(_unescaped(("rule", "effect", "meaning", "example", "what to do"), rows))


def replace_section(text: str, name: str, content: str) -> str:
    """``text`` with what stands between the section's two marks replaced."""
    begin, end = f"<!-- {name}:begin -->", f"<!-- {name}:end -->"
    head, _, rest = text.partition(begin)
    _, _, tail = rest.partition(end)
    return f"{head}{begin}\n{content}\n{end}{tail}"


def section(text: str, name: str) -> str:
    """What stands between the section's two marks."""
    inside = text.partition(f"<!-- {name}:begin -->")[2].partition(f"<!-- {name}:end -->")[0]
    return inside.strip("\n")


def _code(example: str) -> str:
    return example.replace("`", "´").replace("|", "¦").replace("\n", "⏎")


def _unescaped(head: tuple[str, ...], rows: Sequence[tuple[str, ...]]) -> list[str]:
    lines = table(head, ())
    return lines + [
        "| " + " | ".join(cell.replace("|", "¦") for cell in row) + " |" for row in rows
    ]


if __name__ == "__main__":
    whole = GUIDELINES.read_text(encoding="utf-8")
    GUIDELINES.write_text(replace_section(whole, "rules", rules_table()), encoding="utf-8")
