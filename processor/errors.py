"""The faults that end a command, each with whose fault it is as its class."""

from __future__ import annotations

from enum import IntEnum
from typing import ClassVar


class ExitCode(IntEnum):
    """What the program's exit code says (DESIGN §3)."""

    DONE = 0
    NOT_ALL_ACCEPTED = 1
    USAGE = 2
    BAD_INPUT = 3
    NOT_FINISHED = 4
    JOB_FAILED = 5
    REFUSED = 6
    DISK = 7
    UNKNOWN = 8
    HELD_BACK = 9
    DRIVEN_ELSEWHERE = 10
    BUG = 70
    INTERRUPTED = 130
    TERMINATED = 143


class ProcessorError(Exception):
    """A command cannot go on; the message says what, where and what to do next.

    Attributes:
        exit_code: what the command line exits with.
        run: the id of the run it is about, when there is one.
    """

    exit_code: ClassVar[ExitCode] = ExitCode.BUG
    kind: ClassVar[str] = "bug"

    def __init__(self, message: str, *, run: str | None = None) -> None:
        super().__init__(message)
        self.message = message
        self.run = run

    def as_json(self) -> dict[str, object]:
        """The one shape in which ``--json`` and the service show an error."""
        return {
            "error": {
                "kind": self.kind,
                "message": self.message,
                "exit_code": int(self.exit_code),
                "run": self.run,
            }
        }


class WrongUsage(ProcessorError):
    """The command, an option or a task folder is wrong; nothing was read or sent."""

    exit_code = ExitCode.USAGE
    kind = "wrong_usage"


class BadInput(ProcessorError):
    """An input file or item cannot be used; nothing was sent."""

    exit_code = ExitCode.BAD_INPUT
    kind = "bad_input"


class NotFinished(ProcessorError):
    """The job still runs; ``resume`` goes on."""

    exit_code = ExitCode.NOT_FINISHED
    kind = "not_finished"


class JobFailed(ProcessorError):
    """A job failed, expired, was cancelled or is gone."""

    exit_code = ExitCode.JOB_FAILED
    kind = "job_failed"


class ServiceRefused(ProcessorError):
    """The service refused or cannot be reached, and no job was made by this call."""

    exit_code = ExitCode.REFUSED
    kind = "service_refused"


class DiskFailed(ProcessorError):
    """The disk or the journal failed; what was paid for is still on the service."""

    exit_code = ExitCode.DISK
    kind = "disk_failed"


class JobUnknown(ProcessorError):
    """A job may exist and it could not be decided whether it does; nothing is sent again."""

    exit_code = ExitCode.UNKNOWN
    kind = "job_unknown"


class HeldBack(ProcessorError):
    """One of the user's own limits stopped the run before it cost anything."""

    exit_code = ExitCode.HELD_BACK
    kind = "held_back"


class DrivenElsewhere(ProcessorError):
    """Another process drives this run now."""

    exit_code = ExitCode.DRIVEN_ELSEWHERE
    kind = "driven_elsewhere"


class Interrupted(ProcessorError):
    """Ctrl-C: the job goes on without us, ``resume`` takes it up again."""

    exit_code = ExitCode.INTERRUPTED
    kind = "interrupted"


class Terminated(ProcessorError):
    """SIGTERM: the job goes on without us, ``resume`` takes it up again."""

    exit_code = ExitCode.TERMINATED
    kind = "terminated"
