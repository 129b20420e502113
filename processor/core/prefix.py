"""The shared prefix: with what all prompts of a run begin, which a model's service may have cached."""

from __future__ import annotations

from processor.core.tokens import Estimator, text_tokens


class SharedPrefix:
    """Finds the longest common beginning of prompts, fed one by one."""

    def __init__(self) -> None:
        self._prefix: bytes | None = None
        self._prompts = 0

    def add(self, prompt: bytes) -> None:
        """Look at one prompt, as JSON text."""
        self._prompts += 1
        if self._prefix is None:
            self._prefix = prompt
        elif not prompt.startswith(self._prefix):
            self._prefix = _common(self._prefix, prompt)

    def tokens(self, estimator: Estimator) -> int:
        """Its tokens with the system instruction, which stands before it; 0 for fewer than two prompts."""
        if self._prefix is None or self._prompts < 2:
            return 0
        own = text_tokens(self._prefix) + estimator.fixed_tokens
        return round(own * estimator.calibration_factor)


def _common(one: bytes, other: bytes) -> bytes:
    low, high = 0, min(len(one), len(other))
    while low < high:
        middle = (low + high + 1) // 2
        if other.startswith(one[:middle]):
            low = middle
        else:
            high = middle - 1
    return one[:low]
