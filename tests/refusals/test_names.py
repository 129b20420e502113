"""Hostile item ids: every one gets a safe file of its own, and nothing is written anywhere else."""

from __future__ import annotations

import json
from pathlib import Path

from processor.core.file_name import output_name
from tests.refusals.trial import RUN, trial

_IDS = (
    "../../etc/passwd",
    "..",
    ".",
    "/etc/passwd",
    "a/b",
    "a\\b",
    "a%2Fb",
    "con",
    "CON",
    "nul.txt",
    "COM1",
    "x" * 300,
    "x" * 299 + "y",
    "é" * 300,
    "🧪",
    "👩‍🔬 soil",
    "trailing.",
    "trailing..",
    "trailing ",
    "case",
    "Case",
    "CASE",
    "straße",
    "STRASSE",
    "é",
    "e\u0301",
    ".hidden",
    "-rf",
    "~",
    "new\nline",
    "tab\there",
    "nothing\0after",
    "journal.sqlite3",
    "runs",
    "<b>bold</b>",
    "'; DROP TABLE items; --",
    "$(touch owned)",
    "\u202egpj.exe",
    "{{ schema }}",
    "key",
    "0",
)


def test_hostile_ids_get_safe_files_of_their_own(tmp_path: Path) -> None:
    folder = tmp_path / "deep" / "down" / "here"
    with trial(folder, ids=_IDS) as tried:
        before = _files(tmp_path, tried.outputs)
        end = tried.run()
        assert end.exit_code == 0, end
        assert _files(tmp_path, tried.outputs) == before

        names = [path.name for path in (tried.outputs / "notes").iterdir()]
        assert len(names) == len(_IDS)
        assert len({name.casefold() for name in names}) == len(_IDS)
        for name in names:
            assert name.isascii()
            assert len(name) < 200
            assert not set(name) & set('/\\:*?"<>| \n\t\0')
            assert not name.startswith(".")
            assert name.endswith(".json")

        envelopes = (tried.outputs / "runs" / RUN / "items.jsonl").read_text(encoding="utf-8")
        kept = [json.loads(line) for line in envelopes.split("\n")[:-1]]
        assert [envelope["item_id"] for envelope in kept] == list(_IDS)
        for envelope in kept:
            path = tried.outputs / "notes" / output_name(envelope["item_id"])
            assert json.loads(path.read_text(encoding="utf-8")) == envelope["data"]


def _files(folder: Path, apart: Path) -> set[Path]:
    return {path for path in folder.rglob("*") if apart not in path.parents and path != apart}
