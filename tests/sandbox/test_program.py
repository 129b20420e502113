"""The program: its line, its help, its end, its log."""

import http.client
import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path
from urllib.parse import urlsplit

import pytest

from sandbox.faults.grammar import ALL, UnknownFault, parse_faults
from sandbox.faults.table import FAULTS, Kind, Value
from sandbox.log import read_log
from sandbox.process import SandboxError, running
from tests.program import lives
from tests.sandbox.client import call

ON_POSIX = pytest.mark.skipif(os.name != "posix", reason="signals are POSIX's")


def _start(*arguments: str, state: Path) -> subprocess.Popen[bytes]:
    command = [sys.executable, "-m", "sandbox", "--state", str(state), *arguments]
    return subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE)


def _run(*arguments: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "sandbox", *arguments]
    return subprocess.run(
        command, capture_output=True, text=True, encoding="utf-8", timeout=20, check=False
    )


def test_says_one_line_where_it_is_and_nothing_else(tmp_path: Path) -> None:
    child = _start("--faults", "none", state=tmp_path)
    assert child.stdout is not None
    ready = json.loads(child.stdout.readline())
    assert ready["pid"] == child.pid
    assert ready["url"].startswith("http://127.0.0.1:")
    child.terminate()
    assert child.wait(30) == (0 if os.name == "posix" else child.returncode)
    assert child.stdout.read() == b""
    child.stdout.close()
    assert child.stdin is not None
    child.stdin.close()


@ON_POSIX
@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_a_signal_ends_it_with_0_even_during_a_hang(tmp_path: Path, number: int) -> None:
    with running(faults="hang=60@files.list", state=tmp_path) as sandbox:
        with pytest.raises(TimeoutError):
            _call_for_a_moment(sandbox.url)
        os.kill(sandbox.pid, number)
        assert sandbox.wait() == 0


def _call_for_a_moment(url: str) -> None:
    where = urlsplit(url)
    connection = http.client.HTTPConnection(where.hostname or "", where.port, timeout=0.3)
    try:
        connection.request("GET", "/v1beta/files", headers={"x-goog-api-key": "k"})
        connection.getresponse()
    finally:
        connection.close()


@ON_POSIX
def test_it_dies_with_its_parent_even_by_sigkill(tmp_path: Path) -> None:
    parent = (
        "import sys, time; from pathlib import Path; from sandbox.process import running\n"
        f"with running(state=Path({str(tmp_path)!r})) as child:\n"
        "    print(child.pid, flush=True); time.sleep(60)\n"
    )
    process = subprocess.Popen([sys.executable, "-c", parent], stdout=subprocess.PIPE)
    assert process.stdout is not None
    pid = int(process.stdout.readline())
    process.kill()
    process.wait()
    process.stdout.close()
    until = time.monotonic() + 30
    while lives(pid) and time.monotonic() < until:
        time.sleep(0.02)
    assert not lives(pid)


def test_an_unknown_fault_is_exit_2_with_the_names() -> None:
    done = _run("--faults", "fence,explode*2")
    assert done.returncode == 2
    assert done.stdout == ""
    assert "unknown fault 'explode*2'" in done.stderr
    assert all(name in done.stderr for name in FAULTS)


def test_a_sandbox_that_does_not_start_says_so() -> None:
    with pytest.raises(SandboxError, match="exit 2"), running(faults="explode"):
        pass


@pytest.mark.parametrize("option", ["--help", "--list-faults"])
def test_lists_and_explains_every_fault(option: str) -> None:
    done = _run(option)
    assert done.returncode == 0
    words = " ".join(done.stdout.split())
    for fault in FAULTS.values():
        assert f"{fault.name}{fault.value}" in words
        assert fault.what in words


BAD = [
    "explode", "none@x,realistic*2", "fence=1", "slow", "slow=soon", "slow=-1", "slow=inf",
    "error_line=x", "429@nowhere", "fence*0", "fence*x", "=", "redirect",
]  # fmt: skip


@pytest.mark.parametrize("text", BAD)
def test_refuses_a_fault_that_cannot_be_read(text: str) -> None:
    with pytest.raises(UnknownFault):
        parse_faults(text)


def test_reads_name_value_place_and_count() -> None:
    specs = parse_faults(
        "fence, error_line=3*2,429_retry_after=5@batches.get*all,job_failed, "
        "redirect=http://127.0.0.1:1/x@files.download*3,truncated@soil-1"
    )
    assert [(one.name, one.value, one.place, one.count) for one in specs] == [
        ("fence", "", "", 1),
        ("error_line", "3", "", 2),
        ("429_retry_after", "5", "batches.get", ALL),
        ("job_failed", "", "", ALL),
        ("redirect", "http://127.0.0.1:1/x", "files.download", 3),
        ("truncated", "", "soil-1", 1),
    ]


def test_none_is_nothing_and_realistic_is_four_faults() -> None:
    assert parse_faults("none") == parse_faults("") == ()
    assert [(one.label, one.count) for one in parse_faults("realistic,reset")] == [
        ("renamed_fields", 3), ("fence", 1), ("truncated", 1), ("blocked_prompt", 1), ("reset", 1),
    ]  # fmt: skip


@pytest.mark.parametrize("name", [n for n, one in FAULTS.items() if one.kind is not Kind.MIX])
def test_every_fault_in_the_table_can_be_asked_for(name: str) -> None:
    value = {Value.SECONDS: "=1", Value.TEXT: "=http://x"}.get(FAULTS[name].value, "")
    (spec,) = parse_faults(name + value)
    assert spec.name == name


def test_the_log_has_the_call_before_the_client_has_its_answer() -> None:
    with running() as sandbox:
        for number in range(20):
            call(sandbox, "GET", "/v1beta/files")
            assert len(sandbox.log()) == number + 1


def test_a_record_cut_by_a_kill_is_left_out(tmp_path: Path) -> None:
    (tmp_path / "log.jsonl").write_bytes(b'{"endpoint": "files.get"}\n{"endpo')
    assert read_log(tmp_path) == [{"endpoint": "files.get"}]
    assert read_log(tmp_path / "nowhere") == []


def test_takes_more_models() -> None:
    with running() as sandbox:
        assert call(sandbox, "GET", "/v1/models/my-model").status == 404
        sandbox.restart("--model", "my-model")
        assert call(sandbox, "GET", "/v1/models/my-model").status == 200
        assert call(sandbox, "GET", "/v1/models/gemini-3.6-flash-002").status == 200


def test_without_a_state_folder_nothing_is_left_behind(tmp_path: Path) -> None:
    command = [sys.executable, "-m", "sandbox", "--faults", "none", "--parent-pipe"]
    child = subprocess.Popen(
        command, stdin=subprocess.PIPE, stdout=subprocess.PIPE,
        env=os.environ | {name: str(tmp_path) for name in ("TMPDIR", "TEMP", "TMP")},
    )  # fmt: skip
    assert child.stdin is not None
    assert child.stdout is not None
    child.stdout.readline()
    assert len(list(tmp_path.iterdir())) == 1
    child.stdin.close()
    assert child.wait(30) == 0
    child.stdout.close()
    assert list(tmp_path.iterdir()) == []
