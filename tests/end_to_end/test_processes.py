"""The program across processes: interrupted, looked at, resumed, refused."""

from __future__ import annotations

import re
import signal
import subprocess
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from tests.bench import NOTES, Bench, notes, write_notes
from tests.program import Ended, started, truebatch

BenchWith = Callable[..., Bench]
Program = Callable[..., Ended]
POLL = "0.2"


def _with_key(bench: Bench, tmp_path: Path) -> list[str]:
    """The options that every command of this bench needs."""
    key_file = tmp_path / "key"
    key_file.write_text(bench.key + "\n", encoding="utf-8")
    return [
        "--outputs", str(bench.outputs),
        "--base-url", bench.sandbox.url,
        "--api-key-file", str(key_file),
    ]  # fmt: skip


def _inputs(tmp_path: Path, count: int = 3) -> list[str]:
    return ["--inputs", str(write_notes(tmp_path / "inputs", notes(count)))]


def _wait_until(true: Callable[[], bool], child: subprocess.Popen[bytes]) -> None:
    for _ in range(6_000):
        if true():
            return
        assert child.poll() is None, child.communicate()
        time.sleep(0.02)
    raise AssertionError("it did not come to that")


@pytest.mark.parametrize(("number", "code"), [(signal.SIGINT, 130), (signal.SIGTERM, 143)])
def test_interrupted_while_polling_resume_finishes(
    bench_with: BenchWith, tmp_path: Path, number: signal.Signals, code: int
) -> None:
    bench = bench_with(job_seconds=4.0)
    options = _with_key(bench, tmp_path)
    run = ["run", str(NOTES), *_inputs(tmp_path), "--run", "r", "--poll-interval", POLL, *options]
    child = started(run, cwd=tmp_path)
    with child:
        _wait_until(lambda: "batches.get" in bench.endpoints(), child)
        child.send_signal(number)
        out, err = child.communicate(timeout=60)
    assert child.returncode == code
    assert out == b""
    assert b"resume r" in err
    assert b"Traceback" not in err
    resumed = truebatch("resume", "--json", "--poll-interval", POLL, *options, cwd=tmp_path)
    assert resumed.code == 0, resumed.stderr
    assert resumed.json["counts"]["accepted"] == 3
    assert bench.endpoints().count("batches.create") == 1
    assert bench.endpoints().count("upload.start") == 1


def test_commands_hand_a_run_to_each_other(bench_with: BenchWith, tmp_path: Path) -> None:
    bench = bench_with(job_seconds=5.0)
    options = _with_key(bench, tmp_path)
    outputs = ["--outputs", str(bench.outputs)]
    waited = truebatch(
        "run", str(NOTES), *_inputs(tmp_path), "--run", "r", "--poll-interval", POLL,
        "--max-wait", "0.5", "--json", *options, cwd=tmp_path,
    )  # fmt: skip
    assert waited.code == 4
    assert waited.json["error"]["run"] == "r"
    assert waited.json["error"]["exit_code"] == 4
    assert "resume r" in waited.json["error"]["message"]

    status = truebatch("status", "--json", *options, cwd=tmp_path)
    assert status.code == 0
    assert (status.json["run"], status.json["state"], status.json["items"]) == ("r", "SUBMITTED", 3)

    early = truebatch("results", "r", "--json", *outputs, cwd=tmp_path)
    assert early.code == 4

    resumed = truebatch("resume", "r", "--max-wait", "60", "--poll-interval", POLL, *options)
    assert resumed.code == 0, resumed.stderr
    assert "3 accepted" in resumed.stdout

    listed = truebatch("list", "--json", *outputs, cwd=tmp_path).json["runs"]
    assert [(run["run"], run["state"]) for run in listed] == [("r", "DONE")]

    results = truebatch("results", "r", *outputs, cwd=tmp_path)
    assert results.code == 0
    assert results.stdout.count("\n") == 3
    assert bench.endpoints().count("batches.create") == 1


def test_wrong_key_is_exit_6_with_the_service_s_words(
    program: Program, bench_with: BenchWith, tmp_path: Path
) -> None:
    bench = bench_with(accept_keys=["right"])
    ended = program("run", str(NOTES), *_inputs(tmp_path), *_with_key(bench, tmp_path))
    assert ended.code == 6
    assert ended.stdout == ""
    assert "API key not valid. Please pass a valid API key." in ended.stderr
    assert "--api-key-file" in ended.stderr
    assert bench.key not in ended.stderr


def test_no_network_is_exit_6(program: Program, tmp_path: Path) -> None:
    ended = program(
        "run", str(NOTES), *_inputs(tmp_path), "--outputs", str(tmp_path / "outputs"),
        "--base-url", "http://127.0.0.1:9", "--api-key", "any", "--poll-interval", "0.05", "--json",
    )  # fmt: skip
    assert ended.code == 6
    assert ended.json["error"]["kind"] == "service_refused"
    assert "no connection" in ended.json["error"]["message"]


