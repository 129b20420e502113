"""The file writer: a child process makes the files, and nothing is lost, torn or left behind."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from processor.effects.file_writer import FileWriter, has_processor_to_spare
from processor.effects.files import LocalFiles
from processor.errors import DiskFailed
from tests.program import lives

pytestmark = pytest.mark.skipif(not has_processor_to_spare(), reason="no second processor here")

MANY = 1_000_000  # files announced, so that a child writes them
_KILLED = """
import os, signal, sys
from processor.effects.file_writer import FileWriter
with FileWriter() as writer:
    print(writer._process.pid, flush=True)
    number = 0
    while True:
        writer.write(f"{sys.argv[1]}/{number}.json", b"%d\\n" % number * 1000)
        number += 1
        if number == 3000:
            os.kill(os.getpid(), signal.SIGKILL)
"""


def _contents(folder: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in folder.iterdir()}


def _some() -> Iterator[tuple[str, bytes]]:
    for number, name in enumerate(["a.json", "ü 😀.json", "new\nline.json", "empty.json"]):
        yield name, b"" if name.startswith("empty") else bytes(range(256)) * (number * 10_000)


@pytest.mark.parametrize("count", [1, MANY])
def test_files_are_there_when_the_block_ends(tmp_path: Path, count: int) -> None:
    with LocalFiles().writing_temporaries(count) as write:
        for name, content in _some():
            write(f"{tmp_path}/{name}", content)
    assert _contents(tmp_path) == dict(_some())


@pytest.mark.parametrize("count", [1, MANY])
def test_later_file_takes_the_place_of_an_earlier_one(tmp_path: Path, count: int) -> None:
    with LocalFiles().writing_temporaries(count) as write:
        write(f"{tmp_path}/a", b"first, and longer")
        write(f"{tmp_path}/a", b"second")
    assert _contents(tmp_path) == {"a": b"second"}


@pytest.mark.parametrize("count", [1, MANY])
def test_fault_names_the_file(tmp_path: Path, count: int) -> None:
    def write_two() -> None:
        with LocalFiles().writing_temporaries(count) as write:
            write(f"{tmp_path}/a.json", b"x")
            write(f"{tmp_path}/gone/b.json", b"x")

    with pytest.raises(DiskFailed, match=r"gone/b\.json: No such file"):
        write_two()


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="needs /dev/full")
def test_full_disk_ends_a_long_writing_early(tmp_path: Path) -> None:
    def write_on() -> None:
        with LocalFiles().writing_temporaries(MANY) as write:
            write(f"{tmp_path}/full.json", b"x")
            while True:  # until it is told
                write(f"{tmp_path}/next.json", b"y" * 100_000)

    (tmp_path / "full.json").symlink_to("/dev/full")
    with pytest.raises(DiskFailed, match=r"full\.json: No space left"):
        write_on()


def test_child_that_is_killed_is_a_fault(tmp_path: Path) -> None:
    def killed() -> None:
        with FileWriter() as writer:
            writer.write(f"{tmp_path}/a.json", b"x")
            os.kill(writer._process.pid, signal.SIGKILL)

    with pytest.raises(OSError, match="ended with code -9"):
        killed()


def test_interrupted_block_leaves_no_child(tmp_path: Path) -> None:
    def interrupted() -> None:
        with FileWriter() as writer:
            children.append(writer._process)
            writer.write(f"{tmp_path}/a.json", b"x")
            raise KeyboardInterrupt

    children: list[subprocess.Popen[bytes]] = []
    with pytest.raises(KeyboardInterrupt):
        interrupted()
    assert children[0].returncode is not None


def test_child_of_a_killed_program_ends_and_leaves_whole_files(tmp_path: Path) -> None:
    command = [sys.executable, "-c", _KILLED, str(tmp_path)]
    killed = subprocess.run(command, capture_output=True, check=False)
    assert killed.returncode == -signal.SIGKILL
    until = time.monotonic() + 10
    while lives(int(killed.stdout)):
        assert time.monotonic() < until, "the child goes on"
        time.sleep(0.01)
    found = _contents(tmp_path)
    assert 0 < len(found) < 3000
    for name, content in found.items():
        assert content == b"%s\n" % Path(name).stem.encode() * 1000
