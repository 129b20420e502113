"""What the sandbox knows of an upload, a file, a job."""

from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True, slots=True, kw_only=True)
class Upload:
    """A resumable upload under way; `file_name` is empty until it is finalised."""

    id: str
    project: str
    version: str
    name: str
    display_name: str
    mime_type: str
    declared_bytes: int
    offset: int
    file_name: str


@dataclass(frozen=True, slots=True, kw_only=True)
class StoredFile:
    """A file that was uploaded. Times are seconds since 1970."""

    name: str
    project: str
    version: str
    display_name: str
    mime_type: str
    size_bytes: int
    sha256: str
    created: float
    expires: float


@dataclass(frozen=True, slots=True, kw_only=True)
class StoredCache:
    """A context cache. Times are seconds since 1970; `content` is what was cached, as JSON."""

    name: str
    project: str
    model: str
    display_name: str
    sha256: str
    content: str
    tokens: int
    created: float
    updated: float
    expires: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """The faults of one job, chosen when it is made.

    `job` are specs such as `job_failed=8`; `rows` maps a row's index to its own specs; `every`
    are the specs that hold for every row.
    """

    job: tuple[str, ...] = ()
    rows: tuple[tuple[int, tuple[str, ...]], ...] = ()
    every: tuple[str, ...] = ()

    def as_json(self) -> dict[str, Any]:
        """Plain JSON, for the store."""
        return {"job": self.job, "rows": self.rows, "every": self.every}

    @classmethod
    def from_json(cls, data: dict[str, Any]) -> "Plan":
        """The plan that `as_json` wrote."""
        rows = tuple((int(index), tuple(specs)) for index, specs in data["rows"])
        return cls(job=tuple(data["job"]), rows=rows, every=tuple(data["every"]))


@dataclass(frozen=True, slots=True, kw_only=True)
class Job:
    """A batch job as stored; how it stands at a moment is worked out by `sandbox.jobs`.

    `input_file` is empty for inline requests. `seconds` is how long it takes. `ready` is when its
    results lay on disk, `failed` how many rows of them are errors. `cancelled` is when it was
    asked to stop, `served` how many rows had been served by then.
    """

    id: str
    number: int
    project: str
    version: str
    model: str
    display_name: str
    input_file: str
    priority: int
    requests: int
    tokens: int
    created: float
    seconds: float
    plan: Plan
    ready: float | None = None
    failed: int = 0
    cancelled: float | None = None
    served: int | None = None

    @property
    def name(self) -> str:
        """Its resource name."""
        return f"batches/{self.id}"

    @property
    def responses_file(self) -> str:
        """The resource name of its result file: 42 characters after the slash."""
        return f"files/batch-{self.id}"

    def fault(self, name: str) -> str | None:
        """The value of a job fault, `""` when it has none, None when the job has no such fault."""
        for spec in self.plan.job:
            label, _, value = spec.partition("=")
            if label == name:
                return value
        return None
