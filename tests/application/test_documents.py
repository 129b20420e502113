"""The examples of the documents run."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

from tests.bench import PROJECT


def test_prompts_example_of_the_readme_runs(tmp_path: Path) -> None:
    readme = (PROJECT / "README.md").read_text(encoding="utf-8")
    (example,) = (
        block.partition("```")[0]
        for block in readme.split("```python\n")[1:]
        if "submit_prompts" in block.partition("```")[0]
    )
    done = subprocess.run(
        [sys.executable, "-c", example],
        cwd=tmp_path,
        capture_output=True,
        encoding="utf-8",
        timeout=120,
    )
    assert done.returncode == 0, done.stderr
    first, *answers = done.stdout.splitlines()
    assert first.startswith("batches/")
    assert len(answers) == 2
