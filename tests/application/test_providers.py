"""The facade: one provider is chosen before anything is sent, and the same one gives the results."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import Any, TypeVar

import pytest

from processor import Failure, GeminiProvider, Providers, Submitted
from processor.api.providers import BatchStatus, Provider
from processor.errors import BadInput, NotFinished, ServiceRefused, WrongUsage
from tests.application.answers import Label, questions
from tests.application.test_prompts import ANSWERS, LABELS, MakeBench
from tests.bench import INTERVAL, Bench

T = TypeVar("T")
OPTIONS: dict[str, Any] = {**LABELS, "accept_models": [ANSWERS], "poll_interval": INTERVAL}


@dataclass
class Other:
    """A provider of somebody else's, that remembers what was asked of it."""

    name: str = "other"
    capabilities: frozenset[str] = frozenset({"chat"})
    asked: list[str] = field(default_factory=list)

    def create_batch(self, prompts: Iterable[Any], **options: Any) -> str:
        self.asked.append("create")
        return "other-1"

    def get_status(self, job: str) -> BatchStatus:
        self.asked.append(f"status {job}")
        return BatchStatus(state="ended", done=True, prompts=0, answered=0)

    def get_results(self, job: str, model: type[T]) -> Iterator[T | Failure]:
        self.asked.append(f"results {job}")
        return iter(())


def _gemini(bench: Bench) -> GeminiProvider:
    return GeminiProvider(bench.processor())


def test_first_that_can_batch_is_chosen_and_named_with_the_job(bench: Bench) -> None:
    chats, batches = Other(), Other(name="later", capabilities=frozenset({"batch"}))
    providers = Providers([chats, _gemini(bench), batches])
    batch = providers.create_batch(questions(2), **OPTIONS)
    assert batch.provider == "gemini"
    assert str(batch).startswith("gemini:batches/")
    assert (chats.asked, batches.asked) == ([], [])


def test_application_goes_its_whole_way_by_the_text_of_the_batch(bench: Bench) -> None:
    providers = Providers([Other(), _gemini(bench)])
    kept = str(providers.create_batch(questions(3), **OPTIONS))
    later = Providers([Other(), _gemini(bench)])
    assert later.get_status(kept).prompts == 3
    while not later.get_status(kept).done:
        bench.clock.wait(INTERVAL)
    assert [type(one) for one in later.get_results(kept, Label)] == [Label] * 3
    assert later.get_status(kept).state == "DONE"
    assert len(bench.calls("batches.create")) == 1


def test_results_before_the_end_are_not_finished_and_nobody_waits(bench_with: MakeBench) -> None:
    bench = bench_with(job_seconds=3600)
    providers = Providers([_gemini(bench)])
    batch = providers.create_batch(questions(2), **OPTIONS)
    assert providers.get_status(batch).done is False
    before = list(bench.clock.waits)
    with pytest.raises(NotFinished):
        providers.get_results(batch, Label)
    assert sum(bench.clock.waits) == sum(before)


def test_failure_never_leads_to_another_provider(bench_with: MakeBench) -> None:
    bench = bench_with(faults="400@batches.create")
    other = Other(capabilities=frozenset({"batch"}))
    with pytest.raises(ServiceRefused):
        Providers([_gemini(bench), other]).create_batch(questions(2), **OPTIONS)
    assert other.asked == []


def test_without_any_that_can_batch_nothing_is_sent(bench: Bench) -> None:
    other = Other()
    with pytest.raises(
        WrongUsage, match=r"No provider can batch: there is other\. Nothing was sent"
    ):
        Providers([other]).create_batch(questions(2))
    with pytest.raises(WrongUsage, match="there is none"):
        Providers([]).create_batch(questions(2))
    with pytest.raises(WrongUsage, match="No provider can video"):
        Providers([_gemini(bench), other]).choose("video")
    assert (other.asked, bench.endpoints()) == ([], [])


@pytest.mark.parametrize("batch", ["elsewhere:batches/abc", "batches/abc", "gemini:", "gemini", ""])
def test_batch_of_an_unknown_provider_is_wrong_usage(bench: Bench, batch: str) -> None:
    providers = Providers([_gemini(bench)])
    with pytest.raises(WrongUsage, match="of no provider here: there is gemini"):
        providers.get_status(batch)
    with pytest.raises(WrongUsage, match="of no provider here"):
        providers.get_results(batch, Label)
    assert bench.endpoints() == []


def test_batch_goes_to_its_own_provider_whoever_can_batch(bench: Bench) -> None:
    other = Other()
    providers = Providers([_gemini(bench), other])
    providers.get_status(Submitted(provider="other", job="j:1"))
    assert list(providers.get_results("other:j:1", Label)) == []
    assert other.asked == ["status j:1", "results j:1"]


def test_empty_payload_is_refused_before_anything_is_sent(bench: Bench) -> None:
    with pytest.raises(BadInput, match="the list is empty"):
        Providers([_gemini(bench)]).create_batch([], **OPTIONS)
    assert bench.endpoints() == []


def test_names_are_their_own_and_hold_no_colon(bench: Bench) -> None:
    with pytest.raises(WrongUsage, match="names of their own"):
        Providers([Other(), Other()])
    with pytest.raises(WrongUsage, match="without a colon"):
        Providers([Other(name="a:b")])


def test_providers_of_users_and_ours_are_what_the_protocol_says(bench: Bench) -> None:
    both: list[Provider] = [Other(), _gemini(bench)]  # the type checker holds them to it
    assert [provider.name for provider in both] == ["other", "gemini"]
