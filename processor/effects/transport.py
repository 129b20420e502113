"""The guard on every HTTP exchange: hooks into the SDK's own client, which see what it hides."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from datetime import datetime
from email.utils import parsedate_to_datetime
from typing import Any

import httpx2

from processor.core.fault import FaultKind, GatewayFault, kind_of_status

_OK = 200
_LONGEST_MESSAGE = 400
# Everything truebatch may ask for. An inference call outside batch is not among them.
_ALLOWED = re.compile(
    r"(/upload)?/v1(beta)?/files$|/v1(beta)?/files/[^/]+$|(/download)?/v1(beta)?/files/[^/]+:download$"
    r"|/v1(beta)?/cachedContents(/[^/:]+)?$"
    r"|/v1(beta)?/batches$|/v1(beta)?/batches/[^/]+$"
    r"|/v1(beta)?/models/[^/]+:(batchGenerateContent|countTokens)$"
)
_DELETABLE = re.compile(r"/v1(beta)?/(files|cachedContents)/[^/:]+$")
_OPERATIONS = re.compile(r"/v1(beta)?/batches(/[^/:]+)?$|:batchGenerateContent$")
_TAGS = re.compile(r"<(script|style)\b.*?</\1\s*>|<[^>]*>", re.DOTALL | re.IGNORECASE)


class Transport:
    """What passes between the SDK and the service.

    Attributes:
        body: the last JSON object answered under ``/batches``, None when it was none.
        service_time: the Date header of the last answer.
    """

    def __init__(self) -> None:
        self.body: Mapping[str, Any] | None = None
        self.service_time: datetime | None = None
        self._progress: Callable[[int], None] | None = None

    @contextmanager
    def reporting(self, progress: Callable[[int], None]) -> Iterator[None]:
        """Tell ``progress`` of every chunk of an upload that arrives within the block."""
        self._progress = progress
        try:
            yield
        finally:
            self._progress = None

    def take_body(self) -> Mapping[str, Any]:
        """The JSON object of the last answer under ``/batches``.

        Raises:
            GatewayFault: it was none.
        """
        if self.body is None:
            raise GatewayFault(FaultKind.UNCLEAR, "the service's answer is empty or no JSON object")
        return self.body

    def before(self, request: httpx2.Request) -> None:
        """Stop what must not go out."""
        if not _ALLOWED.search(request.url.path):
            raise GatewayFault(FaultKind.REFUSED, f"truebatch does not call {request.url.path}")
        if request.method == "DELETE" and not _DELETABLE.search(request.url.path):
            # A job that is deleted takes its answers with it.
            raise GatewayFault(FaultKind.REFUSED, f"truebatch does not delete {request.url.path}")
        is_empty_chunk = (
            request.headers.get("x-goog-upload-command") == "upload"
            and request.headers.get("content-length") == "0"
        )
        if is_empty_chunk:
            # The SDK would send empty chunks for ever when the file shrinks under it.
            raise GatewayFault(FaultKind.REFUSED, "the request file shrank while it was uploaded")

    def after(self, response: httpx2.Response) -> None:
        """Read what the SDK drops; stop where it would go on wrongly."""
        request = response.request
        self._note_time(response)
        if response.has_redirect_location:
            self._check_redirect(response)
        elif "x-goog-upload-offset" in request.headers:
            self._check_chunk(response)
        elif response.status_code == _OK and _OPERATIONS.search(request.url.path):
            response.read()
            self.body = _json_object(response.content)

    def _note_time(self, response: httpx2.Response) -> None:
        try:
            self.service_time = parsedate_to_datetime(response.headers.get("date", ""))
        except ValueError:
            self.service_time = None

    def _check_redirect(self, response: httpx2.Response) -> None:
        origin, target = (
            response.request.url,
            response.request.url.join(response.headers["location"]),
        )
        if (origin.scheme, origin.host, origin.port) != (target.scheme, target.host, target.port):
            raise GatewayFault(
                FaultKind.UNCLEAR,
                f"the service redirects to another address ({target.host}); the key is not sent there",
                status=response.status_code,
            )

    def _check_chunk(self, response: httpx2.Response) -> None:
        request = response.request
        if response.status_code != _OK:
            # The SDK takes a 5xx with an upload status for success, and waits by itself on others.
            response.read()
            raise self.fault_of(response.status_code, response.text, response.reason_phrase, "")
        if "x-goog-upload-status" not in response.headers:
            # The SDK would send the same piece again, which a finished upload refuses for good.
            raise GatewayFault(FaultKind.UNCLEAR, "the upload's answer does not say how it stands")
        if self._progress is not None:
            offset = int(request.headers["x-goog-upload-offset"])
            self._progress(offset + int(request.headers.get("content-length", 0)))

    def fault_of(self, status: int, message: str, reason: str, secret: str) -> GatewayFault:
        """The fault for an HTTP error; the message is the service's own, or what its page says."""
        inner = _json_object(message.encode())
        error = inner.get("error") if inner else None
        if isinstance(error, dict):
            message, reason = str(error.get("message", "")), str(error.get("status", reason))
        text = " ".join(_TAGS.sub(" ", scrub(message, secret)).split())
        if len(text) > _LONGEST_MESSAGE:
            text = text[:_LONGEST_MESSAGE] + " …"
        return GatewayFault(
            kind_of_status(status), text or "no message", status=status, reason=reason
        )


def scrub(text: str, secret: str) -> str:
    """``text`` without the key."""
    return text.replace(secret, "[key]") if secret else text


def _json_object(content: bytes) -> Mapping[str, Any] | None:
    try:
        value = json.loads(content)
    except ValueError:
        return None
    return value if isinstance(value, dict) else None
