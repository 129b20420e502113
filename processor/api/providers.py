"""Providers: a small facade for applications that know several services, one of which can batch."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any, Protocol, TypeVar

from processor.api.processor import Processor
from processor.api.prompts import Prompt
from processor.api.typed import Failure
from processor.core.state import FINAL
from processor.errors import NotFinished, WrongUsage

T = TypeVar("T")

BATCH = "batch"
"""The capability that ``create_batch`` needs."""


@dataclass(frozen=True, slots=True, kw_only=True)
class BatchStatus:
    """Where a batch stands.

    Attributes:
        state: in the provider's own words.
        done: whether its results can be had.
        answered: of ``prompts``; None when the provider does not say.
    """

    state: str
    done: bool
    prompts: int
    answered: int | None


class Provider(Protocol):
    """What a service must offer. The names of jobs are its own."""

    @property
    def name(self) -> str:
        """What it is called; no colon in it."""

    @property
    def capabilities(self) -> frozenset[str]:
        """What it can do; ``batch`` among others."""

    def create_batch(self, prompts: Iterable[Prompt], **options: Any) -> str:
        """Send the prompts; the job's name."""

    def get_status(self, job: str) -> BatchStatus:
        """Where a job stands."""

    def get_results(self, job: str, model: type[T]) -> Iterator[T | Failure]:
        """The results in the order of the prompts; raises ``NotFinished`` before the end."""


@dataclass(frozen=True, slots=True)
class GeminiProvider:
    """Gemini's batch, by a ``Processor``; ``create_batch`` takes what ``submit_prompts`` takes."""

    processor: Processor
    name: str = "gemini"
    capabilities: frozenset[str] = frozenset({BATCH})

    def create_batch(self, prompts: Iterable[Prompt], **options: Any) -> str:
        """The job's name; the run's id where every answer was known, and no job was needed."""
        made = self.processor.submit_prompts(prompts, **options)
        return made.job or made.id

    def get_status(self, job: str) -> BatchStatus:
        """Where the job stands: one question to the service."""
        status = self.processor.status(job)
        return BatchStatus(
            state=status.state,
            done=status.collectable or status.state in FINAL,
            prompts=status.items,
            answered=status.answered,
        )

    def get_results(self, job: str, model: type[T]) -> Iterator[T | Failure]:
        """Fetch and judge if that is not done yet; see ``Processor.results``."""
        try:
            return self.processor.results(job, model=model)
        except NotFinished:
            self.processor.resume(job, max_wait=0)
        return self.processor.results(job, model=model)


@dataclass(frozen=True, slots=True, kw_only=True)
class Submitted:
    """A batch, and whose it is; as text ``gemini:batches/…``, which ``Providers`` take as well."""

    provider: str
    job: str

    def __str__(self) -> str:
        return f"{self.provider}:{self.job}"


class Providers:
    """Several providers. One is chosen by what it says it can do, before anything is sent.

    A failure never leads to another: the error is raised as it is.
    """

    def __init__(self, providers: Sequence[Provider]) -> None:
        self._by_name = {provider.name: provider for provider in providers}
        if len(self._by_name) < len(providers) or any(":" in name for name in self._by_name):
            raise WrongUsage("Providers need names of their own, without a colon.")

    def choose(self, needs: str = BATCH) -> Provider:
        """The first that can do what is needed.

        Raises:
            WrongUsage: none can.
        """
        for provider in self._by_name.values():
            if needs in provider.capabilities:
                return provider
        raise WrongUsage(f"No provider can {needs}: there is {self._names()}. Nothing was sent.")

    def create_batch(self, prompts: Iterable[Prompt], **options: Any) -> Submitted:
        """Send the prompts to the first provider that can batch; its name is in what comes back."""
        provider = self.choose(BATCH)
        return Submitted(provider=provider.name, job=provider.create_batch(prompts, **options))

    def get_status(self, batch: Submitted | str) -> BatchStatus:
        """Where a batch stands, by its own provider."""
        provider, job = self._find(batch)
        return provider.get_status(job)

    def get_results(self, batch: Submitted | str, model: type[T]) -> Iterator[T | Failure]:
        """The results in the order of the prompts, from its own provider."""
        provider, job = self._find(batch)
        return provider.get_results(job, model)

    def _find(self, batch: Submitted | str) -> tuple[Provider, str]:
        name, _, job = str(batch).partition(":")
        if name not in self._by_name or not job:
            raise WrongUsage(
                f"{str(batch)!r} is of no provider here: there is {self._names()}. What create_batch "
                "gave, as it is or as text, is wanted."
            )
        return self._by_name[name], job

    def _names(self) -> str:
        return ", ".join(self._by_name) or "none"
