"""The measured tables of the guidelines: ``python -m tests.crash.tables`` writes what the tests kept.

``make soak`` measures, then writes. A case without a measurement is an error, never a blank.
"""

from __future__ import annotations

import re
import sys
from collections.abc import Iterable, Mapping, Sequence
from itertools import groupby
from typing import Any

from tests.crash.cuts import parse_cut
from tests.crash.measured import kept
from tests.documents.tables import GUIDELINES, replace_section
from tests.refusals.table import ROWS, Row, cells

_CUTS_HEAD = (
    "effect", "cuts", "the journal then said", "resume asked the service for", "exit codes",
    "jobs too many", "uploads, most", "items lost", "files that differ",
)  # fmt: skip
_KILLS_HEAD = ("besides", "runs", "kills", "jobs too many", "items lost", "files that differ")
_REFUSALS_HEAD = (
    "endpoint", "fault", "played", "runs", "exit code", "jobs then",
    "exit code of resume", "jobs in the end",
)  # fmt: skip
_ENDS_HEAD = ("the job ends", "exit code", "accepted", "failed", "jobs")
Rows = Sequence[Mapping[str, Any]]


class NotMeasured(Exception):
    """A table was asked for before its tests had run."""


def effect_of(cut: str) -> str:
    """The kind of a cut's effect: outputs are one kind, whichever item they are of."""
    effect = _PART.sub("", parse_cut(cut).effect)
    head, _, name = effect.rpartition(" ")
    is_output = head in ("files.write_temporary", "files.rename", "files.remove")
    is_output = is_output and name.endswith(".json") and name not in _RUN_FILES
    return f"{head} ITEM.json" if is_output else effect


_PART = re.compile(r"-\d{4}(?=\.jsonl?$)")
_RUN_FILES = frozenset({"requests.json", "report.json"})


def _table(head: Sequence[str], rows: Iterable[Sequence[str]]) -> list[str]:
    every = [head, ["---"] * len(head), *rows]
    return ["| " + " | ".join(cell.replace("|", "¦") for cell in row) + " |" for row in every]


# -- cuts ------------------------------------------------------------------------------------------


def cuts_section() -> str:
    """The table of cuts, by effect, and what all kills together came to."""
    measured = list(kept("cuts"))
    if not measured:
        raise NotMeasured("no cuts were measured")
    lines = _table(_CUTS_HEAD, [_cut_row(name, rows) for name, rows in _by_effect(measured)])
    others = [
        ("cut twice, the resume too, anywhere", list(kept("pairs"))),
        ("killed from outside at a random moment, up to three times", list(kept("kills"))),
        ("killed with a call under way", list(kept("calls"))),
        ("killed together with its own sandbox", list(kept("sandboxed"))),
    ]
    missing = [name for name, rows in others if not rows]
    if missing:
        raise NotMeasured(f"not measured: {', '.join(missing)}")
    every = [*measured, *(row for _, rows in others for row in rows)]
    lines += ["", *_table(_KILLS_HEAD, [_kill_row(name, rows) for name, rows in others])]
    return "\n".join([*lines, "", _sum("runs that were cut or killed", every)])


def _by_effect(measured: Rows) -> list[tuple[str, Rows]]:
    groups: dict[str, list[Mapping[str, Any]]] = {}
    for row in measured:
        groups.setdefault(effect_of(row["cut"]), []).append(row)
    return sorted(groups.items(), key=lambda group: _place(group[0]))


_PORTS = ("journal", "files", "gateway")


def _place(effect: str) -> tuple[int, str]:
    return _PORTS.index(effect.partition(".")[0]), effect


def _cut_row(effect: str, rows: Rows) -> tuple[str, ...]:
    return (
        f"`{effect}`",
        str(len(rows)),
        _listed(row["said"] for row in rows),
        _listed(call for row in rows for call in row["calls"]),
        _listed(str(row["exit_code"]) for row in rows),
        str(sum(_too_many(row) for row in rows)),
        str(max(row["uploads"] for row in rows)),
        str(sum(row["lost"] for row in rows)),
        str(sum(row["differ"] for row in rows)),
    )


