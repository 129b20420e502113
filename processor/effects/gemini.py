"""The gateway: with its neighbours named gemini_*, the only modules that import google-genai.

It asks every question once, reads the operation's own JSON where the SDK drops half of it, and turns
every failure into a ``GatewayFault`` that says what may be done next. It knows no inference call but
batch creation, and its transport lets no other pass.
"""

from __future__ import annotations

import warnings
from collections.abc import Callable, Mapping
from typing import Any

from google.genai import types

from processor.core.fault import FaultKind, GatewayFault
from processor.core.ids import JobName
from processor.core.operation import JobView, read_operation
from processor.core.remote import JobPage
from processor.effects.gemini_caches import CacheCalls
from processor.effects.gemini_files import FileCalls


class GeminiGateway(FileCalls, CacheCalls):
    """The Gemini Developer API's batch, file and cache endpoints."""

    def create(self, *, model: str, upload_name: str, display_name: str) -> JobView:
        """Create the batch job: one POST, whatever happens."""
        return self._operation(
            lambda: self._client.batches.create(
                model=model,
                src=upload_name,
                config=types.CreateBatchJobConfig(display_name=display_name),
            )
        )

    def get(self, name: JobName) -> JobView:
        """Look at a job once."""
        return self._operation(lambda: self._client.batches.get(name=name))

    def cancel(self, name: JobName) -> None:
        """Ask for a job to be cancelled."""
        with self._asking():
            self._client.batches.cancel(name=name)

    def page(self, *, size: int, token: str | None) -> JobPage:
        """One page of all the project's jobs, from the raw answer."""
        config = types.ListBatchJobsConfig(page_size=size, page_token=token)
        body = self._captured(lambda: self._client.batches.list(config=config))
        operations = body.get("operations", [])
        if not isinstance(operations, list):
            raise GatewayFault(FaultKind.UNCLEAR, "the list of jobs is no list")
        return JobPage(
            jobs=tuple(read_operation(job) for job in operations if isinstance(job, dict)),
            next_token=body.get("nextPageToken") or None,
        )

    def count_tokens(self, *, model: str, request: Mapping[str, Any]) -> int:
        """Input tokens of a request as the service counts them; free, and no inference.

        Args:
            request: what stands under ``request`` in a request line; contents, system instruction and
                generation config count.
        """
        # Off Vertex the SDK refuses a system instruction here. The endpoint takes the whole request in
        # `generateContentRequest`, which excludes `contents`: to a proto an empty list is none.
        whole = {"model": f"models/{model}", **request}
        config = types.CountTokensConfig(
            http_options=types.HttpOptions(
                extra_body={"contents": [], "generateContentRequest": whole}
            )
        )
        with self._asking():
            answer = self._client.models.count_tokens(model=model, contents="-", config=config)
        if answer.total_tokens is None:
            raise GatewayFault(FaultKind.UNCLEAR, "the count of tokens has no total")
        return answer.total_tokens

    def _operation(self, call: Callable[[], object]) -> JobView:
        view = read_operation(self._captured(call))
        if not view.name:
            raise GatewayFault(FaultKind.UNCLEAR, "the service's answer names no job")
        return view

    def _captured(self, call: Callable[[], object]) -> Mapping[str, Any]:
        """The JSON object the service answered, also when the SDK cannot make its types of it."""
        self._transport.body = None
        try:
            with self._asking(), warnings.catch_warnings():
                # Of a state it does not know, the SDK warns; we show it as it is.
                warnings.filterwarnings("ignore", ".* is not a valid ", UserWarning)
                call()
        except GatewayFault:
            if self._transport.body is None:
                raise
        return self._transport.take_body()
