"""The readers: child processes in which strangers' HTML is taken apart, each page within its time.

The libraries that find an article take minutes for some pages of 200 KB that are made, or happen, to be so
(tables and links without end; measured 2026-11-22). A thread cannot be stopped; a process can.
"""

from __future__ import annotations

import base64
import json
import os
import subprocess
import sys
from collections.abc import Mapping
from importlib.util import find_spec
from queue import LifoQueue
from threading import Lock, Timer

from processor.core.charset import page_text
from processor.effects.web.page_client import TEXT, Content
from processor.effects.web.page_fault import PageFault
from processor.errors import WrongUsage

_CHILD = "processor.effects.web.reader_child"
_STILLBORN = b'{"fault": "no process to read it in could be started"}'
_SECRET = ("GEMINI_", "GOOGLE_")


def check_extractor() -> None:
    """See that there is one, before anything is fetched.

    Raises:
        WrongUsage: the extra `web` is not installed.
    """
    if find_spec("trafilatura") is None:
        raise WrongUsage("Items from addresses need the extra `web`: pip install 'truebatch[web]'.")


class Readers:
    """Some readers, started when they are needed; safe to be used by several threads."""

    def __init__(self, *, count: int, seconds: float) -> None:
        self._seconds = seconds
        # The last one first: where one is enough, no other is started.
        self._free: LifoQueue[_Reader] = LifoQueue()
        self._all = [_Reader() for _ in range(count)]
        for reader in self._all:
            self._free.put(reader)

    def article(self, content: Content) -> tuple[str, str]:
        """Title and text of a page; the title may be empty.

        Raises:
            PageFault: there is no text in it, or it cannot be told from the rest, or not in time.
        """
        if content.media_type == TEXT:  # nothing is to be told from anything
            return "", _plain(content)
        reader = self._free.get()
        try:
            answer = reader.ask(content, self._seconds)
        finally:
            self._free.put(reader)
        if answer is None:
            raise PageFault(
                f"its article could not be told from the rest within {self._seconds:g} s"
            )
        if "fault" in answer:
            raise PageFault(answer["fault"])
        return answer["title"], answer["contents"]

    def close(self) -> None:
        """End them, whatever they are at."""
        for reader in self._all:
            reader.end()


class _Reader:
    def __init__(self) -> None:
        self._process: subprocess.Popen[bytes] | None = None
        self._starting = Lock()
        self._ready = False
        self._ended = False

    def ask(self, content: Content, seconds: float) -> Mapping[str, str] | None:
        """What the child makes of a page; None when it does not answer in time."""
        process = self._started()
        if process is None:
            return None
        assert process.stdin is not None
        assert process.stdout is not None
        if not self._ready:  # its imports are not the page's time
            greeting: Mapping[str, str] = json.loads(process.stdout.readline() or _STILLBORN)
            if greeting:
                return greeting
            self._ready = True
        timer = Timer(seconds, process.kill)
        timer.daemon = True
        timer.start()
        try:
            process.stdin.write(_question(content, seconds))
            process.stdin.flush()
            line = process.stdout.readline()
            answer: Mapping[str, str] | None = json.loads(line) if line else None
        except (OSError, ValueError):  # it was killed meanwhile
            answer = None
        finally:
            timer.cancel()
        return answer

    def end(self) -> None:
        with self._starting:
            self._ended = True
            if self._process is not None:
                self._process.kill()
                self._process.wait()
                _close_pipes(self._process)

    def _started(self) -> subprocess.Popen[bytes] | None:
        with self._starting:
            if self._ended:
                return None
            if self._process is not None:
                if self._process.poll() is None:
                    return self._process
                _close_pipes(self._process)
            self._ready = False
            self._process = subprocess.Popen(  # noqa: S603 - our own program
                [sys.executable, "-m", _CHILD],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=subprocess.DEVNULL,
                # It takes strangers' pages apart: it need not know any key.
                env={k: v for k, v in os.environ.items() if not k.startswith(_SECRET)},
            )
            return self._process


def _plain(content: Content) -> str:
    text = page_text(content.raw, content.charset).strip()
    if not text:
        raise PageFault("there is no text in it")
    return text


def _close_pipes(process: subprocess.Popen[bytes]) -> None:
    for pipe in (process.stdin, process.stdout):
        if pipe is not None:
            try:
                pipe.close()
            except OSError:  # what could not be written to it any more
                continue


def _question(content: Content, seconds: float) -> bytes:
    asked = {
        "raw": base64.b64encode(content.raw).decode("ascii"),
        "charset": content.charset,
        "seconds": seconds,
    }
    return json.dumps(asked).encode() + b"\n"
