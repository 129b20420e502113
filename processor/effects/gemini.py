"""The gateway: the one module that imports google-genai.

It asks every question once, reads the operation's own JSON where the SDK drops half of it, and turns
every failure into a ``GatewayFault`` that says what may be done next. It knows no inference call but
batch creation, and its transport lets no other pass.
"""

from __future__ import annotations

import base64
import binascii
import io
import os
import warnings
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from datetime import datetime
from pathlib import Path
from typing import Any, BinaryIO

import httpx2
from google import genai
from google.genai import errors, types
from google.genai.client import DebugConfig

from processor.core.fault import FaultKind, GatewayFault
from processor.core.ids import JobName
from processor.core.operation import JobView, read_operation
from processor.effects.transport import Transport, scrub
from processor.errors import WrongUsage
from processor.ports import JobPage, RemoteFile, Upload

_API_VERSION = "v1beta"  # the guide's; whether v1 serves files is not established
# The most there are. Source: files.list in the v1beta reference, read 2026-11-22.
_FILES_A_PAGE = 100


class GeminiGateway:
    """The Gemini Developer API's batch and file endpoints.

    Args:
        api_key: goes into the request header and nowhere else.
        base_url: None for Google's own address.
        timeout_seconds: for each socket operation.
        trust_env: whether proxies of the environment are used (never for a loopback address).
    """

    def __init__(
        self, *, api_key: str, base_url: str | None, timeout_seconds: float, trust_env: bool
    ) -> None:
        if os.environ.get("GOOGLE_GENAI_HTTP_CLIENT", "auto").strip().lower() == "httpx":
            raise WrongUsage(
                "GOOGLE_GENAI_HTTP_CLIENT=httpx is set; truebatch guards its requests in httpx2. "
                "Unset it."
            )
        self._secret = api_key.strip()
        self._transport = Transport()
        self._client = genai.Client(
            vertexai=False,
            api_key=self._secret,
            # Given, so that no variable of the environment turns on the SDK's record and replay.
            debug_config=DebugConfig(client_mode=None, replay_id=None, replays_directory=None),
            http_options=types.HttpOptions(
                base_url=base_url,
                api_version=_API_VERSION,
                timeout=max(1, round(timeout_seconds * 1000)),
                # No retry_options: with them the SDK repeats a create whose answer was lost.
                client_args={
                    "trust_env": trust_env,
                    "follow_redirects": True,
                    "event_hooks": {
                        "request": [self._transport.before],
                        "response": [self._transport.after],
                    },
                },
            ),
        )

    def upload(self, path: Path, *, display_name: str, progress: Callable[[int], None]) -> Upload:
        """Upload a ``.json`` file; ``progress`` gets the bytes that have arrived."""
        with self._asking(), self._transport.reporting(progress):
            # No MIME type: `.json` is known to every mimetypes table, so detection cannot fail.
            file = self._client.files.upload(
                file=str(path), config=types.UploadFileConfig(display_name=display_name)
            )
        if not file.name:
            raise GatewayFault(FaultKind.UNCLEAR, "the upload's answer has no file name")
        return Upload(name=file.name, size_bytes=file.size_bytes, sha256=_hex(file.sha256_hash))

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

    def file_exists(self, name: str) -> bool:
        """Whether this project has the file: 403 and 404 both say no."""
        try:
            with self._asking():
                found = self._client.files.get(name=name)
        except GatewayFault as fault:
            if fault.status in (403, 404):
                return False
            raise
        if found.name != name:
            raise GatewayFault(FaultKind.UNCLEAR, "the service's answer names no file")
        return True

    def files(self) -> Sequence[RemoteFile]:
        """All files of the key's project that the service lists."""
        config = types.ListFilesConfig(page_size=_FILES_A_PAGE)
        with self._asking():
            return [
                RemoteFile(
                    name=file.name or "",
                    display_name=file.display_name or "",
                    size_bytes=file.size_bytes,
                )
                for file in self._client.files.list(config=config)
            ]

    def delete_file(self, name: str) -> bool:
        """Delete an uploaded file; False when this project does not have it (any more)."""
        try:
            with self._asking():
                self._client.files.delete(name=name)
        except GatewayFault as fault:
            if fault.status in (403, 404):
                return False
            raise
        return True

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

    def download(self, name: str, target: BinaryIO, *, progress: Callable[[int], None]) -> None:
        """Stream a file into ``target``; ``progress`` gets the bytes so far."""
        with self._asking():
            self._client.files.download(file=name, destination=_Counting(target, progress))

    def service_time(self) -> datetime | None:
        """The service's clock at its last answer, None when it told none."""
        return self._transport.service_time

    def close(self) -> None:
        """Close the connections."""
        self._client.close()

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

    @contextmanager
    def _asking(self) -> Iterator[None]:
        """Turn whatever the SDK or the transport raises into a ``GatewayFault`` without secrets."""
        try:
            yield
        except GatewayFault as fault:
            raise GatewayFault(
                fault.kind,
                scrub(fault.message, self._secret),
                status=fault.status,
                reason=fault.reason,
            ) from None
        except errors.APIError as error:
            raise self._transport.fault_of(
                error.code, str(error.message or ""), str(error.status or ""), self._secret
            ) from None
        except (httpx2.ConnectError, httpx2.ConnectTimeout) as error:
            message = scrub(str(error), self._secret) or type(error).__name__
            raise GatewayFault(FaultKind.UNREACHABLE, f"no connection: {message}") from None
        except (httpx2.HTTPError, httpx2.StreamError) as error:
            message = scrub(str(error), self._secret)
            raise GatewayFault(
                FaultKind.UNCLEAR, f"{type(error).__name__}: {message or 'connection lost'}"
            ) from None
        except (ValueError, KeyError, TypeError) as error:
            # The SDK's ways of saying that it cannot read the answer (JSON, pydantic, `file`).
            message = scrub(f"{type(error).__name__}: {error}", self._secret)
            raise GatewayFault(FaultKind.UNCLEAR, f"unreadable answer ({message})") from None


class _Counting(io.RawIOBase):
    """A target that tells how much was written."""

    def __init__(self, target: BinaryIO, progress: Callable[[int], None]) -> None:
        self._target = target
        self._progress = progress
        self._written = 0

    def writable(self) -> bool:
        return True

    def write(self, data: Any) -> int:
        written = self._target.write(data)
        self._written += written
        self._progress(self._written)
        return written


def _hex(encoded: str | None) -> str | None:
    """The service gives base64 of the digest's hex text; base64 of the digest itself is taken too."""
    if not encoded:
        return None
    with suppress(binascii.Error, UnicodeDecodeError, ValueError):
        decoded = base64.b64decode(encoded, validate=True)
        return decoded.hex() if len(decoded) == 32 else decoded.decode("ascii").lower()
    return None
