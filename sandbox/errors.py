"""Refusals, in the shape in which Google's APIs send them."""

from typing import Any

import orjson

_HTTP_NAMES = {
    400: "INVALID_ARGUMENT",
    403: "PERMISSION_DENIED",
    404: "NOT_FOUND",
    408: "DEADLINE_EXCEEDED",
    413: "INVALID_ARGUMENT",
    429: "RESOURCE_EXHAUSTED",
    500: "INTERNAL",
    502: "UNAVAILABLE",
    503: "UNAVAILABLE",
    504: "DEADLINE_EXCEEDED",
}
_MESSAGES = {
    1: "The operation was cancelled.",
    3: "Request contains an invalid argument.",
    4: "Deadline expired before operation could complete.",
    5: "Requested entity was not found.",
    7: "The caller does not have permission",
    8: "Resource has been exhausted (e.g. check quota).",
    9: "Precondition check failed.",
    13: "Internal error encountered.",
    14: "The service is currently unavailable.",
    400: "Request contains an invalid argument.",
    403: "The caller does not have permission",
    404: "Requested entity was not found.",
    408: "The request timed out.",
    429: "Resource has been exhausted (e.g. check quota).",
    500: "An internal error has occurred. Please retry.",
    502: "Bad gateway.",
    503: "The model is overloaded. Please try again later.",
    504: "The request timed out. Please try again.",
}
_ERROR_INFO = "type.googleapis.com/google.rpc.ErrorInfo"
_SERVICE = "generativelanguage.googleapis.com"


def message_for(code: int) -> str:
    """The text that usually comes with a google.rpc code or an HTTP status."""
    return _MESSAGES.get(code, f"Error {code}.")


class ApiError(Exception):
    """An answer other than 200: HTTP status, message, and google.rpc details."""

    def __init__(
        self,
        code: int,
        message: str | None = None,
        *,
        status: str | None = None,
        details: list[dict[str, Any]] | None = None,
    ) -> None:
        self.code = code
        self.message = message if message is not None else message_for(code)
        self.status = status or _HTTP_NAMES.get(code, "UNKNOWN")
        self.details = details or []
        super().__init__(f"{code} {self.status}: {self.message}")

    def body(self) -> bytes:
        """The JSON body: `{"error": {"code", "message", "status", "details"?}}`."""
        error: dict[str, Any] = {
            "code": self.code,
            "message": self.message,
            "status": self.status,
        }
        if self.details:
            error["details"] = self.details
        return orjson.dumps({"error": error}, option=orjson.OPT_INDENT_2)


def api_key_invalid() -> ApiError:
    """The answer to a key that is not known: 400, not 401.

    Source: the v1beta API's own error shape, as quoted in public issue threads, read 2026-11-21.
    """
    message = "API key not valid. Please pass a valid API key."
    info = {
        "@type": _ERROR_INFO,
        "reason": "API_KEY_INVALID",
        "domain": "googleapis.com",
        "metadata": {"service": _SERVICE},
    }
    words = {
        "@type": "type.googleapis.com/google.rpc.LocalizedMessage",
        "locale": "en-US",
        "message": message,
    }
    return ApiError(400, message, details=[info, words])


def api_key_missing() -> ApiError:
    """The answer to a call that names no caller at all."""
    return ApiError(
        403,
        "Method doesn't allow unregistered callers (callers without established identity). "
        "Please use API Key or other form of API consumer identity to call this API.",
    )


def file_missing(name: str) -> ApiError:
    """A file that is not there, has expired, or belongs to another project: 403, never 404.

    Source: deprecated-generative-ai-python#692, read 2026-11-21.
    """
    bare = name.removeprefix("files/")
    return ApiError(
        403, f"You do not have permission to access the File {bare} or it may not exist."
    )


def file_name_too_long(method: str) -> ApiError:
    """`files.get` and `files.delete` refuse result files, whose ids have 42 characters.

    Source: python-genai#1613 and #1759, go-genai#436, read 2026-11-21.
    """
    return ApiError(
        400,
        f"* {method}FileRequest.name: File ID (name excluding 'files/') cannot be more than "
        "40 characters.\n",
    )


def cache_missing() -> ApiError:
    """A cache that is not there, has expired, or belongs to another project: 403, never 404.

    Source: probes of the live service of 2026-09-07 in a public repository, read 2026-11-22.
    """
    return ApiError(403, "CachedContent not found (or permission denied)")


def cache_too_small(tokens: int, least: int) -> ApiError:
    """The answer to a cache with too few tokens.

    Source: manga-image-translator#929 and litellm#17696, read 2026-11-22.
    """
    return ApiError(
        400,
        f"Cached content is too small. total_token_count={tokens}, min_total_token_count={least}",
    )


def cache_conflict() -> ApiError:
    """The answer to a request that names a cache and brings what only a cache may hold.

    Source: probes of the live service of 2026-09-07 in a public repository, read 2026-11-22.
    """
    return ApiError(
        400,
        "CachedContent can not be used with GenerateContent request setting system_instruction, "
        "tools or tool_config.\n\nProposed fix: move those values to CachedContent from "
        "GenerateContent request.",
    )


def model_missing(model: str, version: str, method: str) -> ApiError:
    """The answer to a model that is not served."""
    return ApiError(
        404,
        f"models/{model} is not found for API version {version}, or is not supported for "
        f"{method}. Call ListModels to see the list of available models and their supported "
        "methods.",
    )


def quota_exceeded(reason: str) -> ApiError:
    """429: nothing was made. The live text is the same for every quota; `reason` is a detail."""
    info = {
        "@type": _ERROR_INFO,
        "reason": reason,
        "domain": "googleapis.com",
        "metadata": {"service": _SERVICE},
    }
    return ApiError(
        429,
        "You exceeded your current quota, please check your plan and billing details. For more "
        "information on this error, head to: https://ai.google.dev/gemini-api/docs/rate-limits.",
        details=[info],
    )
