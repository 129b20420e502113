"""The webhook: only what Gemini signed is heard, once, and only as a hint."""

from __future__ import annotations

import base64
import hashlib
import hmac
import time
from uuid import uuid4

import httpx2
import pytest

from processor.errors import WrongUsage
from processor.rest.signatures import Webhooks
from tests.service.guarded import SECRET, Guarded

BODY = b'{"type":"batch.succeeded","data":{"id":"batches/x"}}'


def _signed(name: str, at: float, body: bytes = BODY, secret: str = SECRET) -> dict[str, str]:
    key = base64.b64decode(secret.removeprefix("whsec_"))
    made = hmac.new(key, f"{name}.{int(at)}.".encode() + body, hashlib.sha256).digest()
    signature = f"v1,AAAA v1,{base64.b64encode(made).decode()}"
    return {"webhook-id": name, "webhook-timestamp": str(int(at)), "webhook-signature": signature}


def _send(guard: Guarded, headers: dict[str, str], body: bytes = BODY) -> httpx2.Response:
    with guard.client("") as gemini:
        return gemini.post("/webhook", content=body, headers=headers)


def test_signed_message_is_taken_once_and_a_replay_refused(guard: Guarded) -> None:
    headers = _signed(uuid4().hex, time.time() - 10)
    assert _send(guard, headers).status_code == 204
    replayed = _send(guard, headers)
    assert replayed.status_code == 409
    assert replayed.json()["kind"] == "replayed"
    again = _signed(headers["webhook-id"], time.time())  # the sender's own second try is no replay
    assert _send(guard, again).status_code == 204


@pytest.mark.parametrize("seconds", [-301.0 - 10, 301.0 + 10, -1e9])
def test_old_message_is_refused(guard: Guarded, seconds: float) -> None:
    answer = _send(guard, _signed(uuid4().hex, time.time() + seconds))
    assert answer.status_code == 401
    assert answer.json()["kind"] == "stale"


@pytest.mark.parametrize("missing", ["webhook-id", "webhook-timestamp", "webhook-signature"])
def test_message_without_a_header_is_refused(guard: Guarded, missing: str) -> None:
    headers = _signed(uuid4().hex, time.time())
    del headers[missing]
    assert _send(guard, headers).status_code == 401


def test_message_that_was_changed_is_refused(guard: Guarded) -> None:
    headers = _signed(uuid4().hex, time.time())
    assert _send(guard, headers, BODY + b" ").status_code == 401
    other = "whsec_" + base64.b64encode(b"another key").decode()
    assert _send(guard, _signed(uuid4().hex, time.time(), secret=other)).status_code == 401


def test_service_without_a_secret_takes_no_messages() -> None:
    assert not Webhooks(())
    with pytest.raises(WrongUsage, match="whsec_"):
        Webhooks(["no secret"])
