"""What the systems need of truebatch, without any code for one of them: reuse, merged caches, own tasks."""

from __future__ import annotations

import io
import json
import shutil
import sqlite3
from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from typing import Any

import pyarrow.parquet
import pytest

from tests.bench import PROJECT, Bench, read_lines
from tests.program import Ended

_CHUNKS = read_lines(PROJECT / "inputs" / "identity" / "chunks.jsonl")
# By an address, a sandbox's models are no models of the tasks; one that gives no name is believed.
_BELIEVED = "no_model_version*all"


def _chunks(count: int) -> list[dict[str, Any]]:
    """Chunks with different texts, from the samples."""
    return [
        {"id": f"x{n:04}", "text": f"Leaf {n}. {_CHUNKS[n % len(_CHUNKS)]['text']}"}
        for n in range(count)
    ]


def _asked(bench: Bench, run: str) -> int:
    return len(read_lines(bench.folder(run) / "requests.json"))


@pytest.mark.parametrize(
    ("count", "known"), [(75, 70), pytest.param(1_500, 1_400, marks=pytest.mark.soak)]
)
def test_only_chunks_that_are_not_known_are_sent(
    bench_with: Callable[..., Bench], tmp_path: Path, count: int, known: int
) -> None:
    bench = bench_with(faults=_BELIEVED)
    chunks = _chunks(count)
    processor = bench.processor()
    processor.run("identity", items=chunks[:known], run="old", poll_interval=0.1)
    # Those that are known come back in another order, and from another place.
    moved = [{**chunk, "source": "a second copy"} for chunk in reversed(chunks)]
    (tmp_path / "all.json").write_text(json.dumps(moved), encoding="utf-8")
    inputs = str(tmp_path / "all.json")
    report = processor.run("identity", inputs=inputs, run="new", poll_interval=0.1)
    assert report["counts"]["reused"] == known
    assert report["counts"]["accepted"] == count - known
    assert _asked(bench, "new") == count - known
    assert bench.endpoints().count("batches.create") == 2
    made = [one["item_id"] for one in bench.envelopes("new")]
    assert made == [one["id"] for one in moved]
    named = report["summary"]["people[].name"]
    assert named["items"] == count
    _check_exports(bench, tmp_path, count)


def _check_exports(bench: Bench, tmp_path: Path, count: int) -> None:
    """The merged cache is the newest accepted data of every chunk, in every format."""
    processor = bench.processor()
    outputs = {path.stem: json.loads(path.read_text("utf-8")) for path in _outputs(bench)}
    assert len(outputs) == count
    for name in ("c.json", "c.jsonl", "c.csv", "c.parquet", "c.sqlite"):
        assert processor.export("identity", out=tmp_path / name).items == count
    assert json.loads((tmp_path / "c.json").read_text("utf-8")) == outputs
    rows = pyarrow.parquet.read_table(tmp_path / "c.parquet").to_pylist()
    assert {row["item_id"]: json.loads(row["people"]) for row in rows} == {
        name: data["people"] for name, data in outputs.items()
    }
    with closing(sqlite3.connect(tmp_path / "c.sqlite")) as database:
        found = database.execute("SELECT count(*) FROM words WHERE words MATCH 'adelung'")
        expected = sum("adelung" in json.dumps(data).lower() for data in outputs.values())
        assert expected
        assert found.fetchone() == (expected,)
    hits = processor.search("identity", "adelung", limit=count)
    assert len(hits) == expected


def _outputs(bench: Bench) -> list[Path]:
    return sorted((bench.outputs / "identity").glob("*.json"))


def test_news_has_typed_columns_in_input_order(
    bench_with: Callable[..., Bench], tmp_path: Path
) -> None:
    bench = bench_with(faults=_BELIEVED)
    articles = json.loads((PROJECT / "inputs" / "news" / "articles.json").read_text("utf-8"))[:6]
    articles.reverse()
    processor = bench.processor()
    processor.run("news", items=articles, run="n", poll_interval=0.1)
    processor.export("n", out=tmp_path / "n.parquet")
    table = pyarrow.parquet.read_table(tmp_path / "n.parquet")
    types = {field.name: str(field.type) for field in table.schema}
    assert types["is_financial"] == "bool"
    assert types["sector"] == "list<element: string>"
    assert types["sentiment"] == "string"
    assert types["confident_score"] == "double"
    assert table["item_id"].to_pylist() == [one["id"] for one in articles]
    stream = io.BytesIO()
    processor.export("n", out=stream, format="jsonl", envelopes=True)
    assert stream.getvalue() == (bench.folder("n") / "items.jsonl").read_bytes()


def test_users_own_task_is_run_by_its_name(
    program: Callable[..., Ended], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "config"))
    tasks = tmp_path / "config" / "truebatch" / "tasks"
    assert program("tasks", "--new", "my_task", "--in", str(tasks)).code == 0
    (tmp_path / "items.jsonl").write_text('{"id": "i1", "text": "Oak."}\n', encoding="utf-8")
    inputs = ["--inputs", "items.jsonl", "--sandbox", "--faults", "none"]
    ended = program("run", "my_task", *inputs, "--poll-interval", "0.2", "--json")
    assert ended.code == 0, ended.stderr
    assert (ended.json["task"], ended.json["counts"]["accepted"]) == ("my_task", 1)
    made = (tmp_path / "outputs" / "sandbox" / "my_task").iterdir()
    assert [path.name for path in made] == ["i1.json"]
    assert "my_task" in program("tasks").stdout


def test_pilot_is_not_paid_for_again(bench_with: Callable[..., Bench], tmp_path: Path) -> None:
    bench = bench_with(faults=_BELIEVED)
    shutil.copy(PROJECT / "inputs" / "news" / "articles.json", tmp_path)
    given: dict[str, Any] = {"inputs": str(tmp_path / "articles.json"), "poll_interval": 0.1}
    processor = bench.processor()
    processor.run("news", sample=4, run="pilot", **given)
    report = processor.run("news", sample=10, run="more", **given)
    assert (report["counts"]["reused"], report["counts"]["accepted"]) == (4, 6)
    assert _asked(bench, "more") == 6


@pytest.mark.soak
def test_twelve_thousand_articles_are_one_job_and_counted(
    program: Callable[..., Ended], tmp_path: Path
) -> None:
    samples = json.loads((PROJECT / "inputs" / "news" / "articles.json").read_text("utf-8"))
    articles = [
        {**one, "id": f"a{n:05}", "contents": f"({n}) {one['contents']}"}
        for n, one in ((n, samples[n % len(samples)]) for n in range(12_000))
    ]
    (tmp_path / "articles.json").write_text(json.dumps(articles), encoding="utf-8")
    given = ["--inputs", "articles.json", "--sandbox", "--faults", "none", "--run", "n"]
    ended = program("run", "news", *given, "--json")
    assert ended.code == 0, ended.stderr
    assert ended.json["counts"]["accepted"] == len(articles)
    assert len(ended.json["jobs"]) == 1
    financial = ended.json["summary"]["is_financial"]
    assert (financial["items"], sum(financial["values"].values())) == (12_000, 12_000)
    folder = tmp_path / "outputs" / "sandbox"
    assert sum(1 for _ in (folder / "news").glob("*.json")) == len(articles)
    shown = program("compare", "n", str(folder / "news"), "--sandbox", "--json").json
    assert (shown["agreement"], shown["counts"]["same"]) == (1, len(articles))
