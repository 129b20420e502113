"""Input formats: each gives its items exactly, one at a time, or says which line or row is bad."""

from __future__ import annotations

import csv
import gzip
import io
import json
import os
import subprocess
import sys
from collections.abc import Sequence
from datetime import date, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from processor.errors import BadInput
from processor.steps.documents import unpacked
from processor.steps.input_file import STDIN_COPY, input_file
from processor.steps.load import find, load
from processor.steps.record import LARGEST_ITEM_BYTES
from tests.bench import PROJECT, Bench, notes
from tests.program import environment

GOOD = '{"id": "a", "n": 12345678901234567890123}'


def _load(path: Path, content: bytes | str, id_field: str | None = None) -> list[dict[str, Any]]:
    raw = content.encode() if isinstance(content, str) else content
    path.write_bytes(gzip.compress(raw) if path.suffix == ".gz" else raw)
    items = list(load([path], id_field=id_field))
    assert all(json.loads(item.raw) == item.value for item in items)
    return [{"_id": item.id, **item.value} for item in items]


# -- packed, and standard input -----------------------------------------------------------------

SAME: dict[str, str] = {
    "one.json": '{"id": "a", "x": [1]}',
    "array.json": '\n [{"id": "a"},\n {"id": 2, "x": "ü"}]\n',
    "lines.jsonl": '{"id": "a"}\n\n{"id": 2, "x": "ü"}',
    "lines.ndjson": '\ufeff{"id": "a"}\r\n{"id": 2}\r\n',
    "table.csv": "id,x\na,1\n",
    "table.tsv": "id\tx\na\t1,2\n",
    "text.txt": "one\n\ntwo\n",
}


@pytest.mark.parametrize("name", SAME)
def test_packed_file_gives_the_same_items(tmp_path: Path, name: str) -> None:
    plain = _load(tmp_path / name, SAME[name])
    packed = _load(tmp_path / f"{name}.gz", SAME[name])
    assert plain == packed
    assert plain


def test_object_in_a_packed_file_may_be_named_by_it(tmp_path: Path) -> None:
    assert _load(tmp_path / "paper 7.json.gz", '{"x": 1}')[0]["_id"] == "paper 7"


@pytest.mark.parametrize("name", ["one.json", "array.json", "lines.jsonl", "lines.ndjson"])
def test_standard_input_holds_any_json(tmp_path: Path, name: str) -> None:
    assert _load(tmp_path / STDIN_COPY, SAME[name]) == _load(tmp_path / name, SAME[name])


def test_standard_input_may_be_one_object_over_many_lines(tmp_path: Path) -> None:
    spread = json.dumps({"id": "a", "x": {"y": 1}}, indent=2)
    assert [item["_id"] for item in _load(tmp_path / STDIN_COPY, spread)] == ["a"]


def test_standard_input_names_no_item(tmp_path: Path) -> None:
    with pytest.raises(BadInput, match="standard input has no `id`"):
        _load(tmp_path / STDIN_COPY, '{\n"x": 1\n}')


@pytest.mark.parametrize("name", ["a.json.gz", "a.jsonl.gz", "a.csv.gz"])
@pytest.mark.parametrize("cut", ["no gzip", "short", "damaged"])
def test_rejects_what_cannot_be_unpacked(tmp_path: Path, name: str, cut: str) -> None:
    packed = gzip.compress(b"[" + b",".join(b'{"id": "%d"}' % n for n in range(5000)) + b"]")
    damaged = bytearray(packed)
    damaged[-6] ^= 0xFF  # the checksum
    content = {"no gzip": b'{"id": "a"}', "short": packed[:-20], "damaged": bytes(damaged)}[cut]
    path = tmp_path / name
    path.write_bytes(content)
    if name != "a.json.gz":  # the same bytes as lines: one item on one line
        lines = b"".join(b'{"id": "%d"}\n' % n for n in range(5000))
        text = gzip.compress(b"id\n" + b"\n".join(b"%d" % n for n in range(5000)))
        whole = gzip.compress(lines) if "jsonl" in name else text
        broken = bytearray(whole)
        broken[-6] ^= 0xFF
        path.write_bytes({"no gzip": lines, "short": whole[:-20], "damaged": bytes(broken)}[cut])
    with pytest.raises(BadInput, match=r"a\.\w+\.gz: cannot be unpacked"):
        list(load([path], id_field=None))