def test_no_key_is_exit_2_with_both_ways_and_never_the_sandbox(
    program: Program, tmp_path: Path
) -> None:
    ended = program("run", str(NOTES), *_inputs(tmp_path))
    assert ended.code == 2
    for way in ("--api-key-file", "GEMINI_API_KEY", "--sandbox"):
        assert way in ended.stderr
    assert not list(tmp_path.glob("**/sandbox-state"))
    assert not list(tmp_path.glob("**/runs"))


def test_dry_run_needs_no_key_and_leaves_nothing(program: Program, tmp_path: Path) -> None:
    options = [*_inputs(tmp_path), "--json"]
    before = sorted(tmp_path.rglob("*"))
    dry = program("run", str(NOTES), *options, "--dry-run")
    plan = program("plan", str(NOTES), *options)
    assert dry.code == plan.code == 0, dry.stderr
    assert dry.json == plan.json
    assert (dry.json["items"], dry.json["jobs"]) == (3, 1)
    assert sorted(tmp_path.rglob("*")) == before


def test_job_that_failed_is_exit_5_with_the_reason(
    program: Program, bench_with: BenchWith, tmp_path: Path
) -> None:
    bench = bench_with(faults="job_failed=8")
    ended = program(
        "run", str(NOTES), *_inputs(tmp_path), "--poll-interval", POLL,
        *_with_key(bench, tmp_path),
    )  # fmt: skip
    assert ended.code == 5
    assert "code 8" in ended.stdout + ended.stderr


# -- the key ------------------------------------------------------------------------------------


def _holds(folder: Path, secret: str) -> list[str]:
    return [
        str(path)
        for path in folder.rglob("*")
        if path.is_file() and secret.encode() in path.read_bytes()
    ]


def test_key_is_nowhere_when_all_goes_well(program: Program, bench: Bench, tmp_path: Path) -> None:
    ended = program(
        "run", str(NOTES), *_inputs(tmp_path), "--outputs", str(bench.outputs), "-v",
        "--base-url", bench.sandbox.url, "--api-key", bench.key, "--poll-interval", POLL,
    )  # fmt: skip
    assert ended.code == 0, ended.stderr
    assert "visible in the process list" in ended.stderr
    assert bench.key not in ended.stdout + ended.stderr
    assert not _holds(tmp_path, bench.key)
    assert bench.calls()  # the key was used


@pytest.mark.parametrize("faults", ["none", "html@upload.start*all", "garbage@batches.create*all"])
def test_key_is_nowhere_when_all_goes_wrong(
    program: Program, bench_with: BenchWith, tmp_path: Path, faults: str
) -> None:
    bench = bench_with(accept_keys=["right"] if faults == "none" else [], faults=faults)
    ended = program(
        "run", str(NOTES), *_inputs(tmp_path), "--outputs", str(bench.outputs), "-v",
        "--base-url", bench.sandbox.url, "--poll-interval", "0.05",
        env={"GEMINI_API_KEY": bench.key},
    )  # fmt: skip
    assert ended.code in (6, 8)
    assert bench.key not in ended.stdout + ended.stderr
    assert not _holds(tmp_path, bench.key)


@contextmanager
def _stranger() -> Iterator[tuple[str, list[dict[str, str]]]]:
    """Another origin, which remembers the headers of every request it gets."""
    seen: list[dict[str, str]] = []

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            seen.append({name.lower(): value for name, value in self.headers.items()})
            self.send_response(200)
            self.end_headers()

        do_POST = do_GET

        def log_message(self, *_: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, args=(0.01,))
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}", seen
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


@pytest.mark.parametrize(
    "endpoint", ["upload.start", "batches.create", "batches.get", "files.download"]
)
def test_key_does_not_follow_a_redirect_to_another_origin(
    bench_with: BenchWith, endpoint: str
) -> None:
    with _stranger() as (origin, seen):
        bench = bench_with(faults=f"redirect={origin}@{endpoint}")
        report = bench.run()
        assert seen == []
        assert report["counts"]["accepted"] == 3
        assert bench.endpoints().count("batches.create") == (2 if "create" in endpoint else 1)
        told = " ".join(message for _, message in bench.observer.steps)
        assert "another address" in told
        assert bench.key not in told


def test_redirect_that_stays_is_told_and_ends_the_run(bench_with: BenchWith) -> None:
    with _stranger() as (origin, seen):
        bench = bench_with(faults=f"redirect={origin}@upload.start*all")
        with pytest.raises(Exception, match="redirects to another address") as caught:
            bench.run()
        assert getattr(caught.value, "exit_code", None) == 6
        assert re.search(r"127\.0\.0\.1", str(caught.value))
        assert seen == []
