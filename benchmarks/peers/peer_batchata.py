"""batchata: its Gemini provider, inline and by position, with a service that answers at once."""

from __future__ import annotations

import json
import os
import time
from pathlib import Path
from typing import Any

import paper
from batchata.core.job import Job
from batchata.providers.gemini.gemini_provider import GeminiProvider
from google.genai import types


class Transport:
    """Stands where google-genai's requests go out; notes when the results came."""

    def __init__(self, folder: Path) -> None:
        responses = [
            {"response": json.loads(line)["response"]}
            for line in paper.answers(folder).splitlines()
        ]
        output = {"inlinedResponses": {"inlinedResponses": responses}}
        metadata = {"state": "BATCH_STATE_SUCCEEDED", "output": output}
        self._answer = json.dumps({"name": "batches/b", "metadata": metadata, "done": True})
        self.sent_at = self.received_at = 0.0

    def request(self, http_method: str, path: str, request_dict: Any, *_: Any) -> Any:
        if http_method == "post":
            self.sent_bytes = len(json.dumps(request_dict).encode())
            self.sent_at = time.perf_counter()
            return types.HttpResponse(headers={}, body=json.dumps({"name": "batches/b"}))
        self.received_at = time.perf_counter()
        return types.HttpResponse(headers={}, body=self._answer)


def _run(folder: Path) -> tuple[int, float, float]:
    os.environ["GOOGLE_API_KEY"] = "none"
    provider = GeminiProvider()
    transport = Transport(folder)
    provider.client._api_client.request = transport.request
    begun = time.perf_counter()
    jobs = [
        # Without response_model: a nested one makes google-genai raise (its $defs are dropped).
        Job(
            id=paper.key(item),
            model=paper.MODEL,
            messages=[
                {"role": "system", "content": paper.SYSTEM},
                {"role": "user", "content": paper.prompt(item)},
            ],
            max_tokens=paper.MAX_OUTPUT_TOKENS,
        )
        for item in paper.items(folder)
    ]
    batch, mapping = provider.create_batch(jobs)
    status, _ = provider.get_batch_status(batch)
    assert status == "complete", status
    paper_type = paper.model()
    results = provider.get_batch_results(batch, mapping)
    kept = [paper_type.model_validate_json(one.raw_response) for one in results]
    ended = time.perf_counter()
    return len(kept), transport.sent_at - begun, ended - transport.received_at


def build(folder: Path) -> paper.Done:
    count, seconds, _ = _run(folder)
    return paper.Done(count, seconds)


def parse(folder: Path) -> paper.Done:
    count, _, seconds = _run(folder)
    return paper.Done(count, seconds)


if __name__ == "__main__":
    paper.main(build, parse)