def test_unpacks_no_more_than_could_be_sent(tmp_path: Path) -> None:
    path = tmp_path / "a.json.gz"
    path.write_bytes(gzip.compress(bytes(5_000_000)))
    with pytest.raises(BadInput, match="unpacks to more than 4,000,000 bytes"):
        unpacked(input_file(path), most_bytes=4_000_000)
    with unpacked(input_file(path), most_bytes=5_000_000) as file:
        assert file.tell() == 5_000_000


# -- CSV ----------------------------------------------------------------------------------------

_CELLS = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\r"), max_size=8)


@settings(max_examples=60)
@given(st.lists(st.tuples(_CELLS, _CELLS), min_size=1, max_size=5))
def test_cells_come_back_as_they_were_written(
    tmp_path_factory: pytest.TempPathFactory, cells: list[tuple[str, str]]
) -> None:
    text = io.StringIO()
    writer = csv.writer(text, quoting=csv.QUOTE_ALL)
    writer.writerow(("id", "a", "b"))
    writer.writerows((str(n), *row) for n, row in enumerate(cells))
    found = _load(tmp_path_factory.getbasetemp() / "cells.csv", text.getvalue())
    assert [(item["a"], item["b"]) for item in found] == cells


def test_row_is_an_object_of_strings_named_by_any_column(tmp_path: Path) -> None:
    content = '\ufeffcode,text\r\n007,"a, ""b""\r\nc"\r\n\r\n1e3,\r\n'
    assert _load(tmp_path / "a.csv", content, "code") == [
        {"_id": "007", "code": "007", "text": 'a, "b"\r\nc'},
        {"_id": "1e3", "code": "1e3", "text": ""},
    ]


def test_cell_may_be_long(tmp_path: Path) -> None:
    long = "x" * 500_000
    assert _load(tmp_path / "a.csv", f"id,text\na,{long}\n")[0]["text"] == long


CSV_FAULTS: dict[str, tuple[bytes, str]] = {
    "empty": (b"", "is empty"),
    "header alone": (b"id,text\n", "no row below"),
    "field too much": (b'id,text\na,"x\ny"\nb,y,z\n', "line 4: 3 fields, the header row has 2"),
    "field missing": (b"id,text\na\n", "line 2: 1 fields, the header row has 2"),
    "quotation without end": (b'id,text\na,x\nb,"y\nz\n', "line 3: no CSV"),
    "text after a quotation": (b'id,text\na,"x"y\n', "line 2: no CSV"),
    "nameless column": (b"id,,x\na,b,c\n", "line 1: column 2 has no name"),
    "column twice": (b"id,x,x\na,b,c\n", "line 1: two columns are named 'x'"),
    "id missing": (b"code;text\na;b\n", "line 2 has no `id`"),
    "id empty": (b"id,text\na,b\n,c\n", "line 3: its id, `id`, is empty"),
    "latin-1": ("id,text\na,é\n".encode("latin-1"), "line 2: byte 3 is no UTF-8"),
    "UTF-16": ("id,text\na,b\n".encode("utf-16"), "UTF-16"),
}


@pytest.mark.parametrize("name", CSV_FAULTS)
def test_rejects_bad_table(tmp_path: Path, name: str) -> None:
    content, words = CSV_FAULTS[name]
    with pytest.raises(BadInput, match=words) as caught:
        _load(tmp_path / "a.csv", content)
    assert "a.csv" in caught.value.message
    assert caught.value.exit_code == 3


# -- text lines ---------------------------------------------------------------------------------


def test_text_file_gives_an_item_for_each_line(tmp_path: Path) -> None:
    assert _load(tmp_path / "chunks.txt", "\ufeff one ü \r\n\r\n# two\nhttps://x.org\n") == [
        {"_id": "chunks-1", "id": "chunks-1", "text": "one ü"},
        {"_id": "chunks-3", "id": "chunks-3", "text": "# two"},
        {"_id": "chunks-4", "id": "chunks-4", "text": "https://x.org"},
    ]


