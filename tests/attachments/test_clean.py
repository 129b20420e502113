"""clean lets go of attachments and caches that no run needs any more, and of nothing else."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from processor.errors import ServiceRefused
from tests.attachments.material import write_items, write_task
from tests.bench import INTERVAL, Bench
from tests.context.material import items
from tests.context.material import write_task as write_context


@pytest.fixture
def place(tmp_path: Path) -> Path:
    write_task(tmp_path / "task")
    write_items(tmp_path / "inputs")
    return tmp_path


def test_attachments_go_when_every_run_that_names_them_has_ended(bench: Bench, place: Path) -> None:
    processor = bench.processor()
    given = {"inputs": str(place / "inputs"), "poll_interval": INTERVAL}
    processor.run(str(place / "task"), run="first", **given)  # type: ignore[arg-type]
    processor.submit(str(place / "task"), run="second", fresh=True, **given)  # type: ignore[arg-type]
    found = processor.clean(remote=True, dry_run=True)
    assert sum("the run has not ended" in reason for reason in found.kept) == 3
    assert {upload.run for upload in found.uploads} == {"first"}
    processor.resume("second")
    removed = processor.clean(remote=True)
    assert len(removed.uploads) == 3 + 2  # the attachments, and both request files
    assert processor._place.journal.uploads() == {}
    assert not processor.clean(remote=True, dry_run=True).uploads


def test_another_folder_keeps_its_own_uploads(bench: Bench, place: Path) -> None:
    given = {"inputs": str(place / "inputs"), "poll_interval": INTERVAL}
    bench.processor().run(str(place / "task"), run="r", **given)  # type: ignore[arg-type]
    other = bench.processor(outputs=place / "other")
    other.run(str(place / "task"), run="r", **given)  # type: ignore[arg-type]
    assert len(other.clean(remote=True).uploads) == 4
    assert len(bench.processor().clean(remote=True, dry_run=True).uploads) == 4


def test_a_cache_that_was_left_behind_goes(
    bench_with: Callable[..., Bench], tmp_path: Path
) -> None:
    bench = bench_with(faults="503@caches.delete*4")
    task = str(write_context(tmp_path / "advice"))
    processor = bench.processor()
    processor.run(task, items=items(2), run="r", poll_interval=INTERVAL, context_mode="explicit")
    (cache,) = processor._place.gateway().caches()
    assert cache.name in {upload.name for upload in processor.clean(remote=True).uploads}
    assert processor._place.gateway().caches() == []


def test_the_cache_of_a_run_that_goes_on_stays(bench: Bench, tmp_path: Path) -> None:
    task = str(write_context(tmp_path / "advice"))
    processor = bench.processor()
    processor.submit(task, items=items(2), run="r", poll_interval=INTERVAL, context_mode="explicit")
    assert any(
        "cachedContents/" in reason for reason in processor.clean(remote=True, dry_run=True).kept
    )
    processor.resume("r")


def test_caches_that_cannot_be_listed_are_told(
    bench_with: Callable[..., Bench], tmp_path: Path
) -> None:
    bench = bench_with(faults="403@caches.list")
    task = str(write_context(tmp_path / "advice"))
    processor = bench.processor()
    processor.submit(task, items=items(2), run="r", poll_interval=INTERVAL, context_mode="explicit")
    with pytest.raises(ServiceRefused, match="caches could not be listed"):
        processor.clean(remote=True, dry_run=True)
