"""Plans at the edges, and the limits of the user's own: what is held back, and what is only said."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from processor.core.cutting import MOST_BYTES, Limits
from processor.core.ids import RunId
from processor.core.plan import Plan
from processor.core.state import State
from processor.effects.files import NoFiles
from processor.effects.journal import SqliteJournal
from processor.effects.log import Silence
from processor.errors import BadInput, HeldBack
from processor.steps.build import build
from processor.steps.building import Building, Cutting
from processor.steps.load import load_values
from tests.bench import INTERVAL, NOTES, Bench, note, notes
from tests.plan.service import NOTE_TOKENS
from tests.processor_tokens.corpora import notes_task
from tests.program import Ended

LONG = {**note(2), "text": "A weir of oak and basalt. " * 400}


def _nobody_answers(plan: Plan) -> bool:
    raise AssertionError(f"asked about {plan.summary()}")


def _plan(bench: Bench, count: int = 3, **options: Any) -> Plan:
    return bench.processor().plan(str(NOTES), **{"items": notes(count), **options})


# -- one item too large ------------------------------------------------------------------------------


def test_item_above_the_size_of_a_job_is_bad_input_and_named() -> None:
    """2 GB, played with a limit of 2 kB: the comparison is the same, and the limit is checked below."""
    journal = SqliteJournal(None)
    run = journal.begin_run(RunId("r"), task="notes", model="m", created_at="", options={})
    building = Building(
        files=NoFiles(),
        journal=journal,
        observer=Silence(),
        run=run.id,
        folder=Path("nowhere"),
        cutting=Cutting(largest=Limits(bytes=2_000), usual=Limits(bytes=2_000)),
        keeps=False,
    )
    task = notes_task()
    with pytest.raises(BadInput, match=r"item 2 \(item 'n2'\).*one job may have 2,000"):
        build(building, load_values([note(1), LONG], id_field=task.id_field), task)
    journal.close()


def test_job_holds_less_than_the_service_takes(bench: Bench) -> None:
    assert Limits().bytes == MOST_BYTES == 2_000_000_000
    assert bench.processor().plan(str(NOTES), items=notes(1)).estimate.jobs == 1


@pytest.mark.parametrize("verb", ["plan", "submit"])
def test_item_above_the_enqueued_limit_is_held_back_and_named(bench: Bench, verb: str) -> None:
    act = getattr(bench.processor(), verb)
    with pytest.raises(HeldBack, match=r"'n2'\): about [\d,]+ tokens, more than the 1,800"):
        act(str(NOTES), items=[note(1), LONG], enqueued_tokens=2_000)
    assert bench.calls() == []
    assert list(bench.processor().list()) == []


# -- nothing left to ask -----------------------------------------------------------------------------


def test_run_with_nothing_left_to_ask_is_done_at_once(bench: Bench) -> None:
    bench.run(3)
    before = len(bench.calls())
    plan = _plan(bench)
    assert (plan.estimate.jobs, plan.estimate.requests, plan.estimate.reused) == (0, 0, 3)
    assert plan.estimate.batch_usd is not None
    assert (plan.estimate.batch_usd.low, plan.estimate.batch_usd.high) == (0.0, 0.0)
    processor = bench.processor(confirm=_nobody_answers)
    report = processor.run(str(NOTES), items=notes(3), run="again", max_cost=0.0, canary=2)
    assert (report["state"], report["counts"]["reused"], report["jobs"]) == (State.DONE, 3, [])
    assert report["cost"]["actual_usd"] == 0.0
    assert len(bench.calls()) == before


# -- tiers -------------------------------------------------------------------------------------------


def _models(folder: Path, tokens: int) -> str:
    path = folder / "models.toml"
    table = f'[models."gemini-3.6-flash".enqueued_tokens]\ntier_1 = {tokens}\nsource = "a test"\n'
    path.write_text(table, encoding="utf-8")
    return str(path)


def test_more_than_tier_one_allows_is_one_job_and_a_warning(bench: Bench, tmp_path: Path) -> None:
    plan = bench.processor(models=_models(tmp_path, 300)).plan(str(NOTES), items=notes(4))
    assert plan.estimate.jobs == 1
    said = [remark for remark in plan.remarks if "tier 1" in remark]
    assert len(said) == 1
    assert "without --tier or --enqueued-tokens they go as one job" in said[0]


def test_tier_cuts_into_jobs_by_its_limit(bench: Bench, tmp_path: Path) -> None:
    models = _models(tmp_path, 3 * NOTE_TOKENS)
    plan = bench.processor(models=models).plan(str(NOTES), items=notes(4), tier=1)
    assert (plan.estimate.jobs, plan.enqueued_tokens) == (4, 3 * NOTE_TOKENS)
    assert not [remark for remark in plan.remarks if "tier" in remark]


def test_tier_without_a_known_limit_is_one_job_and_a_warning(bench: Bench) -> None:
    plan = _plan(bench, model="gemini-4-carbon", tier=2)
    assert (plan.estimate.jobs, plan.enqueued_tokens) == (1, None)
    said = [remark for remark in plan.remarks if "tier 2" in remark]
    assert len(said) == 1
    assert "gemini-4-carbon" in said[0]


@pytest.mark.parametrize(
    ("options", "jobs"),
    [
        ({}, 1),
        ({"max_requests": 3}, 3),
        ({"max_requests": 7}, 1),
        ({"canary": 2}, 2),
        ({"canary": 9}, 1),
        ({"canary": 1, "max_requests": 3}, 3),
        ({"enqueued_tokens": 100_000}, 1),
        ({"enqueued_tokens": 6 * NOTE_TOKENS}, 7),
    ],
)
def test_plan_says_how_many_jobs_the_run_has(
    bench: Bench, options: dict[str, Any], jobs: int
) -> None:
    assert _plan(bench, 7, **options).estimate.jobs == jobs
    submitted = bench.processor().submit(
        str(NOTES), items=notes(7), run="r", poll_interval=INTERVAL, **options
    )
    assert len(submitted.jobs) == jobs


# -- money -------------------------------------------------------------------------------------------


def test_ceiling_is_held_against_the_most_a_run_may_cost(bench: Bench) -> None:
    cost = _plan(bench).estimate.batch_usd
    assert cost is not None
    assert cost.expected < cost.high
    with pytest.raises(HeldBack, match=r"above --max-cost .* Nothing was sent"):
        bench.submit(3, max_cost=(cost.expected + cost.high) / 2)
    assert bench.calls() == []
    assert list(bench.processor().list()) == []
    assert bench.submit(3, max_cost=cost.high) == "r"


def test_plan_says_that_a_run_would_be_held_back(bench: Bench) -> None:
    remarks = _plan(bench, max_cost=0.0).remarks
    assert any(remark.startswith("`run` would be held back: This run costs") for remark in remarks)


def test_unpriced_models_are_submitted_only_when_asked(bench: Bench) -> None:
    plan = _plan(bench, model="gemini-9-quartz")
    assert not plan.priced
    assert plan.estimate.batch_usd is None
    with pytest.raises(HeldBack, match="--unpriced"):
        bench.submit(3, model="gemini-9-quartz")
    assert bench.calls() == []
    with pytest.raises(HeldBack, match="--max-cost cannot be kept"):
        bench.submit(3, model="gemini-9-quartz", unpriced=True, max_cost=5.0)
    assert bench.calls() == []


def test_held_back_is_exit_nine_and_said_once(
    program: Callable[..., Ended], bench: Bench, tmp_path: Path
) -> None:
    (tmp_path / "notes.json").write_text(json.dumps(notes(3)), encoding="utf-8")
    where = (
        str(NOTES), "--inputs", str(tmp_path / "notes.json"), "--base-url", bench.sandbox.url,
        "--api-key-file", str(tmp_path / "key"), "--outputs", str(bench.outputs),
    )  # fmt: skip
    (tmp_path / "key").write_text(bench.key, encoding="utf-8")
    for options, words in (
        (("--model", "gemini-9-quartz"), "is in no models.toml"),
        (("--max-cost", "0"), "above --max-cost"),
        (("--model", "gemini-3.5-flash"), "are answered by gemini-3.6-flash"),
    ):
        ended = program("run", *where, *options)
        assert ended.code == 9, ended.stderr
        assert (ended.stdout + ended.stderr).count(words) == 1, ended.stderr
        as_json = program("run", *where, *options, "--json")
        assert as_json.code == 9
        assert words in as_json.json["error"]["message"]
        assert as_json.json["error"]["kind"] == "held_back"
    assert bench.calls() == []
