"""The crash table: what the journal says after each cut, and what resume then asks the service for."""

from __future__ import annotations

import pytest

from tests.crash.cuts import parse_cut
from tests.crash.harness import SCENARIOS, Bench

_PLAIN = next(iter(SCENARIOS))
_UPLOAD = ("upload.start",)  # its pieces carry no key, and are not counted here
_LOOK = ("batches.list",)
_COLLECT = ("batches.get", "files.download")
_TABLE = {
    "after journal.begin_run #1": ("BUILDING", (*_UPLOAD, "batches.create", *_COLLECT)),
    "after journal.built #1": ("BUILT", (*_UPLOAD, "batches.create", *_COLLECT)),
    "after gateway.upload #1": ("BUILT", (*_UPLOAD, "batches.create", *_COLLECT)),
    "after journal.move_job to UPLOADED #1": ("UPLOADED", ("batches.create", *_COLLECT)),
    # After a create of which nobody knew what came, a twin is looked for once more at the end.
    "after journal.move_job to SUBMITTING #1": (
        "SUBMITTING",
        (*_LOOK, "files.get", *_LOOK, "batches.create", "batches.get", *_LOOK, "files.download"),
    ),
    "before gateway.create #1": (
        "SUBMITTING",
        (*_LOOK, "files.get", *_LOOK, "batches.create", "batches.get", *_LOOK, "files.download"),
    ),
    "after gateway.create #1": ("SUBMITTING", (*_LOOK, "batches.get", *_LOOK, "files.download")),
    "before journal.move_job to SUBMITTED #1": (
        "SUBMITTING",
        (*_LOOK, "batches.get", *_LOOK, "files.download"),
    ),
    "after journal.move_job to SUBMITTED #1": ("SUBMITTED", _COLLECT),
    "after journal.move_job to ENDED #1": ("ENDED", ("files.download",)),
    "inside files.writing answers.jsonl #1": ("ENDED", ("files.download",)),
    "after gateway.download #1": ("ENDED", ("files.download",)),
    "after journal.move_job to FETCHED #1": ("FETCHED", ()),
    "after journal.finish_run #1": ("DONE", ()),
}


@pytest.mark.parametrize("cut", _TABLE)
def test_a_cut_leaves_the_state_of_the_crash_table(place: Bench, cut: str) -> None:
    assert parse_cut(cut) in place.reference(_PLAIN).cuts
    recovery = place.cut(_PLAIN, parse_cut(cut))
    said, calls = _TABLE[cut]
    assert recovery.said == said
    assert recovery.calls == calls
    assert recovery.whole, recovery.words
