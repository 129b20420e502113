"""Exports: what was accepted, whole, in order, in every format."""

from __future__ import annotations

import csv
import io
import json
import sqlite3
from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from typing import Any

import pyarrow.parquet
import pytest

from processor.errors import BadInput, DiskFailed, NotFinished, WrongUsage
from tests.bench import NOTES, Bench, note, notes, read_lines
from tests.program import Ended


def _exported(bench: Bench, name: str, kind: str, **options: Any) -> bytes:
    stream = io.BytesIO()
    bench.processor().export(name, out=stream, format=kind, **options)
    return stream.getvalue()


def _data(bench: Bench, run: str = "r") -> dict[str, Any]:
    return {one["item_id"]: one["data"] for one in bench.envelopes(run) if one["data"] is not None}


def _two_runs(bench: Bench) -> dict[str, Any]:
    """Items 1 to 3 in run ``r``; 2, changed, and 4 in run ``s``: what the task knows then."""
    bench.run(3)
    changed = {**note(2), "text": "The weir was taken down, and nobody says why."}
    bench.run(items=[changed, note(4)], run="s")
    first, second = _data(bench, "r"), _data(bench, "s")
    return {"n1": first["n1"], "n3": first["n3"], "n2": second["n2"], "n4": second["n4"]}


def test_run_is_exported_in_input_order(bench: Bench) -> None:
    bench.run(4)
    expected = _data(bench)
    assert list(expected) == ["n1", "n2", "n3", "n4"]
    assert json.loads(_exported(bench, "r", "json")) == expected
    lines = [json.loads(line) for line in _exported(bench, "r", "jsonl").splitlines()]
    assert lines == [{"item_id": name, "data": data} for name, data in expected.items()]


def test_task_is_the_newest_accepted_of_every_item(bench: Bench) -> None:
    expected = _two_runs(bench)
    made = json.loads(_exported(bench, "notes", "json"))
    assert list(made.items()) == list(expected.items())
    for name, data in expected.items():
        saved = bench.outputs / "notes" / f"{name}.json"
        assert json.loads(saved.read_text(encoding="utf-8")) == data


def test_task_is_named_by_its_folder_too(bench: Bench) -> None:
    bench.run(2)
    assert _exported(bench, str(NOTES), "json") == _exported(bench, "notes", "json")


def test_rejected_newer_answer_does_not_hide_an_accepted_one(
    bench_with: Callable[..., Bench],
) -> None:
    bench = bench_with(faults="truncated@n2_")
    bench.run(items=[{**note(1), "note_id": "n1"}, note(3)])
    before = _data(bench)
    bench.run(items=[{**note(1), "note_id": "n2"}, {**note(3), "text": "Oak."}], run="s")
    made = json.loads(_exported(bench, "notes", "json"))
    assert made == {"n1": before["n1"], "n3": _data(bench, "s")["n3"]}


def test_envelopes_of_a_run_are_all_of_them(bench_with: Callable[..., Bench]) -> None:
    bench = bench_with(faults="truncated@n2_")
    bench.run(3)
    lines = _exported(bench, "r", "jsonl", envelopes=True)
    assert lines == (bench.folder() / "items.jsonl").read_bytes()
    assert list(json.loads(_exported(bench, "r", "json"))) == ["n1", "n3"]


@pytest.mark.parametrize("envelopes", [False, True])
def test_csv_has_every_field(bench: Bench, envelopes: bool) -> None:
    expected = _two_runs(bench)
    content = _exported(bench, "notes", "csv", envelopes=envelopes).decode()
    assert not content.startswith("\ufeff")
    rows = {one["item_id"]: one for one in csv.DictReader(io.StringIO(content, newline=""))}
    assert list(rows) == list(expected)
    for name, data in expected.items():
        if envelopes:
            assert json.loads(rows[name]["data"]) == data
            continue
        assert rows[name]["subject"].removeprefix("'") == data["subject"]
        places = rows[name]["places"]
        assert (json.loads(places) if places else None) == data.get("places")


