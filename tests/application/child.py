"""An application that asks a list of prompts, and may kill itself at any of its effects."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

from processor import Processor
from processor.core.layout import Layout
from processor.effects.clock import SystemClock
from processor.effects.log import LoggingObserver, Silence
from processor.effects.service import Service
from tests.application.answers import Label, questions
from tests.crash.cuts import Cuts, parse_cut
from tests.crash.effects import CutFiles, CutWorkplace


def submit(order: dict[str, Any]) -> None:
    """Submit ``order["count"]`` questions as the run ``r``."""
    cuts = Cuts(Path(order["trace"]), parse_cut(order["cut"]) if order["cut"] else None)
    layout = Layout(Path(order["outputs"]))
    observer = LoggingObserver(Silence())
    service = Service(
        layout=layout,
        observer=observer,
        api_key=order["key"],
        api_key_file=None,
        env_file=None,
        base_url=order["url"],
        sandbox=False,
        faults=None,
        timeout_seconds=20.0,
    )
    place = CutWorkplace(
        layout=layout,
        service=service,
        clock=SystemClock(),
        observer=observer,
        files=CutFiles(cuts, "r"),
        cuts=cuts,
    )
    with Processor.at(place) as processor:
        processor.submit_prompts(
            questions(order["count"]),
            schema=Label,
            send_schema="response_schema",
            accept_models=["sandbox/gemini-3.6-flash"],
            run="r",
            poll_interval=1,
        )


if __name__ == "__main__":
    submit(json.loads(sys.argv[1]))
