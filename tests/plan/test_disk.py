"""A run that the disk cannot hold is told so before it is paid for."""

from __future__ import annotations

from pathlib import Path

from processor import Processor
from processor.core.disk import disk_bytes, disk_remark
from processor.effects.files import LocalFiles
from tests.bench import NOTES, Bench, notes


class FullDisk(LocalFiles):
    """A disk on which a thousand bytes are free."""

    def free_bytes(self, folder: Path) -> int | None:
        return 1_000


def test_plan_says_that_the_disk_is_too_small(bench: Bench) -> None:
    small = bench.processor()
    small._place.files = FullDisk()
    (remark,) = _about_room(small)
    assert "0.0 GB free" in remark
    assert "exit 7" in remark
    assert _about_room(bench.processor()) == []


def _about_room(processor: Processor) -> list[str]:
    remarks = processor.plan(str(NOTES), items=notes(3)).remarks
    return [one for one in remarks if "GB free" in one]


def test_estimate_of_the_disk_is_near_what_a_run_writes(bench: Bench) -> None:
    bench.run(40)
    written = sum(path.stat().st_size for path in bench.outputs.rglob("*") if path.is_file())
    told = disk_bytes(bench.processor().plan(str(NOTES), items=notes(40), fresh=True).estimate)
    assert written / 5 < told < written * 5


def test_nothing_is_said_where_the_system_says_nothing() -> None:
    assert disk_remark(10**12, None) is None
    assert disk_remark(10**9, 10**9) is None


def test_folder_that_is_not_there_yet_is_on_its_parent_s_disk(tmp_path: Path) -> None:
    free = LocalFiles().free_bytes(tmp_path / "a" / "b")
    assert free is not None
    assert free > 0
