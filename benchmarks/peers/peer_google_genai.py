"""google-genai: typed inline requests, and the typed responses of an inline job."""

from __future__ import annotations

import json
import time
from pathlib import Path
from typing import Any

import paper
from google import genai
from google.genai import types


class Transport:
    """Stands where the client's requests go out: what it would send is encoded, as it would be."""

    def __init__(self, body: dict[str, Any]) -> None:
        self._answer = json.dumps(body)
        self.sent_bytes = 0
        self.received_at = 0.0

    def request(self, http_method: str, path: str, request_dict: Any, *_: Any) -> Any:
        if http_method == "post":
            self.sent_bytes = len(json.dumps(request_dict).encode())
            return types.HttpResponse(headers={}, body=json.dumps({"name": "batches/b"}))
        self.received_at = time.perf_counter()
        return types.HttpResponse(headers={}, body=self._answer)


def _client(body: dict[str, Any]) -> tuple[Any, Transport]:
    client, transport = genai.Client(api_key="none"), Transport(body)
    client._api_client.request = transport.request  # type: ignore[method-assign]
    return client, transport


def build(folder: Path) -> paper.Done:
    client, transport = _client({})

    def loop() -> int:
        requests = [
            types.InlinedRequest(
                contents=[types.Content(role="user", parts=[types.Part(text=paper.prompt(item))])],
                metadata={"key": paper.key(item)},
                config=types.GenerateContentConfig(
                    system_instruction=paper.SYSTEM,
                    max_output_tokens=paper.MAX_OUTPUT_TOKENS,
                    response_mime_type="application/json",
                ),
            )
            for item in paper.items(folder)
        ]
        client.batches.create(model=paper.MODEL, src=requests)
        assert transport.sent_bytes
        return len(requests)

    return paper.timed(loop)


def parse(folder: Path) -> paper.Done:
    responses = []
    for line in paper.answers(folder).splitlines():
        body = json.loads(line)
        responses.append({"response": body["response"], "metadata": {"key": body["key"]}})
    inlined = {"inlinedResponses": {"inlinedResponses": responses}}
    metadata = {"state": "BATCH_STATE_SUCCEEDED", "output": inlined}
    client, transport = _client({"name": "batches/b", "metadata": metadata, "done": True})
    paper_type = paper.model()
    job = client.batches.get(name="batches/b")
    kept = [
        (one.metadata["key"], paper_type.model_validate_json(one.response.text))
        for one in job.dest.inlined_responses
    ]
    return paper.Done(len(kept), time.perf_counter() - transport.received_at)


if __name__ == "__main__":
    paper.main(build, parse)