def test_rejects_list_of_addresses_where_no_pages_are_fetched(tmp_path: Path) -> None:
    with pytest.raises(BadInput, match="pages are fetched by `plan`, `submit` and `run` only"):
        _load(tmp_path / "urls.txt", "# news\nhttps://example.org/a\n\nHTTP://example.org/b\n")


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"\n \n", "is empty"),
        (b"ok\n\xff\n", r"a\.txt, line 2: byte 1"),
        ("x".encode("utf-16"), "UTF-16"),
    ],
)
def test_rejects_bad_text(tmp_path: Path, content: bytes, words: str) -> None:
    with pytest.raises(BadInput, match=words):
        _load(tmp_path / "a.txt", content)


@pytest.mark.parametrize("name", ["a.jsonl", "a.csv", "a.txt", STDIN_COPY])
def test_rejects_line_that_no_model_reads_before_holding_more_of_it(
    tmp_path: Path, name: str
) -> None:
    with (tmp_path / name).open("wb") as file:
        file.write(b"[") if name == STDIN_COPY else file.write(b"id\n" if "csv" in name else b"")
        file.truncate(LARGEST_ITEM_BYTES + 1_000_000)  # zeros, which take no room on the disk
    with pytest.raises(BadInput, match="no end" if name == STDIN_COPY else "one item of more than"):
        list(load([tmp_path / name], id_field=None))


# -- Parquet ------------------------------------------------------------------------------------


def _parquet(path: Path, rows: Sequence[dict[str, Any]], schema: Any = None) -> Path:
    pq.write_table(pa.Table.from_pylist(list(rows), schema=schema), path, row_group_size=2)
    return path


def test_parquet_values_are_exact(tmp_path: Path) -> None:
    schema = pa.schema(
        {
            "code": pa.int64(),
            "big": pa.uint64(),
            "price": pa.decimal128(38, 20),
            "day": pa.date32(),
            "at": pa.timestamp("us", tz="UTC"),
            "tags": pa.list_(pa.string()),
            "inner": pa.struct({"x": pa.float64(), "y": pa.bool_()}),
            "named": pa.map_(pa.string(), pa.int32()),
            "kind": pa.dictionary(pa.int8(), pa.string()),
        }
    )
    row = {
        "code": 9007199254740993,
        "big": 2**64 - 1,
        "price": Decimal("123456789012345678.12345678901234567890"),
        "day": date(2026, 11, 22),
        "at": datetime.fromisoformat("2026-11-22T01:02:03.000004+00:00"),
        "tags": ["ü", None],
        "inner": {"x": 0.1, "y": None},
        "named": [("k", 1)],
        "kind": "a",
    }
    path = _parquet(tmp_path / "a.parquet", [row, *({"code": n} for n in range(4))], schema)
    first, *others = load([path], id_field="code")
    assert first.value == {
        "code": 9007199254740993,
        "big": 2**64 - 1,
        "price": "123456789012345678.12345678901234567890",
        "day": "2026-11-22",
        "at": "2026-11-22T01:02:03.000004+00:00",
        "tags": ["ü", None],
        "inner": {"x": 0.1, "y": None},
        "named": {"k": 1},
        "kind": "a",
    }
    assert [item.id for item in others] == ["0", "1", "2", "3"]
    assert others[0].value["price"] is None


PARQUET_FAULTS: dict[str, tuple[list[dict[str, Any]], Any, str]] = {
    "bytes": ([{"id": "a", "x": None}, {"id": "b", "x": b"\x00"}], None, "row 2, column 'x': byte"),
    "NaN": ([{"id": "a", "x": 1.0}, {"id": "b", "x": float("nan")}], None, "row 2 is no JSON"),
    "no id": ([{"x": 1}], None, "row 1 has no `id`"),
    "empty": ([], pa.schema({"id": pa.string()}), "no row in it"),
    "nanoseconds": (
        [{"id": "a", "at": 1}],
        pa.schema({"id": pa.string(), "at": pa.duration("ns")}),
        "a.parquet",
    ),
}