def test_parquet_has_the_types_of_the_schema(bench: Bench, tmp_path: Path) -> None:
    expected = _two_runs(bench)
    made = bench.processor().export("notes", out=tmp_path / "notes.parquet")
    assert (made.format, made.items) == ("parquet", 4)
    table = pyarrow.parquet.read_table(tmp_path / "notes.parquet")
    types = {field.name: str(field.type) for field in table.schema}
    assert types == {
        "item_id": "string", "subject": "string", "places": "list<element: string>",
        "year": "int64", "other": "string",
    }  # fmt: skip
    for one in table.to_pylist():
        data = {k: v for k, v in one.items() if k not in ("item_id", "other") and v is not None}
        assert data | json.loads(one["other"] or "{}") == expected[one["item_id"]]


def test_parquet_of_envelopes(bench: Bench, tmp_path: Path) -> None:
    bench.run(2)
    bench.processor().export("r", out=tmp_path / "r.parquet", envelopes=True)
    rows = pyarrow.parquet.read_table(tmp_path / "r.parquet").to_pylist()
    assert [(one["item_id"], one["outcome"], one["other"]) for one in rows] == [
        ("n1", "accepted", None), ("n2", "accepted", None)
    ]  # fmt: skip
    assert json.loads(rows[0]["data"]) == _data(bench)["n1"]
    assert rows[0]["cost_usd"] == bench.envelopes()[0]["cost_usd"]


def test_sqlite_has_items_and_words(bench: Bench, tmp_path: Path) -> None:
    expected = _two_runs(bench)
    bench.processor().export("notes", out=tmp_path / "notes.sqlite")
    with closing(sqlite3.connect(tmp_path / "notes.sqlite")) as database:
        rows = database.execute("SELECT id, data, run FROM items ORDER BY number").fetchall()
    assert [(name, json.loads(data)) for name, data, _ in rows] == list(expected.items())
    assert [run for _, _, run in rows] == ["r", "r", "s", "s"]


# -- files ----------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", ["o.json", "o.jsonl", "o.csv", "o.parquet", "o.sqlite"])
def test_file_appears_whole_or_not_at_all(bench: Bench, tmp_path: Path, name: str) -> None:
    bench.run(3)
    lines = (bench.folder() / "items.jsonl").read_bytes().splitlines(keepends=True)
    (bench.folder() / "items.jsonl").write_bytes(lines[0] + lines[2])
    folder = tmp_path / "made"
    folder.mkdir()
    (folder / name).write_text("before", encoding="utf-8")
    with pytest.raises(DiskFailed):
        bench.processor().export("notes", out=folder / name)
    assert [path.name for path in folder.iterdir()] == [name]
    assert (folder / name).read_text(encoding="utf-8") == "before"


@pytest.mark.parametrize(
    "name", ["journal.sqlite3", "journal.sqlite3-wal", "notes/n1.json", "notes"]
)
def test_truebatch_s_own_files_are_not_replaced(bench: Bench, name: str) -> None:
    bench.run(1)
    with pytest.raises(WrongUsage, match="--out"):
        bench.processor().export("notes", out=bench.outputs / name, format="json")
    assert bench.processor().report("r")["state"] == "DONE"


@pytest.mark.parametrize("kind", ["parquet", "sqlite"])
def test_refuses_stream_where_a_file_is_needed(bench: Bench, kind: str) -> None:
    bench.run(1)
    with pytest.raises(WrongUsage, match="--out FILE"):
        _exported(bench, "r", kind)


def test_refuses_what_is_no_task_run_or_format(bench: Bench) -> None:
    bench.run(1)
    with pytest.raises(WrongUsage, match="no run"):
        _exported(bench, "absent", "json")
    with pytest.raises(WrongUsage, match="no format"):
        _exported(bench, "r", "xlsx")


def test_run_that_has_not_ended_is_not_exported(bench: Bench, tmp_path: Path) -> None:
    bench.submit(1, run="t")
    with pytest.raises(NotFinished):
        bench.processor().export("t", out=tmp_path / "t.json")
    assert not (tmp_path / "t.json").exists()


# -- search ---------------------------------------------------------------------------------------


