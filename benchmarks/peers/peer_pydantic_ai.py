"""pydantic-ai: ``direct.model_request_batch`` on its Google model, with a service that answers at once."""

from __future__ import annotations

import asyncio
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import paper
from google.genai import types
from pydantic_ai.direct import model_request_batch
from pydantic_ai.messages import ModelRequest
from pydantic_ai.models.batch import BatchRequest
from pydantic_ai.models.google import GoogleModel, GoogleModelSettings
from pydantic_ai.providers.google import GoogleProvider


class Service:
    """Stands where google-genai's calls go out; notes when."""

    def __init__(self, folder: Path) -> None:
        self._answers = paper.answers(folder)
        self.uploaded_at = self.downloaded_at = 0.0

    async def upload(self, **_: Any) -> Any:
        self.uploaded_at = time.perf_counter()
        return types.File(name="files/in")

    async def delete(self, **_: Any) -> None:
        return None

    async def create(self, **_: Any) -> Any:
        return self._job()

    async def get(self, **_: Any) -> Any:
        return self._job()

    async def download(self, **_: Any) -> bytes:
        self.downloaded_at = time.perf_counter()
        return self._answers

    def _job(self) -> Any:
        return types.BatchJob(
            name="batches/b",
            state=types.JobState.JOB_STATE_SUCCEEDED,
            create_time=datetime.now(UTC),
            dest=types.BatchJobDestination(file_name="files/out"),
        )


def _run(folder: Path) -> tuple[list[Any], float, float]:
    model = GoogleModel(paper.MODEL, provider=GoogleProvider(api_key="none"))
    service = Service(folder)
    model.client.aio._files = service  # type: ignore[attr-defined]
    model.client.aio._batches = service  # type: ignore[attr-defined]
    assert model.client.aio.files is service
    begun = time.perf_counter()
    requests = [
        BatchRequest(
            custom_id=paper.key(item),
            messages=[ModelRequest.user_text_prompt(paper.prompt(item), instructions=paper.SYSTEM)],
            model_settings=GoogleModelSettings(max_tokens=paper.MAX_OUTPUT_TOKENS),
        )
        for item in paper.items(folder)
    ]
    call = model_request_batch(model, requests, poll_interval=timedelta(microseconds=1))
    responses = asyncio.run(call)
    paper_type = paper.model()
    # Typed output is its agents' work, which do not batch: the text is validated as its user would.
    kept = [paper_type.model_validate_json(response.text) for response in responses]
    ended = time.perf_counter()
    return kept, service.uploaded_at - begun, ended - service.downloaded_at


def build(folder: Path) -> paper.Done:
    kept, seconds, _ = _run(folder)
    return paper.Done(len(kept), seconds)


def parse(folder: Path) -> paper.Done:
    kept, _, seconds = _run(folder)
    return paper.Done(len(kept), seconds)


if __name__ == "__main__":
    paper.main(build, parse)
