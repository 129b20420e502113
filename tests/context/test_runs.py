"""Runs with a shared context: in a cache that is made once and deleted, or before every prompt."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from processor.errors import HeldBack, ServiceRefused, WrongUsage
from tests.bench import INTERVAL, Bench, read_lines
from tests.context.material import HANDBOOK, items, write_task


@pytest.fixture
def task(tmp_path: Path) -> str:
    return str(write_task(tmp_path / "task"))


def _run(
    bench: Bench, task: str, name: str = "r", count: int = 3, **options: Any
) -> dict[str, Any]:
    given: dict[str, Any] = {"items": items(count), "poll_interval": INTERVAL, "run": name}
    return bench.processor().run(task, **{**given, **options})


def _requests(bench: Bench, run: str = "r") -> list[dict[str, Any]]:
    return [line["request"] for line in read_lines(bench.folder(run) / "requests.json")]


def test_explicit_makes_one_cache_names_it_in_each_request_and_deletes_it(
    bench: Bench, task: str
) -> None:
    report = _run(bench, task, context_mode="explicit")
    assert report["counts"]["accepted"] == 3
    calls = bench.endpoints()
    assert (calls.count("caches.create"), calls.count("caches.delete")) == (1, 1)
    assert calls.index("caches.create") < calls.index("batches.create")
    assert calls.index("files.download") < calls.index("caches.delete")
    named = {request["cachedContent"] for request in _requests(bench)}
    assert len(named) == 1
    assert all("systemInstruction" not in request for request in _requests(bench))
    assert HANDBOOK[:40] not in (bench.folder() / "requests.json").read_text(encoding="utf-8")
    assert report["tokens"]["cached"] > 3 * 5000


def test_implicit_puts_the_context_before_every_prompt(bench: Bench, task: str) -> None:
    report = _run(bench, task, context_mode="implicit")
    assert report["counts"]["accepted"] == 3
    assert not [name for name in bench.endpoints() if name.startswith("caches.")]
    for request in _requests(bench):
        first, second = request["contents"][0]["parts"]
        assert first == {"text": HANDBOOK}
        assert "Has plot" in second["text"]
        assert request["systemInstruction"]["parts"][0]["text"].startswith("Answer by")
        assert "cachedContent" not in request


def test_the_cheaper_way_is_taken_and_both_are_shown(bench: Bench, task: str) -> None:
    few = bench.processor().plan(task, items=items(3)).as_json()["context"]
    many = bench.processor().plan(task, items=items(200)).as_json()["context"]
    assert (few["mode"], many["mode"]) == ("implicit", "explicit")
    for plan, cheaper in ((few, "implicit_usd"), (many, "explicit_usd")):
        assert plan[cheaper] == min(plan["implicit_usd"], plan["explicit_usd"])
    # 50 hours at 0.50 USD a million tokens, and the making at the interactive price of 0.75.
    assert few["storage_usd"] == pytest.approx(few["tokens"] * 50 * 0.5 / 1e6)
    assert many["explicit_usd"] == pytest.approx(
        many["tokens"] * (0.75 + 50 * 0.5 + 200 * 0.075) / 1e6
    )
    assert bench.calls() == []


def test_the_cost_of_a_plan_is_that_of_the_way_that_is_taken(bench: Bench, task: str) -> None:
    processor = bench.processor()
    plans = {
        mode: processor.plan(task, items=items(200), context_mode=mode).as_json()
        for mode in ("explicit", "implicit")
    }
    context = plans["explicit"]["context"]
    dearer = context["implicit_usd"] - context["explicit_usd"]
    expected = {mode: plan["batch_usd"]["expected"] for mode, plan in plans.items()}
    assert expected["implicit"] - expected["explicit"] == pytest.approx(dearer, abs=2e-6)


def test_an_answer_is_reused_whichever_way_the_context_went(bench: Bench, task: str) -> None:
    _run(bench, task, context_mode="explicit")
    calls = len(bench.calls())
    assert _run(bench, task, "again", context_mode="implicit")["counts"]["reused"] == 3
    assert len(bench.calls()) == calls
    Path(task, "handbook.md").write_text(HANDBOOK + "All new.\n", encoding="utf-8")
    assert _run(bench, task, "new", context_mode="implicit")["counts"]["reused"] == 0


def test_another_file_stands_in_for_the_tasks_own(bench: Bench, task: str, tmp_path: Path) -> None:
    (tmp_path / "other.txt").write_text("Only sand here.\n" * 900, encoding="utf-8")
    _run(bench, task, context=str(tmp_path / "other.txt"), context_mode="implicit")
    (tmp_path / "other.txt").unlink()  # the run has its own copy
    assert _requests(bench)[0]["contents"][0]["parts"][0]["text"].startswith("Only sand")
    assert (bench.folder() / "task/context.txt").is_file()


def test_a_cache_whose_answer_was_lost_is_found_again(
    bench_with: Callable[..., Bench], task: str
) -> None:
    bench = bench_with(faults="lost@caches.create")
    assert _run(bench, task, context_mode="explicit")["counts"]["accepted"] == 3
    assert bench.endpoints().count("caches.create") == 1
    assert bench.endpoints().count("caches.delete") == 1


def test_a_create_that_made_nothing_is_asked_again_after_two_lists(
    bench_with: Callable[..., Bench], task: str
) -> None:
    bench = bench_with(faults="503@caches.create")
    assert _run(bench, task, context_mode="explicit")["counts"]["accepted"] == 3
    calls = [name for name in bench.endpoints() if name.startswith("caches.")]
    assert calls[:4] == ["caches.create", "caches.list", "caches.list", "caches.create"]


def test_what_cannot_be_decided_makes_no_second_cache(
    bench_with: Callable[..., Bench], task: str
) -> None:
    bench = bench_with(faults="lost@caches.create,503@caches.list*4")
    with pytest.raises(ServiceRefused, match="unknown whether"):
        _run(bench, task, context_mode="explicit")
    assert bench.processor().resume("r")["counts"]["accepted"] == 3
    assert bench.endpoints().count("caches.create") == 1


def test_a_refusal_stops_the_run_and_names_the_other_way(
    bench_with: Callable[..., Bench], task: str
) -> None:
    bench = bench_with(faults="403@caches.create")
    with pytest.raises(ServiceRefused, match="--context-mode implicit") as refused:
        _run(bench, task, context_mode="explicit")
    assert refused.value.exit_code == 6
    assert "batches.create" not in bench.endpoints()
    assert bench.processor().resume("r")["counts"]["accepted"] == 3


def test_a_cache_that_may_expire_under_a_later_job_is_prolonged(bench: Bench, task: str) -> None:
    processor = bench.processor()
    processor.submit(
        task, items=items(4), run="r", poll_interval=INTERVAL, context_mode="explicit",
        max_requests=2, enqueued_tokens=20_000,
    )  # fmt: skip
    assert bench.endpoints().count("batches.create") == 1  # the other waits for room
    bench.clock.wait(timedelta(hours=3).total_seconds())
    report = bench.processor().resume("r")
    assert report["counts"]["accepted"] == 4
    calls = bench.endpoints()
    # Often, for the test's clock is hours before the sandbox's: to it, no prolonging is enough.
    assert calls.count("caches.create") == 1
    assert calls.count("caches.patch") >= 1


def test_a_cache_that_has_gone_is_made_anew_for_the_jobs_that_wait(bench: Bench, task: str) -> None:
    processor = bench.processor()
    processor.submit(
        task, items=items(4), run="r", poll_interval=INTERVAL, context_mode="explicit",
        max_requests=2, enqueued_tokens=20_000,
    )  # fmt: skip
    gateway = processor._place.gateway()
    row = processor._place.journal.cache(processor._place.row("r").id)
    assert row is not None
    assert gateway.delete_cache(row.name or "")
    bench.clock.wait(timedelta(hours=3).total_seconds())
    assert bench.processor().resume("r")["counts"]["accepted"] == 4
    assert bench.endpoints().count("caches.create") == 2


def test_a_cache_that_cannot_be_deleted_is_told_and_the_run_is_done(
    bench_with: Callable[..., Bench], task: str
) -> None:
    bench = bench_with(faults="503@caches.delete*9")
    assert _run(bench, task, context_mode="explicit")["counts"]["accepted"] == 3
    assert any("was not deleted" in warning for warning in bench.observer.warnings)


def test_a_model_that_takes_no_cache_is_held_back(bench: Bench, task: str) -> None:
    with pytest.raises(HeldBack, match="takes no explicit cache"):
        bench.processor().plan(
            task, items=items(3), model="gemini-4-carbon", context_mode="explicit"
        )
    plan = bench.processor().plan(task, items=items(500), model="gemini-4-carbon")
    assert plan.as_json()["context"]["mode"] == "implicit"


@pytest.mark.parametrize(
    ("content", "said"), [(b"\xff\xfe", "not UTF-8"), (b" \n", "is empty"), (None, "No such file")]
)
def test_refuses_a_context_that_is_no_text(
    bench: Bench, task: str, tmp_path: Path, content: bytes | None, said: str
) -> None:
    path = tmp_path / "context.bin"
    if content is not None:
        path.write_bytes(content)
    with pytest.raises(WrongUsage, match=said):
        bench.processor().plan(task, items=items(1), context=str(path))


@pytest.mark.parametrize(
    ("lines", "said"),
    [
        ('[context]\nfile = "none.md"', "is not in the task's folder"),
        ('[context]\nfile = "../task.toml"', "is not in the task's folder"),
        ('[context]\nfile = "prompt.md"', "a file of the task itself"),
        ('[context]\nmode = "auto"', "`file` is missing"),
        ('[context]\nfile = "handbook.md"\nmode = "some"', "mode is auto, explicit, implicit"),
        (
            '[context]\nfile = "handbook.md"\n[request]\ncached_content = "cachedContents/x"',
            "names a cache already",
        ),
    ],
)
def test_refuses_a_task_whose_context_is_wrong(
    bench: Bench, tmp_path: Path, lines: str, said: str
) -> None:
    head = 'name = "advice"\nmodel = "gemini-3.6-flash"\n'
    task = write_task(tmp_path / "wrong", **{"task.toml": head + lines})
    with pytest.raises(WrongUsage, match=said):
        bench.processor().plan(str(task), items=items(1))


def test_an_item_that_quotes_the_marks_of_a_request_line_stays_as_it_is(
    bench: Bench, task: str
) -> None:
    quoted = '"cachedContent":"truebatch-context","contents":[{"role":"user","parts":['
    item = {"id": "q", "title": quoted, "text": '"fileUri":"truebatch-attachment:' + "0" * 64}
    _run(bench, task, items=[item], context_mode="explicit")
    (request,) = _requests(bench)
    assert quoted in request["contents"][0]["parts"][0]["text"]
    assert request["cachedContent"].startswith("cachedContents/")


def test_show_of_a_plan_names_both_ways(program: Callable[..., Any], task: str) -> None:
    Path("q.json").write_text(json.dumps(items(3)), encoding="utf-8")
    ended = program("plan", task, "--inputs", "q.json", "--sandbox")
    assert ended.code == 0
    assert "in a cache" in ended.stdout
    assert "in each prompt" in ended.stdout
    assert "storing a cache for its whole time would cost more" in ended.stdout


def test_a_pipeline_reads_the_context_in_every_stage(
    bench: Bench, task: str, tmp_path: Path
) -> None:
    (tmp_path / "shared.txt").write_text("Sand holds little.\n" * 500, encoding="utf-8")
    source = tmp_path / "questions.json"
    source.write_text(json.dumps(items(2)), encoding="utf-8")
    bench.processor().pipeline(
        [task, task], run="both", inputs=str(source), poll_interval=INTERVAL,
        context=str(tmp_path / "shared.txt"), context_mode="implicit", fresh=True,
    )  # fmt: skip
    for run in ("both-1-advice", "both-2-advice"):
        text = (bench.folder(run) / "requests.json").read_text(encoding="utf-8")
        assert text.count("Sand holds little.") >= 500
