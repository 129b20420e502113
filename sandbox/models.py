"""The models endpoints; those that would answer interactively refuse."""

import re
from typing import Any

import orjson
from starlette.responses import Response

from sandbox.errors import ApiError, model_missing
from sandbox.prompts import MAX_OUTPUT_TOKENS, read_prompt
from sandbox.sending import json_answer
from sandbox.service import Call
from sandbox.wire import field

MODELS = (
    "gemini-4-carbon",
    "gemini-4-argon",
    "gemini-3.8-flash",
    "gemini-3.7-flash",
    "gemini-3.6-flash",
    "gemini-3.5-flash",
    "gemini-3.5-flash-lite",
    "gemini-3.1-flash-lite",
    "gemini-3.1-pro-preview",
    "gemini-3-flash-preview",
    "gemini-2.5-pro",
    "gemini-2.5-flash",
    "gemini-2.5-flash-lite",
)
"""Source: price and rate-limit pages, read 2026-11-21."""
_VERSION = re.compile(r"-\d{3}$")


def check_model(call: Call, model: str, method: str) -> str:
    """The model's name, when it is served: by its name, or by a version `name-NNN` of it.

    Raises
    ------
    ApiError: 404 for any other.
    """
    name = model.removeprefix("models/")
    served = {*MODELS, *call.service.options.models}
    if name not in served and _VERSION.sub("", name) not in served:
        raise model_missing(name, call.version, method)
    return name


def _resource(name: str) -> dict[str, Any]:
    return {
        "name": f"models/{name}",
        "version": "001",
        "displayName": name,
        "inputTokenLimit": 1_048_576,
        "outputTokenLimit": MAX_OUTPUT_TOKENS,
        "supportedGenerationMethods": ["countTokens", "batchGenerateContent"],
    }


async def get(call: Call) -> Response:
    """One model."""
    return json_answer(_resource(check_model(call, call.request.path_params["model"], "getModel")))


async def list_models(call: Call) -> Response:
    """All models, on one page."""
    names = (*MODELS, *call.service.options.models)
    return json_answer({"models": [_resource(name) for name in names]})


async def count(call: Call) -> Response:
    """Tokens of a prompt, by the stand-in tokenizer."""
    body = await call.request.body()
    call.bytes_in = len(body)
    check_model(call, call.request.path_params["model"], "countTokens")
    try:
        asked = orjson.loads(body)
    except orjson.JSONDecodeError as error:
        raise ApiError(400, f"Invalid JSON payload received. {error.msg}") from None
    if not isinstance(asked, dict):
        raise ApiError(400, "Invalid JSON payload received. Expected an object.")
    tokens = read_prompt(field(asked, "generateContentRequest") or asked).tokens
    call.notes["tokens"] = tokens
    details = [{"modality": "TEXT", "tokenCount": tokens}]
    return json_answer({"totalTokens": tokens, "promptTokensDetails": details})


async def interactive(call: Call) -> Response:
    """Everything that is no batch: logged, and refused."""
    await call.request.body()
    raise ApiError(404, "This sandbox serves batches only; nothing is answered interactively.")
