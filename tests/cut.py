"""A cut within the test's own process: the program ends where a step has something to say."""

from __future__ import annotations

from tests.bench import Recorder


class Cut(Exception):
    """What ends the program in a test."""


class CutAt(Recorder):
    """An observer that ends the program when ``step`` first says what begins with ``words``."""

    def __init__(self, step: str, words: str = "") -> None:
        super().__init__()
        self._step = step
        self._words = words

    def step(self, step: str, message: str) -> None:
        if step == self._step and message.startswith(self._words):
            raise Cut
