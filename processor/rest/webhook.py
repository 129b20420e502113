"""The webhook: Gemini's word that a job has ended, taken as a hint; polling goes on regardless."""

from __future__ import annotations

from http import HTTPStatus
from typing import Annotated

from fastapi import APIRouter, Header, Request
from fastapi.responses import Response

from processor.rest.answering import says
from processor.rest.desk import AtDesk
from processor.rest.problems import Refused, not_found

router = APIRouter(tags=["service"])

# A message is good for five minutes, either way. Source: the Standard Webhooks specification,
# https://www.standardwebhooks.com, which the API's webhooks follow (since 2026-05-04), read 2026-11-22.
WINDOW_SECONDS = 300
_Text = Annotated[str | None, Header(max_length=4096)]


@router.post("/webhook", status_code=204, responses=says(404, 409))
async def webhook(
    request: Request,
    desk: AtDesk,
    webhook_id: _Text = None,
    webhook_timestamp: _Text = None,
    webhook_signature: _Text = None,
) -> Response:
    """Take the API's message that a job has ended, and look at all jobs now; signed, and each once."""
    if not desk.webhooks:
        raise not_found("No webhook is expected here: --webhook-secret-file is not given.")
    signed = webhook_id, webhook_timestamp, webhook_signature
    body = await request.body()
    if None in signed or not desk.webhooks.is_signed(
        webhook_id or "", webhook_timestamp or "", body, webhook_signature or ""
    ):
        raise Refused(HTTPStatus.UNAUTHORIZED, "unsigned", "The message's signature is not ours.")
    moment = int(webhook_timestamp or "") if (webhook_timestamp or "").isdecimal() else 0
    if abs(desk.clock.now().timestamp() - moment) > WINDOW_SECONDS:
        raise Refused(HTTPStatus.UNAUTHORIZED, "stale", "The message is too old, or of tomorrow.")
    if desk.webhooks.take(webhook_id or "", moment):
        desk.driver.wake()
    return Response(status_code=HTTPStatus.NO_CONTENT)
