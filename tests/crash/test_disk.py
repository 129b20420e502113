"""The disk fails: exit 7 in clear words, nothing half-written, nothing sent twice, and it can be mended."""

from __future__ import annotations

import os
import sqlite3
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

import pytest

from processor.core.state import State
from processor.errors import DiskFailed
from tests.bench import INTERVAL, NOTES, note, write_notes
from tests.bench import Bench as ServiceBench
from tests.crash.cuts import Cut, Side
from tests.crash.harness import RUN, SCENARIOS, Bench, Trial
from tests.crash.measured import keep
from tests.crash.trees import journal_state
from tests.refusals.trial import trial as small_trial

_PLAIN = next(iter(SCENARIOS))
_DISK = 7
_ROOM = "64m"
_UPLOAD = Cut(effect="gateway.upload", occurrence=1, side=Side.BEFORE)
_COLLECT = Cut(effect="files.make_folder notes", occurrence=1, side=Side.BEFORE)


@contextmanager
def _mounted(folder: Path, size: str) -> Iterator[None]:
    """A file system of that size at ``folder``; skips where nobody lets us mount one."""
    folder.mkdir(parents=True)
    command = ["mount", "-t", "tmpfs", "-o", f"size={size}", "tmpfs", str(folder)]
    if sys.platform != "linux" or subprocess.run(command, capture_output=True).returncode:
        pytest.skip("a small file system can be mounted by root on Linux only")
    try:
        yield
    finally:
        subprocess.run(["umount", "--lazy", str(folder)], check=True)


def _remount(folder: Path, options: str) -> None:
    subprocess.run(["mount", "-o", f"remount,{options}", str(folder)], check=True)


def _whole_after_mending(trial: Trial, bench: Bench) -> None:
    recovery = trial.recover("mended", bench.reference(_PLAIN))
    assert recovery.whole, f"{recovery.as_json()} {recovery.differ}\n{recovery.words}"


def _said(trial: Trial) -> str:
    return trial.heard().split("Google's own address.")[-1]


# -- full ------------------------------------------------------------------------------------------


def _fill(place: Bench, kilobytes: int) -> int:
    with place.sandbox(_PLAIN) as sandbox:
        trial = place.trial(sandbox)
        with _mounted(trial.outputs, f"{kilobytes}k"):
            code = trial.command("run")
            assert "Traceback" not in trial.heard(), trial.heard()
            if code == _DISK:
                assert "make room" in _said(trial) or "mend the disk" in _said(trial)
                assert len(trial.made()) <= 1
            else:
                assert code == 0, trial.heard()
            _remount(trial.outputs, f"size={_ROOM}")
            _whole_after_mending(trial, place)
    return code


@pytest.mark.parametrize("kilobytes", [0, 88, 140])
def test_a_full_disk_is_exit_7_and_the_run_goes_on_when_there_is_room(
    place: Bench, kilobytes: int
) -> None:
    _fill(place, kilobytes or 4)


@pytest.mark.soak
def test_a_disk_full_at_any_size_is_exit_7_and_the_run_goes_on(place: Bench) -> None:
    sizes = range(4, 400, 12)
    codes = {size: _fill(place, size) for size in sizes}
    keep("disk-full", ({"kilobytes": size, "exit_code": code} for size, code in codes.items()))
    assert set(codes.values()) == {0, _DISK}


_LIMITED = """
import resource, sys
resource.setrlimit(resource.RLIMIT_FSIZE, (int(sys.argv[1]),) * 2)
from processor.cli.program import run_program
sys.exit(run_program(sys.argv[2:]))
"""


@pytest.mark.skipif(not hasattr(os, "fork"), reason="limits on files are POSIX")
@pytest.mark.parametrize("limit", [0, 2_000, 40_000])
def test_a_file_that_may_not_grow_is_exit_7_and_the_run_goes_on(place: Bench, limit: int) -> None:
    with place.sandbox(_PLAIN) as sandbox:
        trial = place.trial(sandbox)
        ended = subprocess.run(
            [sys.executable, "-c", _LIMITED, str(limit), *trial.arguments("run")],
            cwd=Path(__file__).parents[2],
            capture_output=True,
            text=True,
            check=False,
        )
        assert ended.returncode == _DISK, ended.stderr
        assert "Traceback" not in ended.stderr
        trial.words.write_text(ended.stderr, encoding="utf-8")
        _whole_after_mending(trial, place)


def test_a_run_that_found_no_room_for_its_requests_is_built_by_resume(
    bench: ServiceBench, tmp_path: Path
) -> None:
    long = [{**note(number), "text": "oak and basalt " * 500} for number in range(1, 41)]
    folder = str(write_notes(tmp_path / "in", long))
    with _mounted(bench.outputs, "240k"):
        with pytest.raises(DiskFailed, match=r"make room.*truebatch resume"):
            bench.processor().submit(str(NOTES), inputs=folder, run="r", poll_interval=INTERVAL)
        assert bench.processor().status("r").state is State.BUILDING
        assert bench.calls() == []
        _remount(bench.outputs, f"size={_ROOM}")
        report = bench.processor().resume("r", poll_interval=INTERVAL)
        assert report["counts"]["accepted"] == len(long)
        bench.close()


