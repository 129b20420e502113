"""chatlas: ``batch_chat_structured``, inline, one state file, with a service that answers at once."""

from __future__ import annotations

import json
import time
from pathlib import Path
from typing import Any

import paper
from chatlas import ChatGoogle, batch_chat_structured
from google.genai import types


class Transport:
    """Stands where google-genai's requests go out; notes when."""

    def __init__(self, folder: Path) -> None:
        responses = [
            {"response": json.loads(line)["response"]}
            for line in paper.answers(folder).splitlines()
        ]
        output = {"inlinedResponses": {"inlinedResponses": responses}}
        metadata = {"state": "BATCH_STATE_SUCCEEDED", "output": output}
        body = {"name": "batches/b", "metadata": metadata, "done": True}
        self._answer = json.dumps(body)
        self.sent_at = self.received_at = 0.0

    def request(self, http_method: str, path: str, request_dict: Any, *_: Any) -> Any:
        if http_method == "post":
            self.sent_bytes = len(json.dumps(request_dict).encode())
            self.sent_at = time.perf_counter()
            return types.HttpResponse(headers={}, body=json.dumps({"name": "batches/b"}))
        self.received_at = self.received_at or time.perf_counter()
        return types.HttpResponse(headers={}, body=self._answer)


def _run(folder: Path) -> tuple[int, float, float]:
    chat = ChatGoogle(system_prompt=paper.SYSTEM, model=paper.MODEL, api_key="none")
    transport = Transport(folder)
    chat.provider._client._api_client.request = transport.request  # type: ignore[attr-defined]
    state = folder / "chatlas.json"
    state.unlink(missing_ok=True)
    begun = time.perf_counter()
    prompts = [paper.prompt(item) for item in paper.items(folder)]
    kept = batch_chat_structured(chat, prompts, state, data_model=paper.model())
    ended = time.perf_counter()
    state.unlink()
    good = sum(one is not None for one in kept)
    return good, transport.sent_at - begun, ended - transport.received_at


def build(folder: Path) -> paper.Done:
    count, seconds, _ = _run(folder)
    return paper.Done(count, seconds)


def parse(folder: Path) -> paper.Done:
    count, _, seconds = _run(folder)
    return paper.Done(count, seconds)


if __name__ == "__main__":
    paper.main(build, parse)
