"""What is read is read once, and what is found is held in little memory."""

from __future__ import annotations

import subprocess
import sys
import tracemalloc
from pathlib import Path

from benchmarks import material
from processor.steps.load import find
from tests.bench import NOTES, PROJECT, notes, write_notes

_COUNTING = """
import sys
opened = []
sys.addaudithook(lambda event, given: opened.append(str(given[0])) if event == "open" else None)
from processor import Processor
plan = Processor(outputs=sys.argv[3]).plan(sys.argv[1], inputs=sys.argv[2])
print(plan.estimate.items, sum(name.startswith(sys.argv[2]) for name in opened))
"""


def test_plan_opens_every_input_file_once(tmp_path: Path) -> None:
    folder = write_notes(tmp_path / "in", notes(5))
    command = [sys.executable, "-c", _COUNTING, str(NOTES), str(folder), str(tmp_path / "o")]
    done = subprocess.run(command, cwd=PROJECT, capture_output=True, text=True, check=False)
    assert done.stdout.split() == ["5", "5"], done.stderr


def test_found_file_costs_little_more_than_its_name(tmp_path: Path) -> None:
    count = 2_000
    material.write_folder(tmp_path / "in", count, 200)
    tracemalloc.start()
    try:
        before, _ = tracemalloc.get_traced_memory()
        found = find([str(tmp_path / "in")], ())
        after, _ = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert len(found.files) == count
    assert found.files[0].name == "p0000000.json"
    assert (after - before) / count < len(str(found.files[0])) + 80
