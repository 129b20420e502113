"""The one table of faults: the program's help, its checks and the tests read it."""

from dataclasses import dataclass
from enum import StrEnum

ENDPOINTS = (
    "upload.start",
    "upload.chunk",
    "upload.finalize",
    "files.get",
    "files.list",
    "files.delete",
    "files.download",
    "batches.create",
    "batches.get",
    "batches.list",
    "batches.cancel",
    "batches.delete",
    "caches.create",
    "caches.get",
    "caches.list",
    "caches.patch",
    "caches.delete",
    "countTokens",
    "models.get",
    "models.list",
)


class Kind(StrEnum):
    """What a fault acts on, and so what its COUNT counts and where its default lies."""

    MIX = "mix"
    ROW = "row"
    JOB = "job"
    ENDPOINT = "endpoint"


class Value(StrEnum):
    """What may stand after `=`."""

    NONE = ""
    OPTIONAL_CODE = "[=CODE]"
    SECONDS = "=SECONDS"
    OPTIONAL_SECONDS = "[=SECONDS]"
    TEXT = "=TEXT"
    OPTIONAL_TEXT = "[=TEXT]"


@dataclass(frozen=True, slots=True, kw_only=True)
class Fault:
    """One fault: its name, what it acts on, what it takes, and what it does."""

    name: str
    kind: Kind
    what: str
    value: Value = Value.NONE

    @property
    def takes_seconds(self) -> bool:
        """Whether its value is a time."""
        return self.value in (Value.SECONDS, Value.OPTIONAL_SECONDS)


def _faults(kind: Kind, *rows: tuple[str, Value, str]) -> tuple[Fault, ...]:
    return tuple(Fault(name=name, kind=kind, value=value, what=what) for name, value, what in rows)


_N, _C, _S, _OS, _T, _OT = (
    Value.NONE,
    Value.OPTIONAL_CODE,
    Value.SECONDS,
    Value.OPTIONAL_SECONDS,
    Value.TEXT,
    Value.OPTIONAL_TEXT,
)

