"""One process drives a run; the kernel lets go when it dies."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from processor.effects.lock import driving
from processor.errors import DrivenElsewhere

_HOLD = """
import sys
from pathlib import Path
from processor.effects.lock import driving
with driving(Path(sys.argv[1]), "r"):
    print("held", flush=True)
    sys.stdin.read()
"""


def test_second_driver_is_told_who_the_first_is(tmp_path: Path) -> None:
    path = tmp_path / "r" / "lock"
    child = subprocess.Popen(
        [sys.executable, "-c", _HOLD, str(path)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
    )
    with child:
        assert child.stdout is not None
        assert child.stdout.readline() == b"held\n"
        words = f"process {child.pid} on .*status r"
        with pytest.raises(DrivenElsewhere, match=words) as caught, driving(path, "r"):
            pass
        assert caught.value.exit_code == 10
        child.kill()
    with driving(path, "r"):  # SIGKILL leaves no lock behind
        pass


def test_runs_go_side_by_side(tmp_path: Path) -> None:
    with driving(tmp_path / "a" / "lock", "a"), driving(tmp_path / "b" / "lock", "b"):
        pass
