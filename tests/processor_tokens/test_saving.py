"""What changes of a prompt did, and what would cost less."""

from __future__ import annotations

from typing import Any

import pytest

from processor.core.history import PastRun
from processor.core.saving import Advice, ThriftModel, advise, prompt_changes, prompt_digest
from tests.processor_tokens.runs import PRICE, past_run

MODELS = {"m": ThriftModel(price=PRICE, least_cached=2_000)}


def _advice(run: PastRun, models: dict[str, ThriftModel] | None = None) -> list[Advice]:
    return list(advise([run], MODELS if models is None else models))


def test_digest_is_of_prompt_and_system_alone() -> None:
    files = {"prompt.md": b"p", "system.md": b"s", "schema.json": b"{}", "task.toml": b""}
    same = prompt_digest({**files, "schema.json": b"[]", "fields.toml": b"x"})
    assert prompt_digest(files) == same
    for name in ("prompt.md", "system.md"):
        assert prompt_digest({**files, name: b"other"}) != same
    assert prompt_digest({"prompt.md": b"ab"}) != prompt_digest(
        {"prompt.md": b"a", "system.md": b"b"}
    )


def test_change_of_a_prompt_shows_what_it_saved() -> None:
    before = past_run("a", prompt_sha256="1", prompt=4_000, outputs=[80] * 10, actual_usd=0.008)
    after = past_run("b", prompt_sha256="2", prompt=2_000, outputs=[60] * 10, actual_usd=0.005)
    (change,) = prompt_changes([before, after])
    assert (change.before.run, change.after.run) == ("a", "b")
    assert (change.before.input_tokens, change.after.input_tokens) == (400, 200)
    assert (change.before.output_tokens, change.after.output_tokens) == (80, 60)
    assert change.saved_usd == pytest.approx(0.003)
    assert change.after.accepted == 1.0


@pytest.mark.parametrize(
    "other",
    [
        {"prompt_sha256": "1"},
        {"prompt_sha256": None},
        {"prompt_sha256": "2", "task": "news"},
        {"prompt_sha256": "2", "model": "n"},
    ],
)
def test_only_changes_within_one_task_and_model_count(other: dict[str, Any]) -> None:
    assert not list(prompt_changes([past_run("a", prompt_sha256="1"), past_run("b", **other)]))


def test_change_without_a_price_has_no_saving() -> None:
    runs = [past_run("a", prompt_sha256="1"), past_run("b", prompt_sha256="2", actual_usd=None)]
    (change,) = prompt_changes(runs)
    assert change.saved_usd is None


def test_much_thinking_is_advised_against() -> None:
    (one,) = _advice(past_run(outputs=[100] * 10, thoughts=501))
    assert one.topic == "thoughts"
    assert one.usd == pytest.approx(501 * 5e-6)
    assert one.message.startswith("Thoughts are 50% of the output tokens of notes with m.")


def test_thinking_of_half_the_output_is_not() -> None:
    assert not _advice(past_run(outputs=[100] * 10, thoughts=500))


def test_shared_prefix_above_the_least_cached_is_told() -> None:
    (one,) = _advice(past_run(prefix_tokens=2_000))
    assert one.topic == "prefix"
    assert one.usd == pytest.approx(0.75e-6 * 2_000 * 9)
    assert "told of no cached token" in one.message


def test_shared_prefix_near_the_least_cached_is_told_otherwise() -> None:
    (one,) = _advice(past_run(prefix_tokens=1_000))
    assert "brings it nearer" in one.message
    assert not _advice(past_run(prefix_tokens=999))


def test_prefix_that_was_cached_needs_no_advice() -> None:
    tokens = {"prompt": 1_000, "cached": 500, "output": 1_000, "thoughts": 0}
    assert not _advice(past_run(prefix_tokens=5_000, tokens=tokens))


def test_unknown_models_get_no_prices() -> None:
    (one,) = _advice(past_run(outputs=[100] * 10, thoughts=900, prefix_tokens=9_000), {})
    assert (one.topic, one.usd) == ("thoughts", None)
