"""bespokelabs-curator: request and response file of its Gemini batch processor (Vertex AI only)."""

from __future__ import annotations

import asyncio
import json
import os
from datetime import UTC, datetime
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import paper

os.environ["TELEMETRY_ENABLED"] = "false"  # before its import

from bespokelabs.curator.llm.prompt_formatter import PromptFormatter
from bespokelabs.curator.request_processor.batch.gemini_batch_request_processor import (
    GeminiBatchRequestProcessor,
)
from bespokelabs.curator.request_processor.config import BatchRequestProcessorConfig
from bespokelabs.curator.types.generic_batch import GenericBatch, GenericBatchRequestCounts

ROWS = "curator-requests_0.jsonl"


class Processor(GeminiBatchRequestProcessor):
    """The processor without a project in the cloud."""

    def _initialize_cloud(self) -> None:
        return None


async def _nothing(*_: Any, **__: Any) -> None:
    return None


def _processor() -> Any:
    config = BatchRequestProcessorConfig(
        model="gemini-1.5-flash", generation_params={"maxOutputTokens": paper.MAX_OUTPUT_TOKENS}
    )
    made: Any = Processor(config)
    made.prompt_formatter = PromptFormatter(
        model_name=config.model,
        prompt_func=lambda row: [
            {"role": "user", "content": f"{paper.SYSTEM}\n{paper.prompt(row)}"}
        ],
        response_format=paper.model(),
    )
    made.tracker = SimpleNamespace(num_parsed_responses=0, update_token_and_cost=lambda *_: None)
    made._viewer_client = SimpleNamespace(stream_response=_nothing, session_completed=_nothing)
    return made


def _write_requests(processor: Any, folder: Path) -> int:
    count = 0
    with (folder / ROWS).open("w") as file:  # as acreate_request_file
        for index, item in enumerate(paper.items(folder)):
            request = processor.prompt_formatter.create_generic_request(item, index)
            file.write(json.dumps(request.model_dump(), default=str) + "\n")
            count += 1
    return count


def build(folder: Path) -> paper.Done:
    processor = _processor()

    def loop() -> int:
        count = _write_requests(processor, folder)
        requests = processor.requests_from_generic_request_file(str(folder / ROWS), set())
        content = processor.create_batch_file(requests)
        (folder / "curator.jsonl").write_bytes(content)
        return count

    return paper.timed(loop)


def parse(folder: Path) -> paper.Done:
    processor = _processor()
    _write_requests(processor, folder)
    rows = []
    for index, line in enumerate(paper.answers(folder).splitlines()):
        body = {"custom_id": str(index), "status": "", "response": json.loads(line)["response"]}
        rows.append({**body, "processed_time": datetime.now(UTC).isoformat()})
    lines = [json.dumps(row) for row in rows]
    now = datetime.now(UTC)
    counts = GenericBatchRequestCounts(
        total=len(rows), failed=0, succeeded=len(rows), raw_request_counts_object={}
    )
    batch = GenericBatch(
        request_file=str(folder / ROWS), id="b", created_at=now, finished_at=now, status="finished",
        api_key_suffix="", request_counts=counts, raw_status="", raw_batch={},
    )  # fmt: skip
    target = folder / ROWS.replace("requests_", "responses_")

    def loop() -> int:
        target.unlink(missing_ok=True)
        responses = [json.loads(line) for line in lines]  # as download_batch hands them on
        asyncio.run(processor.generic_response_file_from_responses(responses, batch))
        return target.read_bytes().count(b"\n")

    return paper.timed(loop)


if __name__ == "__main__":
    paper.main(build, parse)
