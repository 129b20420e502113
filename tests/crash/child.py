"""The child that is killed: one verb of the real program, with its effects watched."""

from __future__ import annotations

import json
import os
import sys
import traceback
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from processor.api import Processor
from processor.cli.program import run_program
from processor.core.layout import Layout
from processor.core.report import exit_code
from processor.effects.clock import SystemClock
from processor.effects.log import LoggingObserver, Silence
from processor.effects.service import Service
from processor.errors import ProcessorError
from tests.crash.cuts import Cuts, parse_cut
from tests.crash.effects import CutFiles, CutWorkplace

_BUG = 70


@dataclass(frozen=True, slots=True, kw_only=True)
class Order:
    """What a child is told to do.

    Attributes:
        verb: ``run`` or ``resume`` with watched effects; ``cli``: the command line as it is.
        arguments: of the command line, for ``cli``.
        words: where what the child says is kept.
        cut: where it kills itself; empty for not at all.
        kill_after: seconds after which it is killed from outside; None for not at all.
    """

    verb: str
    words: str
    run: str = "cut"
    outputs: str = ""
    inputs: str = ""
    task: str = ""
    base_url: str = ""
    key: str = ""
    interval: float = 0.05
    options: dict[str, Any] = field(default_factory=dict)
    trace: str = ""
    cut: str = ""
    arguments: tuple[str, ...] = ()
    kill_after: float | None = None

    def as_json(self) -> str:
        """The order as one line."""
        return json.dumps(asdict(self))


def read_order(line: str) -> Order:
    """The order that ``as_json`` made the line of."""
    values: dict[str, Any] = json.loads(line)
    values["arguments"] = tuple(values["arguments"])
    return Order(**values)


def obey(order: Order) -> int:
    """Do as ordered; returns the exit code, if it lives to see it."""
    with Path(order.words).open("ab") as words:
        os.dup2(words.fileno(), 1)
        os.dup2(words.fileno(), 2)
    if order.verb == "cli":
        return run_program(order.arguments)
    try:
        return _drive(order)
    except ProcessorError as error:
        sys.stderr.write(f"{error.message}\n")
        return error.exit_code
    except Exception:  # noqa: BLE001 - a bug of the program: the harness shows what the child said
        traceback.print_exc()
        return _BUG


def _drive(order: Order) -> int:
    cuts = Cuts(Path(order.trace), parse_cut(order.cut) if order.cut else None)
    layout = Layout(Path(order.outputs))
    observer = LoggingObserver(Silence())
    service = Service(
        layout=layout,
        observer=observer,
        api_key=order.key,
        api_key_file=None,
        env_file=None,
        base_url=order.base_url,
        sandbox=False,
        faults=None,
        timeout_seconds=20.0,
    )
    place = CutWorkplace(
        layout=layout,
        service=service,
        clock=SystemClock(),
        observer=observer,
        files=CutFiles(cuts, order.run),
        cuts=cuts,
    )
    with Processor.at(place) as processor:
        return int(exit_code(_report(processor, order)))


def _report(processor: Processor, order: Order) -> dict[str, Any]:
    if order.verb == "resume":
        return processor.resume(order.run, poll_interval=order.interval)
    return processor.run(
        order.task,
        inputs=order.inputs,
        run=order.run,
        poll_interval=order.interval,
        **order.options,
    )


if __name__ == "__main__":
    sys.exit(obey(read_order(sys.argv[1])))
