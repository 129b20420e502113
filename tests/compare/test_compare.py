"""Comparing runs, folders and files: through the program, over runs that a sandbox answered."""

from __future__ import annotations

import json
import re
import tracemalloc
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from processor import Processor
from processor.core.contrast import MOST_DIFFERING
from processor.errors import BadInput, NotFinished, WrongUsage
from tests.bench import NOTES, Bench, note, notes
from tests.program import Ended
from tests.reports.test_html import HOSTILE, Elements, items_in

Program = Callable[..., Ended]


def _data(bench: Bench, run: str = "r") -> dict[str, Any]:
    return {one["item_id"]: one["data"] for one in bench.envelopes(run) if one["data"] is not None}


def _file(path: Path, value: Any) -> str:
    path.write_text(json.dumps(value), encoding="utf-8")
    return str(path)


def test_run_agrees_with_its_own_outputs(bench: Bench) -> None:
    bench.run(3)
    found = bench.processor().compare("r", bench.outputs / "notes")
    assert found["agreement"] == 1
    assert found["counts"] == {
        "both": 3, "compared": 3, "same": 3, "differ": 0, "data_on_one_side": 0, "only_in_a": 0,
        "only_in_b": 0,
    }  # fmt: skip
    assert found["outcomes"] == {"accepted": {"given": 3}}
    assert {one["agreement"] for one in found["fields"]} == {1}
    assert (found["a"]["kind"], found["a"]["task"], found["b"]["kind"]) == (
        "run",
        "notes",
        "folder",
    )


def test_two_runs_show_outcomes_cost_and_the_items_that_differ(
    bench_with: Callable[..., Bench],
) -> None:
    bench = bench_with(faults="truncated@n2_")
    bench.run(items=[note(1), note(3), note(4)])
    changed = {**note(3), "text": "The weir was taken down, and nobody says why."}
    bench.run(items=[changed, note(1), note(2)], run="s")
    found = bench.processor().compare("r", "s")
    assert found["outcomes"] == {
        "accepted": {"reused": 1, "accepted": 1, "absent": 1}, "absent": {"rejected": 1}
    }  # fmt: skip
    assert found["only_in_a"] == ["n4"]
    assert found["only_in_b"] == ["n2"]
    (one,) = found["differing"]
    assert one["item_id"] == "n3"
    assert one["agreement"] < 1
    share = sum(each["agreement"] for each in found["differing"]) + 1
    assert found["agreement"] == pytest.approx(share / 2, abs=1e-6)
    for side, run, asked in (("a", "r", 3), ("b", "s", 2)):
        envelopes = [one for one in bench.envelopes(run) if one["outcome"] != "reused"]
        assert len(envelopes) == asked
        cost = sum(one["cost_usd"] or 0 for one in envelopes)
        assert found[side]["cost_usd"] == pytest.approx(cost, abs=1e-6)
        prompt = sum((one["usage"] or {"prompt": 0})["prompt"] for one in envelopes)
        assert found[side]["tokens"]["prompt"] == prompt


def test_rejected_on_one_side_says_why(bench_with: Callable[..., Bench]) -> None:
    bench = bench_with(faults="truncated@n2_")
    bench.run(2)
    other = _file(bench.outputs.parent / "hand.json", {"n1": {}, "n2": {"subject": "x"}})
    found = bench.processor().compare("r", other)
    assert found["counts"]["data_on_one_side"] == 1
    (one,) = found["one_sided"]
    assert (one["item_id"], one["outcome_a"], one["agreement"]) == ("n2", "rejected", None)
    assert one["why"].startswith("envelope.truncated: ")


def test_outputs_made_one_by_one_are_compared_with_a_batch(bench: Bench, tmp_path: Path) -> None:
    bench.run(3)
    hand = tmp_path / "hand"
    hand.mkdir()
    for item_id, data in _data(bench).items():
        changed = {**data, "subject": "another"} if item_id == "n2" else data
        (hand / f"{item_id}.json").write_text(json.dumps(changed, indent=4), encoding="utf-8")
    found = bench.processor().compare("r", hand)
    assert [one["item_id"] for one in found["differing"]] == ["n2"]
    assert found["differing"][0]["fields"] == ["subject"]
    assert found["fields"][0] == {
        "field": "subject", "agreement": pytest.approx(2 / 3, abs=1e-6), "items": 3, "equal": 2,
        "only_a": 0, "only_b": 0,
    }  # fmt: skip
    assert found["b"]["cost_usd"] is None


