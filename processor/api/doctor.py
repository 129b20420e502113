"""The doctor: one check after another, each with what to do."""

from __future__ import annotations

import platform
import secrets
from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass
from importlib.metadata import version
from typing import Any

from processor import __version__
from processor.api.tasks import list_tasks
from processor.api.workplace import Workplace
from processor.core.advice import advice
from processor.core.fault import GatewayFault
from processor.errors import ExitCode, ProcessorError

_MOST_SKEW_SECONDS = 120


@dataclass(frozen=True, slots=True, kw_only=True)
class Check:
    """One thing that was looked at."""

    name: str
    ok: bool
    message: str
    exit_code: ExitCode = ExitCode.DONE

    def as_json(self) -> dict[str, Any]:
        """The check as JSON shows it."""
        return asdict(self)


def examine(place: Workplace) -> Iterator[Check]:
    """Every check, in the order in which a run would need what it checks."""
    yield Check(
        name="version",
        ok=True,
        message=f"truebatch {__version__}, Python {platform.python_version()}, "
        f"google-genai {version('google-genai')}",
    )
    yield _check("tasks", lambda: f"{sum(1 for _ in list_tasks())} tasks, all in order")
    yield _check("outputs", lambda: _try_outputs(place))
    yield _check("journal and key", lambda: _try_service(place))
    reached = _check("service", lambda: _try_call(place))
    yield reached
    if reached.ok:
        yield _clock(place)


def _check(name: str, look: Callable[[], str]) -> Check:
    try:
        return Check(name=name, ok=True, message=look())
    except ProcessorError as error:
        return Check(name=name, ok=False, message=error.message, exit_code=error.exit_code)
    except GatewayFault as fault:
        message = f"{fault}. {advice(fault)}"
        return Check(name=name, ok=False, message=message, exit_code=ExitCode.REFUSED)


def _try_outputs(place: Workplace) -> str:
    probe = place.layout.outputs / f"doctor-{secrets.token_hex(4)}"
    place.files.write(probe, b"")
    place.files.remove(probe)
    return f"{place.layout.outputs} can be written"


def _try_service(place: Workplace) -> str:
    place.service.check(place.journal)
    return f"{place.layout.journal.name} is sound; a key for {place.service.address} is there"


def _try_call(place: Workplace) -> str:
    place.service.check(place.journal)
    place.gateway().page(size=1, token=None)
    return f"{place.service.address} answers, and lets this key see batch jobs"


def _clock(place: Workplace) -> Check:
    theirs = place.gateway().service_time()
    if theirs is None:
        return Check(name="clock", ok=True, message="the service tells no time")
    skew = abs((place.clock.now() - theirs).total_seconds())
    if skew <= _MOST_SKEW_SECONDS:
        return Check(name="clock", ok=True, message=f"{skew:.0f} s from the service's")
    message = f"{skew:.0f} s from the service's: set it, or ages and prices will be wrong"
    return Check(name="clock", ok=False, message=message, exit_code=ExitCode.HELD_BACK)
