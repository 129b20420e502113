"""A file of 200 MB is streamed, or refused with a reason; it is never swallowed whole twice."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

from tests.bench import NOTES, PROJECT

SIZE = 200_000_000
_MIB = 1_048_576
_STATUS = Path("/proc/self/status")
_ELEMENT = 20_000
_PLAN = """
import sys
from processor import Processor
from processor.errors import ProcessorError
with Processor(outputs=sys.argv[3]) as processor:
    try:
        print(processor.plan(sys.argv[1], inputs=sys.argv[2]).as_json()["items"])
    except ProcessorError as error:
        print(int(error.exit_code), error.message)
for line in open("/proc/self/status", encoding="ascii"):
    if line.startswith("VmHWM"):
        print(line.split()[1])
"""

pytestmark = pytest.mark.skipif(not _STATUS.exists(), reason="memory is read from /proc")


def _plan(path: Path) -> tuple[str, int]:
    """What the plan says, and the most memory it took, in bytes."""
    child = subprocess.run(
        [sys.executable, "-c", _PLAN, str(NOTES), str(path), str(path.parent / "outputs")],
        cwd=PROJECT,
        capture_output=True,
        encoding="utf-8",
        check=True,
    )
    said, memory = child.stdout.splitlines()
    return said, int(memory) * 1024


@pytest.fixture(scope="module")
def small(tmp_path_factory: pytest.TempPathFactory) -> int:
    """What planning takes at all, in bytes."""
    path = tmp_path_factory.mktemp("small") / "a.json"
    path.write_text('{"note_id": "n", "title": "t"}', encoding="utf-8")
    said, memory = _plan(path)
    assert said == "1"
    return memory


def _write(path: Path, size: int, head: str, between: str, tail: str) -> int:
    text = "word " * (_ELEMENT // 5)
    count = 0
    with path.open("w", encoding="utf-8") as file:
        file.write(head)
        while file.tell() < size:
            value = {"note_id": f"n{count}", "title": "t", "text": text}
            file.write((between if count else "") + json.dumps(value))
            count += 1
        file.write(tail)
    return count


def test_large_array_is_streamed(tmp_path: Path, small: int) -> None:
    path = tmp_path / "a.json"
    count = _write(path, SIZE, "[", ",", "]")
    said, memory = _plan(path)
    path.unlink()
    assert said == str(count)
    # The file is mapped, and its pages count as long as nobody else needs the memory: once, not twice.
    assert memory < small + SIZE + 32 * _MIB


def test_many_lines_are_streamed(tmp_path: Path, small: int) -> None:
    path = tmp_path / "a.jsonl"
    count = _write(path, SIZE // 2, "", "\n", "\n")
    said, memory = _plan(path)
    path.unlink()
    assert said == str(count)
    assert memory < small + 32 * _MIB


@pytest.mark.parametrize(("name", "most_bytes"), [("a.json", 32 * _MIB), ("a.jsonl", 160 * _MIB)])
def test_one_item_of_200_mb_is_refused_with_a_reason(
    tmp_path: Path, small: int, name: str, most_bytes: int
) -> None:
    path = tmp_path / name
    with path.open("wb") as file:  # a sparse file
        file.write(b'{"note_id": "n", "title": "')
        file.truncate(SIZE)
    said, memory = _plan(path)
    assert said.startswith("3 ")
    assert name in said
    assert "larger than what any model reads" in said
    assert memory < small + most_bytes
