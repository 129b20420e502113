"""What the journal keeps of attachments, uploads and caches."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from processor.core.ids import RunId
from processor.core.referred import AttachmentRow, CacheRow, CacheState, UploadRow
from processor.effects.journal import SqliteJournal

RUN = RunId("r")
SCAN = ("ab" * 32, "application/pdf")
NOW = datetime(2026, 11, 22, tzinfo=UTC)


@pytest.fixture
def journal() -> Iterator[SqliteJournal]:
    made = SqliteJournal(None)
    made.begin_run(RUN, task="t", model="m", created_at=NOW.isoformat(), options={})
    yield made
    made.close()


def test_attachments_are_a_runs_and_go_with_it(journal: SqliteJournal) -> None:
    row = AttachmentRow(reference=SCAN, path="/in/a.pdf", size_bytes=7, item_id="a")
    journal.add_attachments(RUN, [row])
    journal.add_attachments(RUN, [replace(row, item_id="b")])
    assert journal.attachments(RUN) == {SCAN: replace(row, item_id="b")}
    journal.forget_run(RUN)
    assert journal.attachments(RUN) == {}


def test_an_upload_replaces_the_one_that_expires(journal: SqliteJournal) -> None:
    old = UploadRow(reference=SCAN, name="files/a", uri="u/a", expires_at=NOW)
    new = UploadRow(reference=SCAN, name="files/b", uri="u/b", expires_at=NOW + timedelta(hours=48))
    journal.save_upload(old)
    journal.save_upload(new)
    assert journal.uploads() == {SCAN: new}
    journal.forget_uploads(["files/a"])
    assert journal.uploads() == {SCAN: new}
    journal.forget_uploads(["files/b"])
    assert journal.uploads() == {}


def test_uploads_outlive_the_run_that_made_them(journal: SqliteJournal) -> None:
    journal.save_upload(UploadRow(reference=SCAN, name="files/a", uri="u", expires_at=NOW))
    journal.forget_run(RUN)
    assert set(journal.uploads()) == {SCAN}


def test_a_cache_goes_from_intent_to_its_end(journal: SqliteJournal) -> None:
    assert journal.cache(RUN) is None
    intent = CacheRow(run=RUN, state=CacheState.CREATING, display_name="truebatch/r/context/x")
    ready = replace(
        intent, state=CacheState.READY, name="cachedContents/c", expires_at=NOW, tokens=5000
    )
    for row in (intent, ready, replace(ready, state=CacheState.DELETED)):
        assert journal.save_cache(row) == row
        assert journal.cache(RUN) == row
        assert journal.caches() == (row,)


def test_a_folder_has_one_mark_and_another_has_another(journal: SqliteJournal) -> None:
    mark = journal.mark()
    assert journal.mark() == mark
    assert len(mark) == 12
    other = SqliteJournal(None)
    assert other.mark() != mark
    other.close()
