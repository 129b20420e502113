"""The disk: what a run will take of it, said before anything is sent."""

from __future__ import annotations

from processor.core.estimate import Estimate

_BYTES_A_TOKEN = 4
_FRAME_BYTES = 600  # of an answer line around its text
_ENVELOPE_BYTES = 900  # of an envelope around its data and raw text
_BLOCK_BYTES = 4_096  # the least that a file takes, on common file systems


def disk_bytes(estimate: Estimate) -> int:
    """About how many bytes a run writes: requests, answers, envelopes and an output for each item."""
    if not estimate.requests:
        return 0
    text = estimate.output_tokens.expected / estimate.requests * _BYTES_A_TOKEN
    answer = 1.1 * text + _FRAME_BYTES
    envelope = 2.2 * text + _ENVELOPE_BYTES  # the data, and the text that it was
    output = max(1.2 * text, _BLOCK_BYTES)
    return round(estimate.size_bytes + estimate.requests * (answer + envelope + output))


def disk_remark(needed: int, free: int | None) -> str | None:
    """What to say of the room on the disk; None when there is enough, or nobody knows."""
    if free is None or needed <= free:
        return None
    return (
        f"The run will write about {needed / 1e9:,.1f} GB, and the disk has {free / 1e9:,.1f} GB free: "
        "make room, or give another --outputs folder. On a full disk a run stops with exit 7, and "
        "`resume` goes on once there is room."
    )
