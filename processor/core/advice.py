"""What to do about a refusal: cause, and the way out."""

from __future__ import annotations

import re
from collections.abc import Mapping

from processor.core.fault import FaultKind, GatewayFault

ROW_ERROR = "envelope.error_line"
"""The rule of a result line that holds an error instead of an answer."""
# google.rpc codes: deadline exceeded, resource exhausted, internal, unavailable. That these pass, and 3
# (invalid argument), 7 (permission denied) and 9 (failed precondition) do not, is their meaning; only 3
# and 7 were seen in rows by others (read 2026-11-21).
_PASSING_CODES = frozenset({4, 8, 13, 14})
_CODE = re.compile(r"\bcode:? (\d+)")

_BILLING = (
    "Batch needs a project with billing: the free tier has none. Enable billing for the key's "
    "project, then `truebatch resume`."
)
_BY_WORDS: tuple[tuple[str, str], ...] = (
    (
        "api key not valid",
        (
            "The key is wrong. Make one at aistudio.google.com, and give it with --api-key-file FILE "
            "or in $GEMINI_API_KEY."
        ),
    ),
    (
        "api key expired",
        "The key has expired. Make a new one at aistudio.google.com.",
    ),
    # Not "billing" alone: every 429 names "plan and billing details", whatever limit was reached.
    (
        "enable billing",
        _BILLING,
    ),
    (
        "billing account",
        _BILLING,
    ),
    (
        "permission to access the file",
        (
            "The upload is gone (uploads live 48 h, and anybody with the key can delete them), or it "
            "is in another project than the key's: `truebatch resume` uploads again."
        ),
    ),
    (
        "is not found for api version",
        (
            "The service does not have this model, or not for batch. Check the model's name: in the "
            "task, or give another with --model NAME in a new run."
        ),
    ),
    (
        "storage",
        (
            "The project's 20 GB of file storage are full. Uploads go after 48 h by themselves; "
            "`truebatch clean` removes ours."
        ),
    ),
)

_BY_STATUS: dict[int, str] = {
    400: "The request is not as the service wants it; its message says where.",
    401: "The key was not accepted. Check it, and that it belongs to the right project.",
    403: "The key has no permission for this, or the file is gone (uploads live 48 h) or belongs to "
    "another project. Check the key's restrictions and its project.",
    404: "The service does not know this name. Check the model's name, and that the key belongs to "
    "the project in which the job was made.",
    413: "The file is larger than the service takes (2 GB).",
    429: "A limit is reached: tokens enqueued by active jobs (they count until a job has ended), 100 "
    "active jobs, or the spend limit of ten minutes. `truebatch list --remote` shows the active "
    "jobs; wait until one ends, then `truebatch resume`.",
}


def advice(fault: GatewayFault) -> str:
    """One or two sentences on what to do about ``fault``; empty when nobody can say."""
    message = fault.message.lower()
    for words, cure in _BY_WORDS:
        if words in message:
            return cure
    if fault.status in _BY_STATUS:
        return _BY_STATUS[fault.status]
    if fault.kind is FaultKind.UNREACHABLE:
        return "Check the network, a proxy in $HTTPS_PROXY, and the address."
    return "The service has trouble; try again later." if (fault.status or 0) >= 500 else ""


def is_passing(message: str) -> bool:
    """Whether the error of a row is one that another try may not meet again."""
    code = _CODE.search(message)
    return code is not None and int(code.group(1)) in _PASSING_CODES


def retry_advice(report: Mapping[str, object]) -> str:
    """What may be asked again, and what would only fail again; empty when all is well."""
    counts, errors = report["counts"], report["row_errors"]
    assert isinstance(counts, Mapping)
    assert isinstance(errors, Mapping)
    left = counts["rejected"] + counts["failed"]
    if not left:
        return ""
    which = "that one" if left == 1 else f"those {left:,}"
    told = [f"`truebatch retry {report['run']}` asks {which} again"]
    if errors.get("passing"):
        told.append(f"{errors['passing']:,} failed in passing (codes 4, 8, 13, 14)")
    if errors.get("lasting"):
        told.append(
            f"{errors['lasting']:,} were refused for what they ask (codes such as 3, 7, 9): the same "
            "request will be refused again"
        )
    return "; ".join(told) + "."
