"""An envelope as a line of ``items.jsonl``, read without decoding it."""

from __future__ import annotations

_OUTCOME = b'"outcome":"'


def outcome_in(line: bytes) -> str:
    """An envelope's outcome, without decoding the rest.

    In our own envelopes it stands before all that came from a model, and inside a string its quotes
    would be escaped: the first hit is the member itself.
    """
    begin = line.index(_OUTCOME) + len(_OUTCOME)
    return line[begin : line.index(b'"', begin)].decode()