@pytest.mark.parametrize("name", PARQUET_FAULTS)
def test_rejects_bad_parquet(tmp_path: Path, name: str) -> None:
    rows, schema, words = PARQUET_FAULTS[name]
    path = _parquet(tmp_path / "a.parquet", rows, schema)
    with pytest.raises(BadInput, match=words):
        list(load([path], id_field=None))


@pytest.mark.parametrize("content", [b"", b"PAR1", b'{"id": "a"}' * 9])
def test_rejects_what_is_no_parquet(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "a.parquet").write_bytes(content)
    with pytest.raises(BadInput, match=r"a\.parquet"):
        list(load([tmp_path / "a.parquet"], id_field=None))


def test_parquet_without_its_extra_names_the_extra(tmp_path: Path) -> None:
    path = _parquet(tmp_path / "a.parquet", [{"id": "a"}])
    program = (
        "import sys; sys.modules['pyarrow'] = None\n"  # what an import of a missing package meets
        "from pathlib import Path; from processor.steps.load import load\n"
        "from processor.errors import BadInput\n"
        "try: list(load([Path(sys.argv[1])], id_field=None))\n"
        "except BadInput as error: print(error.message)"
    )
    said = subprocess.run(
        [sys.executable, "-c", program, str(path)],
        cwd=PROJECT,
        env=environment(),
        capture_output=True,
        check=True,
        encoding="utf-8",
    )
    assert "pip install 'truebatch[parquet]'" in said.stdout


# -- what is found ------------------------------------------------------------------------------


def test_folder_gives_its_json_and_tells_what_it_leaves(tmp_path: Path) -> None:
    names = ("a.json", "b.jsonl.gz", "all.json", "c.csv", "d.parquet", "README.txt", "e.gz")
    for name in names:
        (tmp_path / name).write_bytes(b"{}")
    found = find([str(tmp_path)], ["all.json"])
    assert [path.name for path in found.files] == ["a.json", "b.jsonl.gz"]
    assert found.line() == "2 files, 1 excluded, 4 other files ignored"


def test_glob_gives_what_it_matches(tmp_path: Path) -> None:
    for name in ("a.csv", "b.parquet", "c.txt", "d.pdf", "e.parquet.gz"):
        (tmp_path / name).write_bytes(b"")
    found = find([str(tmp_path / "*")], [])
    assert [path.name for path in found.files] == ["a.csv", "b.parquet", "c.txt"]
    assert found.line() == "3 files, 2 other files ignored"


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="Windows has no such files")
def test_rejects_pipe_and_names_the_standard_input(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe.jsonl")
    with pytest.raises(BadInput, match=r"pipe\.jsonl is no file.*--inputs -"):
        find([str(tmp_path / "pipe.jsonl")], [])


def _write(path: Path, values: Sequence[dict[str, Any]]) -> None:
    lines = "".join(json.dumps(value) + "\n" for value in values).encode()
    match path.suffix:
        case ".csv":
            with path.open("w", newline="", encoding="utf-8") as file:
                writer = csv.DictWriter(file, values[0].keys())
                writer.writeheader()
                writer.writerows(values)
        case ".parquet":
            _parquet(path, values)
        case _:
            path.write_bytes(gzip.compress(lines))


def test_same_items_in_another_format_are_the_same_requests(bench: Bench, tmp_path: Path) -> None:
    bench.run(3)
    for name in ("notes.csv", "notes.parquet", "notes.jsonl.gz"):
        _write(tmp_path / name, notes(3))
        report = bench.run(items=None, inputs=str(tmp_path / name), run=name)
        assert report["counts"]["reused"] == 3, name
    assert bench.endpoints().count("batches.create") == 1


def test_folder_of_tables_says_how_they_are_read(tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_bytes(b"id\na\n")
    with pytest.raises(BadInput, match=r"1 other file ignored.*matched by a glob"):
        find([str(tmp_path)], [])