def _kill_row(name: str, rows: Rows) -> tuple[str, ...]:
    return (
        name,
        str(len(rows)),
        str(sum(row.get("kills", 1) for row in rows)),
        str(sum(_too_many(row) for row in rows)),
        str(sum(row["lost"] for row in rows)),
        str(sum(row["differ"] for row in rows)),
    )


def _too_many(row: Mapping[str, Any]) -> int:
    return max(0, int(row["jobs"]) - int(row.get("wanted", 1)))


def _listed(values: Iterable[str]) -> str:
    return ", ".join(dict.fromkeys(values)) or "nothing"


def _sum(what: str, rows: Rows) -> str:
    twice = sum(_too_many(row) for row in rows)
    lost = sum(row["lost"] for row in rows)
    differ = sum(row["differ"] for row in rows)
    return (
        f"Over {len(rows):,} {what}: jobs created more than once {twice}, answers lost {lost}, "
        f"files that differ {differ}."
    )


# -- refusals --------------------------------------------------------------------------------------


def refusals_section() -> str:
    """The matrix of refusals, faults with one outcome in one row, and the ends of jobs."""
    measured = {row["cell"]: row for row in kept("refusals")}
    missing = [cell.name for cell in cells() if cell.name not in measured]
    ends = list(kept("ends"))
    if missing or not ends:
        raise NotMeasured(f"not measured: {', '.join(missing) or 'ends'}")
    made = [(cell.row, measured[cell.name]) for cell in cells()]
    lines = _table(
        _REFUSALS_HEAD,
        [
            _refusal_row(row, [found for _, found in group])
            for row, group in groupby(made, key=lambda pair: pair[0])
        ],
    )
    lines += ["", *_table(_ENDS_HEAD, [_end_row(row) for row in ends])]
    return "\n".join([*lines, "", _sum("refused runs", [found for _, found in made])])


def _refusal_row(row: Row, found: Rows) -> tuple[str, ...]:
    return (
        endpoint_of(row),
        " ".join(f"`{name}`" for name in faults_of(row)),
        row.often.value,
        str(len(found)),
        _listed(str(one["exit_code"]) for one in found),
        _listed(str(one["jobs_made"]) for one in found),
        _listed(str(one["resumed"]) for one in found),
        _listed(str(one["jobs"]) for one in found),
    )


def endpoint_of(row: Row) -> str:
    """The endpoint of a row, with what leads the run there."""
    return f"{row.endpoint}, after `{row.before}`" if row.before else row.endpoint


def faults_of(row: Row) -> tuple[str, ...]:
    """The faults of a row as the table shows them."""
    return tuple(fault.partition("=http")[0] for fault in row.faults)


def rows_expected() -> list[tuple[str, str, str]]:
    """Endpoint, faults and how often: the first columns of the table, as they must be."""
    return [
        (endpoint_of(row), " ".join(f"`{name}`" for name in faults_of(row)), row.often.value)
        for row in ROWS
    ]


def _end_row(row: Mapping[str, Any]) -> tuple[str, ...]:
    counts = row["counts"]
    numbers = (row["exit_code"], counts["accepted"], counts["failed"], row["jobs"])
    return (row["end"], *(str(number) for number in numbers))


def main() -> int:
    """Write both sections; 1 when something was not measured."""
    try:
        sections = {"cuts": cuts_section(), "refusals": refusals_section()}
    except NotMeasured as error:
        sys.stderr.write(f"{error}. `make soak` measures.\n")
        return 1
    text = GUIDELINES.read_text(encoding="utf-8")
    for name, content in sections.items():
        text = replace_section(text, name, content)
    GUIDELINES.write_text(text, encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
