"""The client of a truebatch service: its answers as values, its problems as the errors they are."""

from __future__ import annotations

import json
import os
import uuid
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import httpx2

from processor.errors import ProcessorError, ServiceRefused, WrongUsage
from processor.ports import Clock

TOKEN_NAME = "TRUEBATCH_TOKEN"  # noqa: S105 - the variable's name
_TRIES = 3
_PAUSE_SECONDS = 2.0
_BLOCK_BYTES = 256 * 1024
_SERVER_ERROR = 500


class Unreachable(ServiceRefused):
    """Nobody answered; whether the request arrived is not known."""


class RestClient:
    """Asks one service.

    Args:
        url: its address.
        token: None where none is needed.
    """

    def __init__(self, url: str, token: str | None, *, clock: Clock, timeout: float) -> None:
        parts = urlsplit(url)
        if parts.scheme not in ("http", "https") or not parts.hostname or parts.username:
            raise WrongUsage(f"--server {url!r} is no address; it looks like https://host[:port].")
        self.url = url.rstrip("/")
        self._clock = clock
        # Redirects are not followed: the token belongs to this address.
        self._client = httpx2.Client(
            base_url=self.url,
            headers={"authorization": f"Bearer {token}"} if token else None,
            timeout=timeout,
            trust_env=parts.hostname not in ("127.0.0.1", "localhost", "::1"),
        )

    def get(self, path: str, **query: Any) -> Any:
        """The JSON at ``path``.

        Raises:
            Unreachable: nobody answers.
            ProcessorError: what the service says.
        """
        return self._ask("GET", path, params=_given(query)).json()

    def post(self, path: str, body: Mapping[str, Any]) -> Any:
        """Post JSON; asked again with one idempotency key when no answer comes: it acts once."""
        content = json.dumps(body, ensure_ascii=False, allow_nan=False).encode()
        headers = {"content-type": "application/json", "idempotency-key": uuid.uuid4().hex}
        return self._repeat(path, lambda: content, headers, {})

    def upload(self, path: str, file: Path, media_type: str, **query: Any) -> Any:
        """Post a file, a block in memory at a time; asked again like ``post``."""

        def content() -> Iterator[bytes]:
            with file.open("rb") as stream:
                while block := stream.read(_BLOCK_BYTES):
                    yield block

        headers = {
            "content-type": media_type,
            "content-length": str(file.stat().st_size),
            "idempotency-key": uuid.uuid4().hex,
        }
        return self._repeat(path, content, headers, _given(query))

    def lines(self, path: str, **query: Any) -> Iterator[bytes]:
        """The lines of a stream, without their ends; one in memory at a time.

        Raises:
            Unreachable: the stream was cut.
        """
        try:
            with self._client.stream("GET", path, params=_given(query)) as answer:
                if not answer.is_success:
                    answer.read()
                    raise _error(answer)
                rest = b""
                for block in answer.iter_bytes():
                    *whole, rest = (rest + block).split(b"\n")
                    yield from whole
        except httpx2.HTTPError as error:
            raise self._unreachable(error) from None

    def close(self) -> None:
        """Close the connections."""
        self._client.close()

    def _repeat(self, path: str, content: Any, headers: Mapping[str, str], query: Any) -> Any:
        for attempt in range(1, _TRIES + 1):
            try:
                return self._ask(
                    "POST", path, content=content(), headers=headers, params=query
                ).json()
            except Unreachable:
                if attempt == _TRIES:
                    raise
            self._clock.wait(_PAUSE_SECONDS)
        raise AssertionError("unreachable: the last try returns or raises")

    def _ask(self, method: str, path: str, **options: Any) -> httpx2.Response:
        try:
            answer = self._client.request(method, path, **options)
        except httpx2.HTTPError as error:
            raise self._unreachable(error) from None
        if not answer.is_success:
            raise _error(answer)
        return answer

    def _unreachable(self, error: httpx2.HTTPError) -> Unreachable:
        reason = str(error) or type(error).__name__
        return Unreachable(
            f"The service at {self.url} does not answer: {reason}. Is it running, and is the address right?"
        )


def find_token(file: str | None) -> str | None:
    """The token: from a file, else from the environment.

    Raises:
        WrongUsage: the file cannot be read, or holds none.
    """
    if file is None:
        return os.environ.get(TOKEN_NAME, "").strip() or None
    try:
        token = Path(file).read_text(encoding="utf-8").strip()
    except (OSError, UnicodeDecodeError) as error:
        reason = error.strerror if isinstance(error, OSError) else "no UTF-8 text"
        raise WrongUsage(f"{file}: {reason}.") from None
    if not token or not token.isascii() or not token.isprintable() or " " in token:
        raise WrongUsage(f"What {file} holds is no token.")
    return token


def _error(answer: httpx2.Response) -> ProcessorError:
    """What the service says, as the error that a command would have ended with."""
    try:
        problem = answer.json()
        kind, message = problem["kind"], problem["detail"]
    except (ValueError, KeyError, TypeError):
        return ServiceRefused(
            f"{answer.url.host} answers {answer.status_code}, and is no truebatch service by that."
        )
    kinds = {one.kind: one for one in ProcessorError.__subclasses__()}
    if kind not in kinds:
        server = answer.status_code >= _SERVER_ERROR or answer.status_code == 429
        kinds[kind] = ServiceRefused if server else WrongUsage
    return kinds[kind](message, run=problem.get("run"))


def _given(query: Mapping[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in query.items() if value not in (None, (), [], False)}
