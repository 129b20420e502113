"""save: every item has exactly one outcome, whatever the answers were."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from processor.core.file_name import output_name
from processor.core.report import exit_code
from sandbox.process import Sandbox
from tests.bench import Bench, note, read_lines

BenchWith = Callable[..., Bench]
COUNT = 6
KEYS = [f"n{number}_notes" for number in range(1, COUNT + 1)]


def test_every_odd_line_is_accounted_for(bench_with: BenchWith) -> None:
    bench = bench_with(
        faults="shuffled,duplicate_key@n1_,duplicate_key_different@n2_,missing_key@n3_,"
        "unknown_key@n4_,garbage_line@n5_,blank_line@n6_,no_key@n7_,error_line=3@n8_,status_line@n9_"
    )
    report = bench.run(12)
    envelopes = bench.envelopes()
    assert [envelope["item_id"] for envelope in envelopes] == [f"n{n}" for n in range(1, 13)]
    rules = {e["item_id"]: {f["rule"] for f in e["findings"]} for e in envelopes}
    outcomes = {e["item_id"]: e["outcome"] for e in envelopes}
    failed = {name for name, outcome in outcomes.items() if outcome == "failed"}
    assert failed == {"n2", "n3", "n7", "n8", "n9"}
    assert all(outcomes[name] == "accepted" for name in set(outcomes) - failed)
    assert "account.duplicate_identical" in rules["n1"]
    assert "account.duplicate_different" in rules["n2"]
    assert rules["n3"] == rules["n7"] == {"account.missing"}
    assert report["findings"]["account.unknown_key"] == 1
    assert (
        report["findings"]["account.unparseable_line"] == 2
    )  # the garbage, and the line without key
    assert exit_code(report) == 1
    names = {path.name for path in (bench.outputs / "notes").iterdir()}
    assert names == {output_name(name) for name in set(outcomes) - failed}


def test_results_come_in_input_order(bench_with: BenchWith) -> None:
    bench = bench_with(faults="shuffled,truncated@n2_")
    bench.run(5)
    processor = bench.processor()
    assert [e["item_id"] for e in processor.results("r")] == ["n1", "n3", "n4", "n5"]
    assert [e["item_id"] for e in processor.results("r", outcomes=["rejected"])] == ["n2"]


def test_newest_accepted_data_stands_in_the_outputs(bench: Bench) -> None:
    bench.run(run="first")
    path = bench.outputs / "notes" / "n1.json"
    first = json.loads(path.read_bytes())
    changed = [{**note(1), "text": "Nothing but slate was found at the ford of Niederau in 1888."}]
    bench.run(run="second", items=changed)
    (envelope,) = bench.envelopes("second")
    assert json.loads(path.read_bytes()) == envelope["data"] != first
    assert (bench.outputs / "notes" / "n2.json").exists()


HOSTILE = (
    "../../etc/passwd",
    "con",
    "a/b",
    "x" * 300,
    "🌾",
    "dot.",
    "A",
    "a",
    " ",
    "..",
    ".hidden",
    "a\nb",
)


def test_hostile_ids_make_safe_distinct_files(bench: Bench, tmp_path: Path) -> None:
    items = [{**note(number), "note_id": name} for number, name in enumerate(HOSTILE)]
    report = bench.run(items=items)
    assert report["counts"]["accepted"] == len(HOSTILE)
    assert [envelope["item_id"] for envelope in bench.envelopes()] == list(HOSTILE)
    names = [path.name for path in (bench.outputs / "notes").iterdir()]
    assert sorted(names) == sorted(map(output_name, HOSTILE))
    assert {path.name for path in tmp_path.iterdir()} == {"outputs"}


def test_report_is_made_again_as_it_was(bench: Bench) -> None:
    first = bench.run()
    (bench.folder() / "report.json").unlink()
    again = bench.processor().report("r")
    assert again == first
    assert json.loads((bench.folder() / "report.json").read_bytes()) == first


# -- any soup of lines --------------------------------------------------------------------------


@pytest.fixture(scope="module")
def fetched(shared_sandbox: Sandbox, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The outputs folder of a run whose answers have been fetched, and not judged yet."""
    bench = Bench(shared_sandbox, "soup", tmp_path_factory.mktemp("soup") / "outputs")
    bench.submit(COUNT)
    bench.processor().wait("r")
    bench.close()
    return bench.outputs


def _soups() -> st.SearchStrategy[list[tuple[int, str]]]:
    kinds = ["as it is"] * 4 + ["other text", "error", "no key", "unknown", "garbage", "blank"]
    return st.lists(st.tuples(st.integers(0, COUNT - 1), st.sampled_from(kinds)), max_size=14)


def _line(given: dict[str, Any], kind: str) -> bytes:
    answer = json.loads(json.dumps(given))
    match kind:
        case "other text":
            answer["response"]["candidates"][0]["content"]["parts"] = [
                {"text": '{"subject": "other"}'}
            ]
        case "error":
            answer = {"key": given["key"], "error": {"code": 13}}
        case "no key":
            del answer["key"]
        case "unknown":
            answer["key"] = "nobody_notes"
        case "garbage":
            return b'\xff{"key": \n'
        case "blank":
            return b" \r\n"
    return json.dumps(answer).encode() + b"\n"


def _expected(soup: list[tuple[int, str]], position: int) -> str:
    kinds = {
        kind for at, kind in soup if at == position and kind in ("as it is", "other text", "error")
    }
    if len(kinds) != 1:
        return "failed"  # not answered, or answered differently
    return "failed" if kinds == {"error"} else "accepted"


@settings(max_examples=30)
@given(soup=_soups())
def test_any_soup_of_lines_gives_every_item_one_outcome(
    fetched: Path, shared_sandbox: Sandbox, soup: list[tuple[int, str]]
) -> None:
    with TemporaryDirectory() as folder:
        outputs = Path(folder) / "outputs"
        shutil.copytree(fetched, outputs)
        path = outputs / "runs" / "r" / "answers.jsonl"
        answers = {line["key"]: line for line in read_lines(path)}
        path.write_bytes(b"".join(_line(answers[KEYS[at]], kind) for at, kind in soup))
        bench = Bench(shared_sandbox, "soup", outputs)
        try:
            report = bench.processor().collect("r")
        finally:
            bench.close()
        envelopes = bench.envelopes()
        assert [e["key"] for e in envelopes] == KEYS
        outcomes = [e["outcome"] for e in envelopes]
        assert outcomes == [_expected(soup, position) for position in range(COUNT)]
        assert report["counts"]["accepted"] == outcomes.count("accepted")
        names = {path.name for path in (outputs / "notes").iterdir()}
        assert names == {f"n{n + 1}.json" for n, o in enumerate(outcomes) if o == "accepted"}
        unknown = sum(kind == "unknown" for _, kind in soup)
        assert report["findings"].get("account.unknown_key", 0) == unknown
        nowhere = sum(kind in ("garbage", "no key") for _, kind in soup)
        assert report["findings"].get("account.unparseable_line", 0) == nowhere
