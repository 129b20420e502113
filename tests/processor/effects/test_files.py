"""Files appear whole or not at all."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from processor.effects.files import LocalFiles
from processor.errors import DiskFailed

FILES = LocalFiles()


def _names(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir())


def _write_until(target: Path, error: type[BaseException]) -> None:
    with FILES.writing(target, durable=False) as file:
        file.write(b"new")
        raise error


@pytest.mark.parametrize("durable", [True, False])
def test_file_takes_its_name_at_the_end(tmp_path: Path, durable: bool) -> None:
    target = tmp_path / "a" / "b.json"
    with FILES.writing(target, durable=durable) as file:
        file.write(b"one")
        assert not target.exists()
    assert target.read_bytes() == b"one"
    assert _names(target.parent) == ["b.json"]


class _Stop(BaseException):
    pass


@pytest.mark.parametrize("error", [ValueError, KeyboardInterrupt, _Stop])
def test_file_that_is_cut_leaves_the_old_one(tmp_path: Path, error: type[BaseException]) -> None:
    target = tmp_path / "b.json"
    FILES.write(target, b"old")
    with pytest.raises(error):
        _write_until(target, error)
    assert target.read_bytes() == b"old"
    assert _names(tmp_path) == ["b.json"]


def test_fault_of_the_disk_names_the_file(tmp_path: Path) -> None:
    (tmp_path / "file").write_bytes(b"")
    target = tmp_path / "file" / "b.json"
    acts: tuple[Callable[[], None], ...] = (
        lambda: FILES.write(target, b"x"),
        lambda: FILES.write_temporary(target, b"x"),
        lambda: FILES.make_folder(target),
        lambda: FILES.rename(target, target),
        lambda: FILES.protect(target),
    )
    for act in acts:
        with pytest.raises(DiskFailed, match=r"b\.json") as caught:
            act()
        assert caught.value.exit_code == 7


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="needs /dev/full")
def test_full_disk_is_told(tmp_path: Path) -> None:
    (tmp_path / "b.json.tmp").symlink_to("/dev/full")
    with pytest.raises(DiskFailed, match="No space left"):
        FILES.write(tmp_path / "b.json", b"x" * 10)
    (tmp_path / "c.json").symlink_to("/dev/full")
    with pytest.raises(DiskFailed, match="No space left"):
        FILES.write_temporary(tmp_path / "c.json", b"x")


def test_protected_file_cannot_be_written_by_its_owner(tmp_path: Path) -> None:
    target = tmp_path / "b.json"
    FILES.write(target, b"x")
    FILES.protect(target)
    assert target.stat().st_mode & 0o222 == 0
    FILES.remove(target)
    assert not target.exists()


def test_removes_folders_with_all_in_them_and_what_is_not_there(tmp_path: Path) -> None:
    FILES.write(tmp_path / "a" / "b" / "c", b"x")
    FILES.remove(tmp_path / "a")
    FILES.remove(tmp_path / "a")
    assert _names(tmp_path) == []


def test_removes_a_link_and_not_what_it_leads_to(tmp_path: Path) -> None:
    FILES.write(tmp_path / "a" / "b", b"x")
    (tmp_path / "link").symlink_to(tmp_path / "a")
    FILES.remove(tmp_path / "link")
    assert (tmp_path / "a" / "b").read_bytes() == b"x"
