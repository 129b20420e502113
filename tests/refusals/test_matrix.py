"""Every refusal: each cell of the table is run, and comes out as the table says."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest

from processor.steps.submit import BUSY_TRIES
from tests.crash.measured import keep
from tests.refusals.table import OTHER_ORIGIN, Cell, Often, cells
from tests.refusals.trial import INTERVAL, ITEMS, MAX_WAIT, trial

_CELLS = {cell.name: cell for cell in cells()}
_QUICK = tuple(_CELLS)[:: max(1, len(_CELLS) // 24)]
_SOAK = tuple(name for name in _CELLS if name not in _QUICK)


@contextmanager
def listener() -> Iterator[tuple[str, list[dict[str, str]]]]:
    """Another origin, and the headers of whatever reaches it."""
    heard: list[dict[str, str]] = []

    class Handler(BaseHTTPRequestHandler):
        def _hear(self) -> None:
            heard.append(dict(self.headers))
            self.send_response(200)
            self.end_headers()

        do_GET = do_POST = do_PUT = _hear

        def log_message(self, *_: Any) -> None:
            pass

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        thread = threading.Thread(target=server.serve_forever, args=(0.01,))
        thread.start()
        try:
            yield f"http://127.0.0.1:{server.server_port}", heard
        finally:
            server.shutdown()
            thread.join()


def _play(folder: Path, cell: Cell) -> dict[str, Any]:
    """Run a cell; what came of it, for the table."""
    row = cell.row
    with (
        listener() as (other, heard),
        trial(folder, cell.faults.replace(OTHER_ORIGIN, other), big=row.big) as tried,
    ):
        end = tried.run()
        assert end.exit_code == row.exit_code, end
        assert row.says in end.message
        jobs = tried.jobs()
        assert jobs == row.jobs
        tried.mend()
        resumed = tried.resume()
        assert resumed.exit_code == row.resumed, resumed
        assert tried.jobs() == row.jobs_then
        good = "accepted" if row.resumed == 0 else "failed"
        assert tried.outcomes() == [good] * len(ITEMS)
        assert heard == [], "another origin was called"
        leftovers = [p for p in tried.outputs.rglob("*") if p.suffix in (".tmp", ".spool")]
        assert leftovers == []
        return {
            "cell": cell.name,
            "endpoint": row.endpoint,
            "fault": cell.fault.partition("=http")[0],
            "often": row.often.value,
            "exit_code": end.exit_code,
            "jobs_made": jobs,
            "resumed": resumed.exit_code,
            "jobs": tried.jobs(),
            "lost": sum(outcome != good for outcome in tried.outcomes()),
            "differ": len(leftovers),
            "uploads": tried.calls("upload.start"),
            "creates": tried.calls("batches.create"),
        }


@pytest.mark.parametrize("name", _QUICK)
def test_a_refusal_comes_out_as_the_table_says(name: str, tmp_path: Path) -> None:
    keep(f"refusals-{_file_name(name)}", [_play(tmp_path / "trial", _CELLS[name])])


@pytest.mark.soak
@pytest.mark.parametrize("name", _SOAK)
def test_every_refusal_comes_out_as_the_table_says(name: str, tmp_path: Path) -> None:
    keep(f"refusals-{_file_name(name)}", [_play(tmp_path / "trial", _CELLS[name])])


def _file_name(name: str) -> str:
    plain = "".join(c if c.isalnum() or c in ".-" else "_" for c in name)
    return f"{list(_CELLS).index(name):03}-{plain}"


def test_cells_have_names_of_their_own() -> None:
    assert len(_CELLS) == len(list(cells()))
    assert {cell.row.often for cell in _CELLS.values()} == set(Often)


def test_a_busy_create_is_asked_again_at_the_fixed_interval_up_to_its_limit(tmp_path: Path) -> None:
    with trial(tmp_path / "trial", "429@batches.create*all") as tried:
        end = tried.run()
        assert end.exit_code == 6
        assert tried.calls("batches.create") == BUSY_TRIES
        assert tried.clock.waits == [INTERVAL] * (BUSY_TRIES - 1)


def test_polls_ride_through_hours_of_503_until_max_wait(tmp_path: Path) -> None:
    with trial(tmp_path / "trial", "503@batches.get*all") as tried:
        end = tried.run()
        assert end.exit_code == 4
        assert tried.calls("batches.get") == MAX_WAIT / INTERVAL
        assert tried.clock.waits == [*[INTERVAL] * int(MAX_WAIT / INTERVAL), 0.0]


def test_no_service_at_all_is_exit_6_and_the_run_can_be_resumed(tmp_path: Path) -> None:
    with trial(tmp_path / "trial") as tried:
        tried.sandbox.kill()
        end = tried.run()
        assert end.exit_code == 6
        assert "no connection" in end.message
        assert "Nothing was paid" in end.message
        tried.sandbox.start()
        assert tried.resume().exit_code == 0
        assert tried.jobs() == 1


def test_a_network_that_goes_after_the_job_was_made_is_ridden_out(tmp_path: Path) -> None:
    with trial(tmp_path / "trial") as tried:
        tried.submit()
        tried.sandbox.kill()
        end = tried.resume(max_wait=3600)
        assert end.exit_code == 4
        tried.sandbox.start()
        assert tried.resume().exit_code == 0
        assert tried.jobs() == 1