def _two_files(tmp_path: Path) -> tuple[str, str]:
    a = {"p": {"n": 100, "t": "x"}, "q": {"n": 5, "t": "y"}}
    b = {"p": {"n": 101, "t": "x"}, "q": {"n": 5, "t": "z"}}
    return _file(tmp_path / "a.json", a), _file(tmp_path / "b.json", b)


def test_exit_code_says_nothing_of_differences_unless_asked(
    program: Program, tmp_path: Path
) -> None:
    files = _two_files(tmp_path)
    assert program("compare", *files).code == 0
    assert program("compare", *files, "--fail-under", "0.5").code == 0
    assert program("compare", *files, "--fail-under", "0.51").code == 1
    assert program("compare", *files, "--fail-under", "0.75", "--tolerance", "0.01").code == 0
    assert program("compare", *files, "--fail-under", "1", "--field", "none").code == 1


def test_json_is_the_same_as_from_python(program: Program, tmp_path: Path) -> None:
    files = _two_files(tmp_path)
    shown = program("compare", *files, "--json", "--field", "n", "--no-html").json
    with Processor(outputs=tmp_path / "outputs") as processor:
        assert processor.compare(*files, fields=["n"], html=False) == shown
    assert [one["field"] for one in shown["fields"]] == ["n"]
    assert shown["page"] is None
    assert not (tmp_path / "outputs").exists()  # nothing was made that was not asked for


def test_people_are_told_the_same(program: Program, tmp_path: Path) -> None:
    files = _two_files(tmp_path)
    ended = program("compare", *files)
    assert re.search(r"Agreement 50\.0 % over 2 items .* 0 the same, 2 different", ended.stdout)
    assert re.search(r"^t +50\.0 % +2 +1 +0 +0", ended.stdout, re.MULTILINE)
    page = tmp_path / "outputs" / "comparisons"
    assert [one.suffix for one in page.iterdir()] == [".html"]
    assert str(next(page.iterdir()).relative_to(tmp_path)) in ended.stdout


def test_terminal_obeys_nothing_that_a_model_wrote(program: Program, tmp_path: Path) -> None:
    a = _file(tmp_path / "a.json", {"p\x1b[2J": {"k\x1b]0;x\x07": 1}})
    b = _file(tmp_path / "b.json", {"p\x1b[2J": {"k\x1b]0;x\x07": 2}})
    assert "\x1b" not in program("compare", a, b).stdout


@pytest.mark.parametrize(
    ("arguments", "code", "says"),
    [
        (["nothing", "a.json"], 2, "nothing: there is no such run"),
        (["a.json", "outputs"], 2, "one task's folder"),
        (["a.json", "a.json", "--field", "a..b"], 2, "is no path"),
        (["a.json", "a.json", "--html", "x.json"], 2, r"ends in \.html"),
        (["a.json", "a.json", "--html", "outputs/runs/x/report.html"], 2, "outside"),
        (["a.json", "a.json", "--html", "x.html", "--no-html"], 2, "do not go together"),
        (["a.json", "empty"], 3, "no .json file"),
    ],
)
def test_wrong_sides_are_told(
    program: Program, tmp_path: Path, arguments: list[str], code: int, says: str
) -> None:
    _file(tmp_path / "a.json", {"p": 1})
    (tmp_path / "empty").mkdir()
    (tmp_path / "outputs").mkdir()
    (tmp_path / "outputs" / "journal.sqlite3").write_bytes(b"")
    ended = program("compare", *arguments)
    assert ended.code == code
    assert re.search(says, ended.stderr)


