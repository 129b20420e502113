"""Tokens: how many a prompt has, estimated from its bytes without asking anyone."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import NamedTuple
from zlib import adler32

import orjson

from processor.core.task import Task


class TextClass(NamedTuple):
    """Characters that cost alike.

    Attributes:
        first_bytes: the UTF-8 bytes with which its characters begin.
        tokens: for each of its characters, on the average over common text.
    """

    name: str
    first_bytes: bytes
    tokens: float


def _span(first: int, last: int) -> bytes:
    return bytes(range(first, last + 1))


_LETTERS = _span(0x41, 0x5A) + _span(0x61, 0x7A)
_DIGITS = _span(0x30, 0x39)
_PUNCTUATION = bytes(set(_span(0x21, 0x7E)) - set(_LETTERS + _DIGITS) - set(b'"\\'))

# English is about 4 characters a token (ai.google.dev and Firebase token pages, read 2026-11-22): the
# figures of letters, spaces and punctuation add up to that in prose, and to about 3 in code and JSON.
# Digits are tokens of their own, and rare characters become bytes (report on Gemma, whose tokenizer
# is a subset of Gemini's, 2024, read 2026-11-22). An ideograph is counted as one token, the usual rule
# of open-source estimators (read 2026-11-22), though newer vocabularies need fewer: the dearer reading.
# The others are our own guesses between those; UNCALIBRATED_ERROR covers them, calibration mends them.
TEXT_CLASSES = (
    TextClass("letters", _LETTERS, 0.19),
    TextClass("spaces", b" \t\n\r", 0.38),
    TextClass("digits", _DIGITS, 1.0),
    TextClass("punctuation", _PUNCTUATION, 0.75),
    # In JSON text a quotation mark or line break is two bytes, the first of them a backslash.
    TextClass("quotation marks", b'"', 0.5),
    TextClass("backslashes", b"\\", 0.19),
    TextClass(
        "control characters", _span(0x00, 0x08) + b"\x0b\x0c" + _span(0x0E, 0x1F) + b"\x7f", 1.0
    ),
    TextClass("accented Latin letters", _span(0xC0, 0xCB), 0.44),
    TextClass("Greek and Cyrillic letters", _span(0xCC, 0xD3), 0.38),
    TextClass("letters of the Near East", _span(0xD4, 0xDF), 0.44),
    TextClass("letters of India and South-East Asia", b"\xe0\xe1", 0.63),
    TextClass("typographic marks and symbols", b"\xe2", 1.0),
    TextClass("ideographs, kana, hangul", _span(0xE3, 0xED), 1.0),
    TextClass("private and compatibility characters", b"\xee\xef", 1.0),
    TextClass("emoji and rare scripts", _span(0xF0, 0xFF), 2.0),
    TextClass("second and later bytes", _span(0x80, 0xBF), 0.0),
)
"""Every byte is in exactly one of these classes."""

_UNIT = 32  # a token in the table of weights: bytes hold whole numbers
_WEIGHTS = bytes(
    round(one.tokens * _UNIT)
    for value in range(256)
    for one in TEXT_CLASSES
    if value in one.first_bytes
)
_SUM_OVERFLOWS_AT = 65_521  # Adler-32's modulus
_CHUNK = (_SUM_OVERFLOWS_AT - 1) // max(_WEIGHTS)
_SAMPLED_FROM = 8_192
_DISTANCES = (
    (13, 17, 19), (23, 29, 31), (37, 41, 43), (67, 71, 73), (127, 131, 137), (251, 257, 263),
    (509, 521, 523), (1021, 1031, 1033), (2039, 2053, 2063),
)  # fmt: skip
"""Between the bytes looked at: of texts from 8 KiB, from 16 KiB, and so on."""

UNCALIBRATED_ERROR = 0.35
"""How far the estimate may be off, as a share of it, before any real count is known: our own judgement.
The classes differ by so much between tokenizers; where in doubt the estimate is rather too high."""


@dataclass(frozen=True, slots=True)
class Estimator:
    """Estimates prompt tokens.

    Law: no network, no vocabulary; linear in the text, so that the sums over many prompts keep the error
    of the classes and lose that of the single texts.

    Attributes:
        calibration_factor: real tokens for each estimated one, where that is known.
        fixed_tokens: what every request has besides its prompt, before calibration.
    """

    calibration_factor: float = 1.0
    fixed_tokens: float = 0.0

    def __post_init__(self) -> None:
        if not self.calibration_factor > 0:
            raise ValueError("a calibration factor is above 0")

    def tokens(self, text: bytes) -> int:
        """Prompt tokens of a request whose prompt is ``text``.

        Args:
            text: UTF-8, as it stands in the request line (JSON text, quoted) or plain.
        """
        return max(1, round((text_tokens(text) + self.fixed_tokens) * self.calibration_factor))


def estimator_for(task: Task, calibration_factor: float = 1.0) -> Estimator:
    """The estimator of a task's requests: system instruction, sent schema and tools count for each.

    That a schema in generationConfig counts as input: Firebase's structured output page, read 2026-11-22.
    Tools are text that the model reads, too; what a tool finds and adds to a prompt nobody knows before.
    """
    fixed = fixed_tokens(task.system, task.generation_config)
    tools = task.request.get("tools")
    return Estimator(calibration_factor, fixed + (text_tokens(orjson.dumps(tools)) if tools else 0))


def fixed_tokens(system: str | None, generation_config: Mapping[str, object]) -> float:
    """Tokens, before calibration, that every request has besides its prompt."""
    schemas = (generation_config.get(name) for name in ("responseSchema", "responseJsonSchema"))
    parts = [system, *(orjson.dumps(schema).decode() for schema in schemas if schema is not None)]
    return sum(text_tokens(orjson.dumps(part)) for part in parts if part)


def context_tokens(task: Task, calibration_factor: float = 1.0) -> int:
    """Tokens of the context that a task's prompts share, in each request; 0 without one."""
    if task.context is None:
        return 0
    return round(text_tokens(orjson.dumps(task.context.text)) * calibration_factor)


def text_tokens(text: bytes) -> float:
    """Tokens of a text by its classes alone; of a long text a sample of the bytes is looked at."""
    looked_at = text if len(text) < _SAMPLED_FROM else _sample(text)
    weights = looked_at.translate(_WEIGHTS)
    # Adler-32 begins with the plain sum of the bytes: ten times faster than `sum`, which makes an
    # integer of each. Chunks are short enough that it never reaches the modulus.
    units = 0
    for begin in range(0, len(weights), _CHUNK):
        units += adler32(weights[begin : begin + _CHUNK], 0) & 0xFFFF
    return units / _UNIT * (len(text) / len(looked_at) if text else 0.0)


def _sample(text: bytes) -> bytes:
    """Some thousand bytes of a text, at three distances, all of them primes.

    At a distance that 2 or 3 divides, the characters of a script with two or three bytes each would all
    be hit, or all be missed; so it goes with any text that repeats itself at such a distance, but
    none does so at all three. (Windows of neighbouring bytes are as fast, and three times further off.)
    """
    distances = _DISTANCES[min((len(text) // _SAMPLED_FROM).bit_length(), len(_DISTANCES)) - 1]
    return b"".join([text[::distance] for distance in distances])