MIXES = _faults(
    Kind.MIX,
    ("none", _N, "everything goes well"),
    ("realistic", _N, "three rows rename fields, one is fenced, one truncated, one prompt blocked"),
)
ROWS = _faults(
    Kind.ROW,
    ("renamed_fields", _N, "a field comes under a name that models like to give it"),
    ("wrong_type", _N, "a number comes as text, a text as a list"),
    ("missing_field", _N, "a required field is left out"),
    ("extra_field", _N, "a field is added that the schema does not know"),
    ("wrapped", _N, 'the answer is wrapped: {"result": …}'),
    ("fence", _N, "the answer stands in a ```json fence"),
    ("trailing_comma", _N, "a comma before the last bracket"),
    ("comments", _N, "a // comment line inside the JSON"),
    ("control_chars", _N, "a raw line break inside a string"),
    ("bom", _N, "a byte order mark before the JSON"),
    ("nan", _N, "a value is NaN"),
    ("duplicate_json_key", _N, "a key stands twice in the object, with different values"),
    ("truncated", _N, "the text is cut, finishReason MAX_TOKENS"),
    ("truncated_stop", _N, "the text is cut, finishReason STOP all the same"),
    ("continuation", _N, "the text is cut, finishReason CONTINUATION with a token to go on"),
    ("blocked_prompt", _OT, "promptFeedback.blockReason (default SAFETY), no candidates"),
    ("blocked_candidate", _OT, "finishReason TEXT (default SAFETY), a candidate without content"),
    ("thoughts_only", _N, "all tokens went into thoughts: MAX_TOKENS, no parts"),
    ("empty_text", _N, "STOP, with a part of empty text"),
    ("several_candidates", _N, "two candidates"),
    ("several_parts", _N, "the text is split over three parts"),
    ("thought_parts", _N, "a thought part stands before the text"),
    ("no_usage", _N, "no usageMetadata"),
    ("no_model_version", _N, "no modelVersion"),
    ("rerouted", _OT, "another model answered (default gemini-3.8-flash)"),
    ("error_line", _C, "the row is an error of this google.rpc code (default 13)"),
    ("error_details", _C, "as error_line, with details that are objects"),
    ("status_line", _C, "as error_line, under `status` instead of `error`"),
    ("missing_key", _N, "the row has no line at all"),
    ("no_key", _N, "the line has no key"),
    ("duplicate_key", _N, "the line comes twice, the same both times"),
    ("duplicate_key_different", _N, "the key comes twice, with different answers"),
    ("unknown_key", _N, "a line more, with a key that nobody asked"),
    ("garbage_line", _N, "a line more, which is no JSON"),
    ("blank_line", _N, "a line more, which is blank"),
)
JOBS = _faults(
    Kind.JOB,
    ("slow", _S, "the job takes this long"),
    ("job_failed", _C, "the job ends FAILED with this google.rpc code (default 13)"),
    ("job_expired", _N, "the job ends EXPIRED, without results"),
    ("job_cancelled", _N, "the job ends CANCELLED, though nobody asked for it"),
    ("job_partial", _N, "the job ends PARTIALLY_SUCCEEDED, a third of its rows are errors"),
    ("all_rows_failed", _C, "every row is an error (default 3), and the job SUCCEEDED"),
    ("odd_state", _OT, "this state is shown for a while (default BATCH_STATE_PAUSED)"),
    ("response_only", _N, "the results are named in `response`, not in `metadata.output`"),
    ("inline_output_for_file", _N, "a job with file input answers inline"),
    ("no_stats", _N, "the operation has no batchStats"),
    ("shuffled", _N, "the result lines come in another order"),
    ("vanished", _N, "the job is unknown (404) from half of its time on"),
)
ENDPOINT_FAULTS = _faults(
    Kind.ENDPOINT,
    ("ok", _N, "nothing: lets calls pass before the next fault, as in ok@batches.get*2,503@…"),
    ("400", _N, "refuses with 400 INVALID_ARGUMENT"),
    ("403", _N, "refuses with 403 PERMISSION_DENIED"),
    ("404", _N, "refuses with 404 NOT_FOUND"),
    ("408", _N, "refuses with 408"),
    ("429", _N, "refuses with 429 RESOURCE_EXHAUSTED"),
    ("429_retry_after", _OS, "429 with Retry-After and RetryInfo (default 1)"),
    ("500", _N, "refuses with 500 INTERNAL"),
    ("503", _N, "refuses with 503 UNAVAILABLE"),
    ("504", _N, "refuses with 504 DEADLINE_EXCEEDED"),
    ("reset", _N, "resets the connection before acting"),
    ("lost", _N, "acts, then closes the connection without an answer"),
    ("lost_503", _N, "acts, then answers 503"),
    ("lost_empty", _N, "acts, then answers 200 with an empty body"),
    ("hang", _OS, "waits this long (default 60), then closes the connection without acting"),
    ("lost_hang", _OS, "acts, waits this long (default 60), then closes the connection"),
    ("delay", _OS, "acts, waits this long (default 1), then answers"),
    ("html", _N, "answers 502 with an HTML page"),
    ("empty", _N, "answers 200 with an empty body, without acting"),
    ("garbage", _N, "answers 200 with text that is no JSON, without acting"),
    ("redirect", _T, "redirects to this origin: 302 for GET, 307 for others"),
    ("redirect_same", _N, "redirects to the same address"),
    ("cut", _N, "acts, sends half of the body, closes the connection"),
    ("cut_silent", _N, "acts, sends half of the body as if it were all of it"),
    ("slow_body", _OS, "acts, sends the body in pieces over this time (default 2)"),
    ("short_results", _N, "a download of results lacks the last third of its lines"),
    ("stranger", _N, "batches.list shows a job of somebody else that google-genai cannot read"),
    ("unpaged_empty", _N, "batches.list without pageSize answers that there are none"),
)
FAULTS = {fault.name: fault for fault in (*MIXES, *ROWS, *JOBS, *ENDPOINT_FAULTS)}


def explain() -> str:
    """The table as text, for `--help` and for the message on an unknown name."""
    lines = []
    for title, faults in (
        ("mixes", MIXES),
        ("rows (COUNT = rows of each job, default 1; @TEXT = keys that contain TEXT)", ROWS),
        ("jobs (COUNT = the first jobs, default all; @TEXT = display names that contain TEXT)", JOBS),
        ((f"endpoints (COUNT = calls, default 1; @ENDPOINT of {', '.join(ENDPOINTS)};"
         " without it: any)"), ENDPOINT_FAULTS),
    ):  # fmt: skip
        lines.append(f"{title}:")
        lines += [f"  {fault.name + fault.value:<32} {fault.what}" for fault in faults]
    return "\n".join(lines)
