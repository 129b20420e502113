"""What clients send and get, as models: the OpenAPI document is made of them."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, StringConstraints

from processor.core.ids import is_run_id


def _run_name(text: str) -> str:
    if not is_run_id(text):
        raise ValueError("1 to 64 of A-Z a-z 0-9 . _ -, and not dots alone")
    return text


RunName = Annotated[
    str,
    StringConstraints(min_length=1, max_length=64, pattern=r"^[A-Za-z0-9._-]+$"),
    AfterValidator(_run_name),
]
TaskName = Annotated[str, StringConstraints(pattern=r"^[a-z0-9_]+$", max_length=64)]
ModelName = Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9._/-]+$", max_length=128)]
RuleName = Annotated[str, StringConstraints(pattern=r"^[a-z0-9_.]+$", max_length=128)]
Count = Annotated[int, Field(ge=1, le=2**53)]
# A client's interval has a floor: it is the service's key that asks.
PollInterval = Annotated[float, Field(ge=1, le=86_400)]


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", strict=True)


class Options(_Strict):
    """How a run is made: the command line's options of the same names."""

    model: ModelName | None = Field(default=None, description="Instead of the task's.")
    limit: Count | None = Field(default=None, description="Only the first so many items.")
    sample: Count | None = Field(default=None, description="Only so many items, drawn by lot.")
    seed: Annotated[int, Field(ge=-(2**53), le=2**53)] | None = Field(
        default=None, description="With `sample`: the same seed draws the same."
    )
    expect: Count | None = Field(default=None, description="Refuse unless exactly so many items.")
    fresh: bool = Field(default=False, description="Ask also for what is accepted already.")
    tier: Annotated[int, Field(ge=1, le=3)] | None = Field(
        default=None, description="The project's usage tier."
    )
    enqueued_tokens: Count | None = Field(default=None, description="That limit itself.")
    max_requests: Count | None = Field(default=None, description="Items in one job, at most.")
    canary: Count | None = Field(default=None, description="First a job of so many items.")
    max_cost: Annotated[float, Field(ge=0, le=1e9)] | None = Field(
        default=None, strict=False, description="Refuse what may cost more than this, USD."
    )
    unpriced: bool = Field(default=False, description="Submit although no price is known.")
    count_tokens: bool = Field(default=False, description="Have a sample's tokens counted first.")
    poll_interval: PollInterval | None = Field(
        default=None, strict=False, description="Seconds between two looks at a job."
    )


class Upload(Options):
    """What goes with a file of items, as a query."""

    model_config = ConfigDict(extra="forbid", strict=False)
    task: TaskName = Field(default="stage_1a", description="A task's name: see /tasks.")
    run: RunName | None = Field(default=None, description="The run's id; made up when left out.")


class SubmitRun(_Strict):
    """A run to be made: a task, and its items (or another run, whose results are the items)."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "task": "news",
                    "items": [
                        {"id": "1", "title": "Rates hold", "contents": "The bank held rates."}
                    ],
                    "options": {"max_cost": 5},
                }
            ]
        }
    )
    task: TaskName = Field(default="stage_1a", description="A task's name: see /tasks.")
    items: list[dict[str, Any]] | None = Field(default=None, min_length=1)
    from_run: RunName | None = Field(
        default=None, description="Its accepted results are the items."
    )
    run: RunName | None = Field(default=None, description="The run's id; made up when left out.")
    options: Options = Field(default_factory=Options)


class RetryRun(_Strict):
    """Which items of a run are asked again."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"only": "envelope.truncated"}]})
    only: RuleName | None = Field(
        default=None, description="Just items with a finding of this rule."
    )
    max_attempts: Annotated[int, Field(ge=1, le=1000)] = Field(
        default=3, description="Leave out items that were asked so often."
    )
    model: ModelName | None = Field(default=None, description="Instead of the run's.")
    run: RunName | None = Field(default=None, description="The new run's id.")
    poll_interval: PollInterval | None = Field(default=None, strict=False)


class Content(BaseModel):
    """One document."""

    model_config = ConfigDict(extra="forbid")
    id: str | int = Field(description="Unique in the batch.")
    title: str = ""
    contents: str


