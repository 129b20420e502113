"""`truebatch models`."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from processor.api.models import check_tasks, load_models, tasks_served
from processor.cli.models import models_command
from processor.errors import HeldBack, WrongUsage
from tests.processor_models.tasks import DAY, MODELS

_ON = ["--on", "2026-11-22"]


def _run(*arguments: str) -> tuple[int, str]:
    done = CliRunner().invoke(models_command, arguments, standalone_mode=False)
    if done.exception is not None:
        raise done.exception
    return int(done.return_value), done.stdout


def _json(*arguments: str) -> Any:
    return json.loads(_run(*arguments, "--json")[1])


def test_table_has_every_model_with_its_prices() -> None:
    _, text = _run(*_ON)
    for model in MODELS.values():
        (line,) = (line for line in text.splitlines() if line.split()[0] == model.name)
        price = model.price_on(DAY)
        assert price is not None
        assert f"{price.batch_output:g}" in line.split()
    assert "answered by gemini-3.8-flash" in text
    assert "from 2026-12-01: gemini-3.5-flash-lite" in text


def test_prices_are_those_of_the_day_that_is_asked() -> None:
    shown = {
        day: _json("gemini-3.6-flash", "--on", day)["price_today"]
        for day in ("2026-12-31", "2027-01-01", "2026-01-01")
    }
    assert shown["2026-12-31"]["batch_output"] == 1.875
    assert shown["2027-01-01"]["batch_output"] == 3.75
    assert shown["2026-01-01"] is None


def test_json_of_all_has_the_shape_of_one() -> None:
    every = _json(*_ON)
    assert every["day"] == "2026-11-22"
    assert [model["name"] for model in every["models"]] == list(MODELS)
    assert _json("gemini-2.5-pro", *_ON) in every["models"]


@pytest.mark.parametrize("name", MODELS)
def test_one_model_is_shown_with_its_notes_and_sources(name: str) -> None:
    _, text = _run(name, *_ON)
    flat = " ".join(text.split())
    model = MODELS[name]
    assert model.source in flat
    assert f"{model.context_tokens:,}" in flat
    for note in model.notes:
        assert " ".join(note.split()[:6]) in flat
    for price in model.prices:
        assert f"from {price.since}" in flat


def test_unknown_model_is_wrong_usage_with_a_guess() -> None:
    with pytest.raises(WrongUsage, match=r"Do you mean gemini-3\.6-flash\?"):
        _run("gemini-3.6-flahs")


def test_models_prefix_is_let_through() -> None:
    assert _json("models/gemini-2.5-pro", *_ON)["name"] == "gemini-2.5-pro"


def test_named_file_goes_over_the_built_in_one(tmp_path: Path) -> None:
    file = tmp_path / "mine.toml"
    file.write_text('[models."gemini-2.5-pro"]\nmax_output_tokens = 9\n', encoding="utf-8")
    shown = _json("gemini-2.5-pro", "--models", str(file), *_ON)
    assert shown["max_output_tokens"] == 9
    assert shown["origin"] == f"{file} over models.toml"


def test_check_passes_while_the_tasks_models_are_served() -> None:
    code, text = _run("--check", *_ON)
    assert code == 0
    assert "stage_1a: gemini-3.6-flash is served under its own name on 2026-11-22." in text
    assert _json("--check", *_ON)["ok"] is True


def test_check_fails_when_a_tasks_model_is_answered_by_another(tmp_path: Path) -> None:
    file = tmp_path / "mine.toml"
    moved = '[models."gemini-3.6-flash".reroute]\nto = "gemini-3.8-flash"\non = {}\n'
    for day, words in (("2026-11-22", "answered by gemini-3.8-flash"), ("2026-12-06", "From 2026")):
        file.write_text(moved.format(day), encoding="utf-8")
        arguments = ("--check", "--models", str(file), *_ON)
        with pytest.raises(HeldBack, match="Task stage_1a") as caught:
            _run(*arguments)
        assert words in caught.value.message
        code, text = _run(*arguments, "--json")
        assert code == 9
        shown = json.loads(text)
        assert shown["ok"] is False
        assert {task["state"] for task in shown["tasks"]} <= {"rerouted", "rerouted_soon"}


def test_check_of_served_tasks_says_nothing() -> None:
    served = tasks_served(load_models(), DAY)
    assert {one.task for one in served} >= {"stage_1a"}
    check_tasks(served)