def test_tolerance_is_a_share(tmp_path: Path) -> None:
    with pytest.raises(WrongUsage, match="--tolerance"):
        Processor(outputs=tmp_path).compare("a", "b", tolerance=1.0)


def test_run_that_goes_on_is_not_compared(bench: Bench) -> None:
    bench.submit(2)
    with pytest.raises(NotFinished, match="truebatch resume r"):
        bench.processor().compare("r", str(NOTES))
    with pytest.raises(BadInput, match="no results yet"):
        bench.processor().compare(bench.folder(), str(NOTES))


# -- the page -------------------------------------------------------------------------------------


def _page(tmp_path: Path, a: Any, b: Any) -> str:
    files = _file(tmp_path / "a.json", a), _file(tmp_path / "b.json", b)
    with Processor(outputs=tmp_path / "outputs") as processor:
        processor.compare(*files, html=tmp_path / "page.html")
    return (tmp_path / "page.html").read_text(encoding="utf-8")


def test_page_holds_nothing_of_an_answer_as_markup(tmp_path: Path) -> None:
    plain = Elements(_page(tmp_path, {"p": {"x": "1"}}, {"p": {"x": "2"}}))
    hostile = {HOSTILE: {HOSTILE: HOSTILE, "l": [HOSTILE]}}
    text = _page(tmp_path, hostile, {HOSTILE: {HOSTILE: "x", "l": []}})
    elements = Elements(text)
    assert elements.names() == plain.names()
    assert not any(
        key.startswith("on") or key in ("src", "href") for _, a in elements.found for key in a
    )
    (item,) = items_in(text)
    assert item["id"] == HOSTILE
    assert sorted(row[3] for row in item["rows"]) == [[HOSTILE], [HOSTILE]]


def test_page_forbids_all_but_itself(tmp_path: Path) -> None:
    text = _page(tmp_path, {"p": 1}, {"p": 2})
    policy = re.search(r'Content-Security-Policy" content="([^"]+)"', text)
    assert policy is not None
    assert policy[1].startswith("default-src 'none'; style-src 'sha256-")
    assert "unsafe" not in policy[1]


def test_many_items_make_a_small_page_and_it_says_so(tmp_path: Path) -> None:
    a = {f"i{n}": {"x": "long " * 1_000, "y": n} for n in range(MOST_DIFFERING + 100)}
    b = {name: {"x": "other " * 1_000, "y": n} for n, name in enumerate(a)}
    b["i7"] = {"x": "nothing", "y": -1}
    text = _page(tmp_path, a, b)
    items = items_in(text)
    assert len(items) == MOST_DIFFERING
    assert items[0]["id"] == "i7"  # what agrees least comes first
    assert len(text) < 5_000_000
    assert f"{MOST_DIFFERING} of {MOST_DIFFERING + 100} with different data" in text


def test_memory_does_not_grow_with_the_items(tmp_path: Path) -> None:
    peaks = []
    for count in (MOST_DIFFERING + 20, MOST_DIFFERING + 220):
        sides = []
        for side in "ab":
            path = tmp_path / f"{side}{count}.jsonl"
            lines = [
                json.dumps({"id": str(n if side == "a" else count - n), "x": f"{side * 4_000}{n}"})
                for n in range(1, count)
            ]
            path.write_text("\n".join(lines), encoding="utf-8")
            sides.append(path)
        tracemalloc.start()
        with Processor(outputs=tmp_path / "outputs") as processor:
            found = processor.compare(*sides, html=False)
        peaks.append(tracemalloc.get_traced_memory()[1])
        tracemalloc.stop()
        assert found["counts"]["differ"] == count - 1
    # 200 more items of 8 kB: what is listed of an item alone would be 5 kB each.
    assert peaks[1] < peaks[0] + 200 * 1_000


def test_runs_of_a_chain_are_sides_too(bench: Bench) -> None:
    bench.run(2)
    bench.run(items=notes(2), run="s", fresh=True)
    found = bench.processor().compare("r", bench.folder("s"))
    assert found["a"]["kind"] == found["b"]["kind"] == "run"
    assert found["agreement"] == 1