def test_search_finds_items_by_all_of_the_words(bench: Bench) -> None:
    expected = _two_runs(bench)
    for name, data in expected.items():
        words = data["subject"].split()[:3]
        hits = bench.processor().search("notes", " ".join(words))
        found = {hit.item_id: hit for hit in hits}
        assert name in found
        assert found[name].data == data
        assert "[" in found[name].snippet


def test_index_is_made_anew_after_a_run(bench: Bench) -> None:
    bench.run(1)
    word = "zebrafinch"
    assert bench.processor().search("notes", word) == []
    made = bench.outputs / "search-notes.sqlite3"
    first = made.stat().st_mtime_ns
    assert bench.processor().search("notes", word) == []
    assert made.stat().st_mtime_ns == first
    bench.run(items=[note(2)], run="s")
    (data,) = _data(bench, "s").values()
    hits = bench.processor().search("notes", data["subject"])
    assert "n2" in {hit.item_id for hit in hits}


@pytest.mark.parametrize(
    "words", ['"', "AND OR NOT", "a* -b", "NEAR(x, y)", "text:x", "x'; --", "(*"]
)
def test_words_are_never_operators(bench: Bench, words: str, tmp_path: Path) -> None:
    bench.run(1)
    if any(map(str.isalnum, words)):
        assert bench.processor().search("notes", words) == []
    else:
        with pytest.raises(WrongUsage, match="no word"):
            bench.processor().search("notes", words)


def test_search_knows_phrases_endings_and_no_accents(bench: Bench, tmp_path: Path) -> None:
    from processor.effects.export_sqlite import write_sqlite

    frame = {"run": "r", "saved_at": "2026-11-22T03:00:00+00:00"}
    texts = {"a": "Ada Lovelace met Çelik", "b": "Lovelace, Ada", "c": "nobody"}
    envelopes = [{"item_id": k, "data": {"x": [{"y": v}]}, **frame} for k, v in texts.items()]
    db = tmp_path / "words.sqlite"
    assert write_sqlite(db, envelopes) == 3

    def found(words: str) -> set[str]:
        return {hit.item_id for hit in bench.processor().search("any", words, db=db)}

    assert found("ada lovelace") == {"a", "b"}
    assert found('"ada lovelace"') == {"a"}
    assert found("love*") == {"a", "b"}
    assert found("love") == set()
    assert found("celik") == {"a"}
    assert found("y") == set()


def test_search_refuses_what_is_no_index(bench: Bench, tmp_path: Path) -> None:
    (tmp_path / "x.db").write_text(
        "no database, but long enough to be read as one", encoding="utf-8"
    )
    for name in ("x.db", "absent.db"):
        with pytest.raises(BadInput, match=name):
            bench.processor().search("notes", "oak", db=tmp_path / name)


# -- the commands ---------------------------------------------------------------------------------


def test_commands_export_and_search(program: Callable[..., Ended], tmp_path: Path) -> None:
    (tmp_path / "n.jsonl").write_text("\n".join(map(json.dumps, notes(3))), encoding="utf-8")
    ran = program("run", str(NOTES), "--inputs", "n.jsonl", "--sandbox", "--faults", "none", "--run",
                  "r", "--poll-interval", "0.2", "--json")  # fmt: skip
    assert ran.code == 0, ran.stderr
    told = program("export", "notes", "--sandbox", "--out", "o.jsonl", "--json").json
    assert told == {"task": "notes", "run": None, "format": "jsonl", "items": 3, "out": "o.jsonl"}
    lines = read_lines(tmp_path / "o.jsonl")
    shown = program("export", "notes", "--sandbox", "--format", "jsonl", "-q").stdout
    assert shown.encode() == (tmp_path / "o.jsonl").read_bytes()
    word = lines[0]["data"]["subject"].split()[0]
    found = program("search", "notes", word, "--sandbox", "--json").json
    assert "n1" in [one["item_id"] for one in found["items"]]
    assert "n1" in program("search", "notes", word, "--sandbox").stdout
    assert (
        program("search", "notes", "zebrafinch", "--sandbox").stdout == "No item has these words.\n"
    )
    assert program("export", "notes", "--sandbox", "--json").code == 2
    assert program("export", "notes", "--sandbox", "--format", "sqlite").code == 2
