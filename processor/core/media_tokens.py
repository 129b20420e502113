"""Tokens of files: estimated by type and size, without looking at what they show."""

from __future__ import annotations

import re
from typing import NamedTuple

from processor.core.tokens import text_tokens


class MediaRates(NamedTuple):
    """Tokens of what is no text, at the default resolution."""

    image: int
    page: int
    video_second: int


# From Gemini 3 on an image has at most 1,120 tokens and a page of a PDF 560; a second of video is a frame
# of 70. Source: ai.google.dev media resolution page and a description of its table, read 2026-11-22.
_SINCE_3 = MediaRates(image=1_120, page=560, video_second=70)
# Before, 258 for an image (or for each tile of a large one), for a page, and for a frame of video.
# Source: ai.google.dev tokens and document pages of 2025, read 2026-11-22.
_BEFORE_3 = MediaRates(image=258, page=258, video_second=263)
_AUDIO_SECOND = 32  # the same for all. Source: ai.google.dev tokens page, read 2026-11-22

# How much of a file is a second, or a page: our own judgement, for nobody opens the file. Small figures
# give many tokens: in doubt the estimate is rather too high.
_AUDIO_BYTES_A_SECOND = 16_000  # 128 kbit/s
_WAVE_BYTES_A_SECOND = 32_000  # 16 kHz, 16 bit, one channel
_VIDEO_BYTES_A_SECOND = 125_000  # 1 Mbit/s
_PDF_BYTES_A_PAGE = 50_000

_PAGE = re.compile(rb"/Type\s*/Page(?![A-Za-z])")
_COUNT = re.compile(rb"/Count\s+(\d{1,7})\b")


def media_tokens(mime_type: str, size_bytes: int, model: str, *, pages: int | None = None) -> int:
    """Estimated input tokens of a file that is no text.

    Args:
        pages: of a PDF; None when they could not be counted.
    """
    rates = _BEFORE_3 if model.startswith(("gemini-1", "gemini-2")) else _SINCE_3
    kind = mime_type.partition("/")[0]
    if kind == "image":
        return rates.image
    if kind == "audio":
        per_second = _WAVE_BYTES_A_SECOND if "wav" in mime_type else _AUDIO_BYTES_A_SECOND
        return _seconds(size_bytes, per_second) * _AUDIO_SECOND
    if kind == "video":
        seconds = _seconds(size_bytes, _VIDEO_BYTES_A_SECOND)
        return seconds * (rates.video_second + _AUDIO_SECOND)
    return rates.page * (pages or max(1, size_bytes // _PDF_BYTES_A_PAGE))


def is_text(mime_type: str) -> bool:
    """Whether the file's bytes are what the model reads."""
    return mime_type.startswith("text/") or mime_type in ("application/json", "application/xml")


def text_file_tokens(content: bytes) -> int:
    """Estimated tokens of a text file."""
    return max(1, round(text_tokens(content)))


def pdf_pages(content: bytes) -> int | None:
    """The pages of a PDF as its own objects count them; None where they are compressed."""
    counted = len(_PAGE.findall(content))
    said = max((int(found) for found in _COUNT.findall(content)), default=0)
    return max(counted, said) or None


def _seconds(size_bytes: int, per_second: int) -> int:
    return max(1, size_bytes // per_second)