class SubmitContents(_Strict):
    """Documents to be classified, or whatever the task asks."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "contents": [
                        {"id": "1", "title": "Rates hold", "contents": "The bank held rates."}
                    ],
                    "batch_name": "news-monday",
                    "wait_for_completion": False,
                }
            ]
        }
    )
    contents: list[Content] = Field(min_length=1)
    batch_name: RunName | None = Field(default=None, description="The run's id.")
    wait_for_completion: bool = Field(
        default=False, description="Answer at the end, or after 30 minutes."
    )
    task: TaskName = "news"


class SubmitUrls(_Strict):
    """Addresses of pages to be fetched, and then asked about."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "urls": ["https://example.com/article"],
                    "batch_name": "pages-monday",
                    "wait_for_completion": False,
                }
            ]
        }
    )
    urls: list[Annotated[str, StringConstraints(min_length=1, max_length=4096)]] = Field(
        min_length=1, max_length=100_000
    )
    batch_name: RunName | None = Field(default=None, description="The run's id.")
    wait_for_completion: bool = Field(
        default=False, description="Answer at the end, or after 30 minutes."
    )
    skip_unreachable: bool = Field(
        default=False,
        description="Leave out pages that give no article; the report names them. Else nothing is sent.",
    )
    task: TaskName = "news"


class Submitted(BaseModel):
    """A batch that was taken over."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "job_id": "runs/news-monday",
                    "batch_name": "news-monday",
                    "url_count": 1,
                    "status": "SUBMITTED",
                    "message": "Items taken over: 1.",
                }
            ]
        }
    )
    job_id: str = Field(description="`batches/…`, or `runs/<id>` until there is a job.")
    batch_name: str
    url_count: int
    status: str = Field(description="SUBMITTED, or the run's state at the end.")
    message: str


class BatchStatus(BaseModel):
    """Where a batch stands."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "job_id": "batches/abc",
                    "state": "JOB_STATE_RUNNING",
                    "completed_count": 40,
                    "total_count": 100,
                    "progress_percent": 40.0,
                }
            ]
        }
    )
    job_id: str
    state: str = Field(description="JOB_STATE_PENDING, _RUNNING, _SUCCEEDED, _FAILED, …")
    completed_count: int
    total_count: int
    progress_percent: float


class BatchResults(BaseModel):
    """The envelopes of a batch, in input order."""

    job_id: str
    total_count: int
    results: list[dict[str, Any]]


class BatchJob(BaseModel):
    """A batch in the list."""

    job_id: str
    batch_file: str | None
    submitted_at: str | None
    status: str


class BatchJobs(BaseModel):
    """All batches, newest first."""

    jobs: list[BatchJob]
    total: int


class RunStatus(BaseModel):
    """Where a run stands, as `truebatch status --json` says it; and why it cannot go on, if so."""

    run: str
    task: str
    model: str
    state: str
    reason: str | None
    items: int
    answered: int | None
    collectable: bool
    created_at: str
    ended_at: str | None
    counts: dict[str, int] | None
    cost_usd: float | None
    jobs: list[dict[str, Any]]
    problem: dict[str, Any] | None = Field(description="Why the last look could not go on.")


class RunPage(BaseModel):
    """Runs, newest first."""

    runs: list[RunStatus]
    next_cursor: str | None


class ResultPage(BaseModel):
    """Envelopes, in input order."""

    run: str
    results: list[dict[str, Any]]
    next_cursor: str | None


class Health(BaseModel):
    """Whether the service works."""

    status: Literal["ok", "degraded"]
    version: str
    driver: Literal["running", "restarting"]


class Problem(BaseModel):
    """An error (RFC 9457), in the words of the command line."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "type": "urn:truebatch:problem:not_finished",
                    "title": "Conflict",
                    "status": 409,
                    "detail": "Run news-monday has no results yet: it is SUBMITTED.",
                    "kind": "not_finished",
                    "exit_code": 4,
                    "run": "news-monday",
                }
            ]
        }
    )
    type: str
    title: str
    status: int
    detail: str
    kind: str
    exit_code: int | None = Field(description="What the command line would have ended with.")
    run: str | None