# -- read only -------------------------------------------------------------------------------------


def test_a_read_only_folder_is_exit_7_before_anything_is_sent(place: Bench) -> None:
    with place.sandbox(_PLAIN) as sandbox:
        trial = place.trial(sandbox)
        with _mounted(trial.outputs, _ROOM):
            _remount(trial.outputs, "ro")
            assert trial.command("run") == _DISK, trial.heard()
            assert trial.records() == []
            assert "Traceback" not in trial.heard()
            _remount(trial.outputs, "rw")
            _whole_after_mending(trial, place)


@pytest.mark.parametrize("cut", [_UPLOAD, _COLLECT], ids=str)
def test_a_folder_that_turns_read_only_is_exit_7_and_the_run_goes_on(
    place: Bench, cut: Cut
) -> None:
    with place.sandbox(_PLAIN) as sandbox:
        trial = place.trial(sandbox)
        with _mounted(trial.outputs, _ROOM):
            assert trial.drive("run", cut=str(cut)) == -9
            _remount(trial.outputs, "ro")
            assert trial.command("resume") == _DISK, trial.heard()
            _remount(trial.outputs, "rw")
            _whole_after_mending(trial, place)


# -- the journal -----------------------------------------------------------------------------------


def _journal(trial: Trial) -> Path:
    return trial.outputs / "journal.sqlite3"


def _checkpoint(trial: Trial) -> None:
    with closing(sqlite3.connect(_journal(trial))) as journal:
        journal.execute("PRAGMA wal_checkpoint(TRUNCATE)")


@pytest.mark.parametrize("damage", ["head", "middle", "half", "text"])
def test_a_corrupt_journal_is_exit_7_and_nothing_is_sent(place: Bench, damage: str) -> None:
    with place.sandbox(_PLAIN) as sandbox:
        trial = place.trial(sandbox)
        trial.drive("run", cut=str(_UPLOAD))
        _checkpoint(trial)
        sound = _journal(trial).read_bytes()
        broken = {
            "head": b"\0" * 100 + sound[100:],
            "middle": sound[:4096] + b"\xa5" * (len(sound) - 4096),
            "half": sound[: len(sound) // 2],
            "text": b"this is no journal\n" * 500,
        }[damage]
        _journal(trial).write_bytes(broken)
        assert trial.command("resume") == _DISK, trial.heard()
        assert trial.records() == []
        assert "journal.sqlite3" in _said(trial)
        assert "Traceback" not in trial.heard()
        _journal(trial).write_bytes(sound)
        _whole_after_mending(trial, place)


def test_a_journal_of_a_newer_version_is_exit_7_and_left_alone(place: Bench) -> None:
    with place.sandbox(_PLAIN) as sandbox:
        trial = place.trial(sandbox)
        trial.drive("run", cut=str(_UPLOAD))
        _checkpoint(trial)
        with closing(sqlite3.connect(_journal(trial))) as journal:
            (version,) = journal.execute("PRAGMA user_version").fetchone()
            journal.execute("PRAGMA user_version = 99")
            journal.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        before = _journal(trial).read_bytes()
        assert trial.command("resume") == _DISK
        assert "newer truebatch" in _said(trial)
        assert _journal(trial).read_bytes() == before
        assert trial.records() == []
        with closing(sqlite3.connect(_journal(trial))) as journal:
            journal.execute(f"PRAGMA user_version = {version}")
        _whole_after_mending(trial, place)


# -- the request file ------------------------------------------------------------------------------


@pytest.mark.parametrize("change", ["a byte more", "a byte less", "another byte", "gone"])
def test_a_request_file_changed_after_build_is_exit_7_and_not_sent(
    place: Bench, change: str
) -> None:
    with place.sandbox(_PLAIN) as sandbox:
        trial = place.trial(sandbox)
        trial.drive("run", cut=str(_UPLOAD))
        path = trial.outputs / "runs" / RUN / "requests.json"
        built = path.read_bytes()
        path.chmod(0o600)
        if change == "gone":
            path.unlink()
        else:
            changed = {
                "a byte more": built + b"\n",
                "a byte less": built[:-1],
                "another byte": built.replace(b"clay", b"CLAY", 1),
            }
            path.write_bytes(changed[change])
        assert trial.command("resume") == _DISK
        assert "requests.json" in _said(trial)
        assert trial.records() == []
        assert journal_state(trial.outputs, RUN) == "BUILT"
        path.write_bytes(built)
        _whole_after_mending(trial, place)


def test_a_request_file_that_shrinks_during_upload_is_exit_7_and_ends(tmp_path: Path) -> None:
    faults = "delay=1@upload.chunk*1"
    with small_trial(tmp_path / "trial", faults, big=True) as tried:
        tried.timeout = 10.0
        path = tried.outputs / "runs" / "r" / "requests.json"

        def shrink() -> None:
            while not tried.calls("upload.start"):
                time.sleep(0.01)
            time.sleep(0.4)
            os.truncate(path, 100)

        shrinking = threading.Thread(target=shrink)
        shrinking.start()
        end = tried.run()
        shrinking.join()
        assert end.exit_code == _DISK, end
        assert "was changed after it was built" in end.message
        assert tried.jobs() == 0
        assert tried.calls("upload.chunk") < 10
