"""The client: google-genai set up so that it asks once, leaks nothing, and goes where it is told."""

from __future__ import annotations

import base64
import binascii
import logging
import os
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from datetime import datetime

import httpx2
from google import genai
from google.genai import errors, types
from google.genai.client import DebugConfig

from processor.core.fault import FaultKind, GatewayFault
from processor.effects.transport import Transport, scrub
from processor.errors import WrongUsage

_SDK_LOG = logging.getLogger("google_genai._api_client")
_API_VERSION = "v1beta"  # the guide's; whether v1 serves files is not established


@contextmanager
def _silent_about_keys() -> Iterator[None]:
    """The SDK says which of two keys in the environment it takes, and takes the one it is given."""

    def other(record: logging.LogRecord) -> bool:
        return "Using GOOGLE_API_KEY" not in record.getMessage()

    _SDK_LOG.addFilter(other)
    try:
        yield
    finally:
        _SDK_LOG.removeFilter(other)


class GeminiClient:
    """A connection to the Gemini Developer API.

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
        with _silent_about_keys():
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

    def service_time(self) -> datetime | None:
        """The service's clock at its last answer, None when it told none."""
        return self._transport.service_time

    def close(self) -> None:
        """Close the connections."""
        self._client.close()

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


def hex_digest(encoded: str | None) -> str | None:
    """The service gives base64 of the digest's hex text; base64 of the digest itself is taken too."""
    if not encoded:
        return None
    with suppress(binascii.Error, UnicodeDecodeError, ValueError):
        decoded = base64.b64decode(encoded, validate=True)
        return decoded.hex() if len(decoded) == 32 else decoded.decode("ascii").lower()
    return None
