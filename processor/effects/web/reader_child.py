"""The child of a reader: a page in on each line, its article out on a line, until its input ends."""

from __future__ import annotations

import base64
import json
import signal
import sys
from collections.abc import Mapping

from processor.effects.web.page_client import Content
from processor.effects.web.page_fault import PageFault

_GRACE_SECONDS = 5.0


def main() -> None:
    """Read pages until there are no more."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is the parent's, who ends this process
    try:
        # Here, so that a broken install is told by its reason.
        from processor.effects.web.article import article
    except ImportError as error:
        _say({"fault": f"what reads pages cannot be imported: {error}"})
        return
    _say({})
    for line in sys.stdin.buffer:
        asked = json.loads(line)
        _limit(asked["seconds"] + _GRACE_SECONDS)
        content = Content(
            raw=base64.b64decode(asked["raw"]),
            media_type="text/html",
            charset=asked["charset"],
        )
        try:
            title, contents = article(content)
            answer = {"title": title, "contents": contents}
        except PageFault as fault:
            answer = {"fault": str(fault)}
        _limit(0)
        _say(answer)


def _say(answer: Mapping[str, str]) -> None:
    sys.stdout.buffer.write(json.dumps(answer).encode() + b"\n")
    sys.stdout.buffer.flush()


def _limit(seconds: float) -> None:
    """Have the kernel end this process then: its parent may be gone. (Windows has no such timer.)"""
    if sys.platform != "win32":
        signal.setitimer(signal.ITIMER_REAL, seconds)


if __name__ == "__main__":
    main()
