"""The driver's process: the attendant, told by lines of JSON on its standard input.

A process of its own, so that building a large run never keeps a client of the service waiting. Its
argument is the least level that it logs. The first line is the processor's options, the API key among
them: a pipe is read by nobody else. Then come ``{"wake": run or null}`` and ``{"withdraw": run}``. The end
of the input, also that of a parent that was killed, ends it. Events go to the standard output, one line
each; the log goes to the standard error.
"""

from __future__ import annotations

import os
import signal
import sys
import threading
from typing import Any, BinaryIO

import orjson
from loguru import logger

from processor.api import Processor
from processor.api.attendant import Attendant, Telling
from processor.effects.clock import StoppableClock
from processor.errors import ProcessorError

GRACE_SECONDS = 20.0
"""How long what is under way (an upload, a create) may take to end well; every cut after it is safe too."""


def main() -> int:
    """Drive until the standard input ends."""
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, signal.SIG_IGN)  # the parent decides: Ctrl-C reaches us both
    commands, events = sys.stdin.buffer, sys.stdout.buffer
    options: dict[str, Any] = orjson.loads(commands.readline())
    _log_to_stderr(sys.argv[1])
    speak = _Speaker(events)
    try:
        first = Processor(**options)
        first.check_service()
        sandbox = first.share_sandbox()
    except ProcessorError as error:
        speak({"failed": error.as_json()["error"]})
        return error.exit_code

    def open_processor(clock: StoppableClock, observer: Telling) -> Processor:
        made = Processor(**options, clock=clock, observer=observer)
        made.share_sandbox(sandbox)
        return made

    with first:
        return _attend(Attendant(open_processor, hear=speak), commands, speak)


def _attend(attendant: Attendant, commands: BinaryIO, speak: _Speaker) -> int:
    thread = threading.Thread(target=attendant.attend, name="schedule", daemon=True)
    thread.start()
    speak({"ready": True})
    for line in commands:
        _obey(attendant, orjson.loads(line))
    if not attendant.stop(GRACE_SECONDS):
        logger.warning("what was under way is cut after {} s; it is taken up again", GRACE_SECONDS)
        sys.stderr.flush()
        os._exit(0)  # a thread that waits for the network would keep the interpreter
    thread.join(GRACE_SECONDS)
    return 0


def _obey(attendant: Attendant, command: dict[str, Any]) -> None:
    if "withdraw" in command:
        attendant.withdraw(command["withdraw"])
    else:
        attendant.wake(command.get("wake"))


class _Speaker:
    """Writes events; a parent that is gone hears nothing, and the end of the input follows."""

    def __init__(self, stream: BinaryIO) -> None:
        self._stream = stream
        self._lock = threading.Lock()

    def __call__(self, event: object) -> None:
        line = orjson.dumps(event, default=str) + b"\n"
        try:
            with self._lock:
                self._stream.write(line)
                self._stream.flush()
        except OSError:
            return


def _log_to_stderr(level: str) -> None:
    logger.remove()
    logger.configure(extra={"run": "-"})
    logger.enable("processor")
    # diagnose prints local variables into tracebacks, the API key among them.
    logger.add(
        sys.stderr,
        level=level,
        diagnose=False,
        backtrace=False,
        format="{time:YYYY-MM-DDTHH:mm:ss.SSSZ} {level: <7} {extra[run]} {message}",
    )


if __name__ == "__main__":
    sys.exit(main())
