"""The command line: help, one JSON object, exit codes, streams."""

from __future__ import annotations

import io
import json
import os
import shlex
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import click
import pytest
from click.testing import CliRunner

from processor import __version__
from processor.cli.program import truebatch as group
from processor.cli.screen import make_screen
from tests.bench import NOTES, PROJECT, Bench, note
from tests.program import Ended, command, environment, started, truebatch

Program = Callable[..., Ended]

COMMANDS = group.list_commands(None)  # type: ignore[arg-type]
NEEDED = {
    "run", "plan", "submit", "resume", "status", "results", "list", "report", "tasks", "doctor",
    "sandbox",
}  # fmt: skip


@pytest.fixture
def ended_run(bench: Bench) -> list[str]:
    """A run that has ended, of items whose names no old terminal can show; the options that find it."""
    items = [{**note(1), "note_id": "größe-🌾"}, note(2)]
    bench.run(items=items)
    bench.close()
    return ["--outputs", str(bench.outputs)]


def test_commands_are_those_of_the_design() -> None:
    assert set(COMMANDS) >= NEEDED


@pytest.mark.parametrize("name", [None, *COMMANDS])
def test_help_says_how(name: str | None) -> None:
    arguments = [name, "--help"] if name else ["--help"]
    shown = CliRunner().invoke(group, arguments, prog_name="truebatch")
    assert shown.exit_code == 0
    assert shown.output.startswith("Usage: truebatch")
    if name is None:
        assert all(command in shown.output for command in COMMANDS)
        assert "Exit codes: 0" in shown.output
    else:
        for option in ("--json", "--outputs", "--quiet", "--verbose"):
            assert option in shown.output


@pytest.mark.parametrize("name", ["run", "submit", "resume", "status", "doctor"])
def test_command_that_talks_to_the_service_takes_its_options(name: str) -> None:
    shown = CliRunner().invoke(group, [name, "--help"]).output
    for option in (
        "--api-key", "--api-key-file", "--env-file", "--base-url", "--sandbox", "--timeout",
    ):  # fmt: skip
        assert option in shown


@pytest.mark.parametrize(
    "name",
    ["run", "plan", "submit", "resume", "status", "retry", "cancel", "adopt", "list", "doctor",
     "clean", "pipeline"],
)  # fmt: skip
def test_command_that_talks_to_the_service_takes_its_pace(name: str) -> None:
    command = group.get_command(click.Context(group), name)
    assert command is not None
    known = {option for parameter in command.params for option in parameter.opts}
    assert {"--api-key", "--timeout", "--poll-interval", "--max-wait"} <= known


def test_help_and_version_import_little() -> None:
    code = (
        "import sys; from processor.cli.program import run_program\n"
        "codes = [run_program(['--help']), run_program(['--version'])]\n"
        "heavy = {'google.genai', 'rich', 'jinja2', 'jsonschema', 'sqlite3'} & set(sys.modules)\n"
        "assert codes == [0, 0] and not heavy, (codes, heavy)"
    )
    child = subprocess.run(
        [sys.executable, "-c", code], env=environment(), capture_output=True, check=False
    )
    assert child.returncode == 0, child.stderr
    assert __version__.encode() in child.stdout


def test_looking_at_runs_does_not_import_google_genai(ended_run: list[str]) -> None:
    code = (
        "import sys; from processor.cli.program import run_program\n"
        f"code = run_program(['list', *{ended_run!r}])\n"
        "assert code == 0 and 'google.genai' not in sys.modules"
    )
    child = subprocess.run(
        [sys.executable, "-c", code], env=environment(), capture_output=True, check=False
    )
    assert child.returncode == 0, child.stderr


@pytest.mark.parametrize(
    "arguments",
    [
        ["run", "--no-such-option"],
        ["frobnicate"],
        ["run", "--expect", "many"],
        ["run", "--poll-interval", "0"],
        ["run", "no-such-task"],
        ["results"],
        ["results", "no-such-run"],
        ["run", "--sandbox", "--base-url", "http://x"],
        ["run", "--sandbox", "--faults", "no-such-fault"],
        ["status"],
        ["resume"],
    ],
)
def test_wrong_usage_is_exit_2_and_one_json_object(
    program: Program, arguments: list[str], tmp_path: Path
) -> None:
    (tmp_path / "inputs").mkdir()
    (tmp_path / "inputs" / "a.json").write_text('{"paper_id": "p"}', encoding="utf-8")
    ended = program(*arguments, "--json")
    assert ended.code == 2, ended.stderr
    error = ended.json["error"]
    assert set(error) == {"kind", "message", "exit_code", "run"}
    assert (error["kind"], error["exit_code"]) == ("wrong_usage", 2)
    assert "Traceback" not in ended.stderr


def test_no_command_shows_the_help_and_is_wrong_usage(program: Program) -> None:
    ended = program()
    assert ended.code == 2
    assert "Usage: truebatch" in ended.stderr
    assert ended.stdout == ""


def test_bad_input_is_exit_3_in_words_and_as_json(program: Program, tmp_path: Path) -> None:
    (tmp_path / "inputs").mkdir()
    (tmp_path / "inputs" / "a.json").write_text("[1]", encoding="utf-8")
    plain = program("run", "--sandbox")
    assert plain.code == 3
    assert plain.stdout == ""
    assert "error: " in plain.stderr
    assert "a.json, element 1" in plain.stderr
    told = program("run", "--sandbox", "--json", "-q")
    assert told.code == 3
    assert told.json["error"]["kind"] == "bad_input"
    assert "a.json, element 1" in told.json["error"]["message"]
    assert told.stderr == ""


@pytest.mark.parametrize("verbosity", [[], ["-q"], ["-v"]])
def test_json_has_one_shape_at_every_verbosity(
    program: Program, bench: Bench, tmp_path: Path, verbosity: list[str]
) -> None:
    (tmp_path / "inputs").mkdir()
    (tmp_path / "inputs" / "a.json").write_text(json.dumps(note(1)), encoding="utf-8")
    ended = program(
        "run", str(NOTES), "--json", *verbosity, "--outputs", str(bench.outputs), "--run", "r",
        "--base-url", bench.sandbox.url, "--poll-interval", "0.1",
        env={"GEMINI_API_KEY": bench.key},
    )  # fmt: skip
    assert ended.code == 0, ended.stderr
    report = ended.json
    assert report == json.loads((bench.folder() / "report.json").read_bytes())
    words = ended.stderr.replace(
        f"warning: The service is {bench.sandbox.url}, not Google's own address.\n", ""
    )
    if verbosity == ["-v"]:
        assert "poll: batches/" in ended.stderr
    else:
        assert words == ""


def test_quiet_says_nothing_and_the_default_says_every_step(
    program: Program, tmp_path: Path
) -> None:
    (tmp_path / "inputs").mkdir()
    (tmp_path / "inputs" / "a.json").write_text(json.dumps(note(1)), encoding="utf-8")
    common = ["run", str(NOTES), "--sandbox", "--faults", "none", "--poll-interval", "0.5"]
    quiet = program(*common, "-q", "--outputs", "quiet")
    assert quiet.code == 0
    assert quiet.stderr == ""
    assert "1 accepted" in quiet.stdout
    told = program(*common, "--outputs", "told")
    assert told.code == 0
    steps = [line.split()[0] for line in told.stderr.splitlines() if line.strip()]
    for step in ("build", "submit", "poll", "fetch", "report"):
        assert step in steps
    assert "1 of 1 requests" in told.stderr
    assert "next poll in 0.5 s" in told.stderr
    assert "told/notes" in told.stdout.replace(os.sep, "/")


@pytest.mark.parametrize(
    "arguments",
    [["results", "r", "--envelopes"], ["report", "r"]],
)
def test_output_is_utf8_whatever_the_locale(ended_run: list[str], arguments: list[str]) -> None:
    locale = {"LC_ALL": "C", "LANG": "C", "PYTHONUTF8": "0", "PYTHONCOERCECLOCALE": "0"}
    ended = truebatch(*arguments, *ended_run, env=locale)
    assert ended.code == 0, ended.stderr
    if "--envelopes" in arguments:
        assert "größe-🌾" in ended.stdout


@pytest.mark.parametrize(
    ("arguments", "keys"),
    [
        (["list"], {"runs"}),
        (["tasks"], {"tasks"}),
        (["tasks", "stage_1a"], {"name", "description", "model", "folder", "files"}),
        (["results", "r"], {"run", "results"}),
        (["results", "r", "--envelopes", "--preview", "1"], {"run", "results"}),
        (["report", "r"], {"run", "task", "state", "counts"}),
        (["status", "r"], {"run", "task", "state", "items", "jobs"}),
    ],
)
def test_json_is_one_object(ended_run: list[str], arguments: list[str], keys: set[str]) -> None:
    shown = CliRunner().invoke(group, [*arguments, *ended_run, "--json"])
    assert shown.exit_code == 0
    value = json.loads(shown.stdout)
    assert set(value) >= keys
    assert shown.stdout.count("\n") == 1


def test_results_are_lines_in_input_order(ended_run: list[str]) -> None:
    plain = CliRunner().invoke(group, ["results", "r", *ended_run]).stdout
    assert ["subject" in json.loads(line) for line in plain.splitlines()] == [True, True]
    shown = CliRunner().invoke(group, ["results", "r", "--envelopes", *ended_run]).stdout
    envelopes = [json.loads(line) for line in shown.splitlines()]
    assert [envelope["item_id"] for envelope in envelopes] == ["größe-🌾", "n2"]
    first = CliRunner().invoke(group, ["results", "r", "--preview", "1", *ended_run]).stdout
    assert first == plain.splitlines(keepends=True)[0]


def _unread(
    *arguments: str, env: dict[str, str] | None = None
) -> subprocess.CompletedProcess[bytes]:
    """The program, with a stdout whose reader has gone."""
    reading, writing = os.pipe()
    os.close(reading)
    try:
        return subprocess.run(
            command(*arguments),
            env=environment(env),
            cwd=PROJECT,
            stdin=subprocess.DEVNULL,
            stdout=writing,
            stderr=subprocess.PIPE,
            check=False,
        )
    finally:
        os.close(writing)


_PRINTING: list[list[str]] = [["results", "r"], ["tasks", "stage_1a"], ["list", "--json"]]


@pytest.mark.parametrize("arguments", _PRINTING)
def test_reader_that_has_gone_is_no_error(ended_run: list[str], arguments: list[str]) -> None:
    child = _unread(*arguments, *ended_run)
    assert child.stderr == b""
    assert child.returncode == 0


def test_reader_that_has_gone_changes_neither_exit_code_nor_what_follows(
    bench_with: Callable[..., Bench], tmp_path: Path
) -> None:
    bench = bench_with(faults="truncated")
    (tmp_path / "a.json").write_text(json.dumps(note(1)), encoding="utf-8")
    after = tmp_path / "after.py"
    after.write_text("import sys, pathlib; pathlib.Path(sys.argv[1]).touch()", encoding="utf-8")
    child = _unread(
        "run", str(NOTES), "-q", "--inputs", str(tmp_path / "a.json"), "--poll-interval", "0.1",
        "--outputs", str(bench.outputs), "--base-url", bench.sandbox.url,
        "--then", f"{shlex.quote(sys.executable)} {shlex.quote(str(after))} {tmp_path / 'followed'}",
        env={"GEMINI_API_KEY": bench.key},
    )  # fmt: skip
    assert child.returncode == 1, child.stderr
    assert (tmp_path / "followed").exists()
    texts = tmp_path / "texts"
    texts.mkdir()
    (texts / "refused.txt").write_text("no JSON", encoding="utf-8")
    assert _unread("validate", str(texts)).returncode == 1


@pytest.mark.skipif(sys.platform == "win32", reason="closes streams by a shell")
def test_streams_that_the_caller_closed_are_no_error(tmp_path: Path) -> None:
    (tmp_path / "inputs").mkdir()
    (tmp_path / "inputs" / "a.json").write_text(json.dumps(note(1)), encoding="utf-8")
    run = command("run", str(NOTES), "--sandbox", "--faults", "none", "--poll-interval", "0.3")
    closed = ["sh", "-c", 'exec "$@" <&- >&- 2>&-', "sh", *run]
    done = subprocess.run(closed, env=environment(), cwd=tmp_path, check=False)
    assert done.returncode == 0
    listed = truebatch("list", "--sandbox", "--json", cwd=tmp_path)
    assert [one["state"] for one in listed.json["runs"]] == ["DONE"]


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="needs a full device")
@pytest.mark.parametrize("arguments", [["results", "r"], ["report", "r", "--json"]])
def test_stdout_that_has_no_room_is_exit_7(ended_run: list[str], arguments: list[str]) -> None:
    with Path("/dev/full").open("wb") as full:
        child = subprocess.run(
            command(*arguments, *ended_run),
            env=environment(), cwd=PROJECT, stdout=full, stderr=subprocess.PIPE, check=False,
        )  # fmt: skip
    assert child.returncode == 7
    assert b"No space left on device" in child.stderr
    assert b"Traceback" not in child.stderr


def test_reader_of_the_progress_that_has_gone_stops_nothing(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    reading, writing = os.pipe()
    os.close(reading)
    with os.fdopen(writing, "wb", buffering=0) as pipe:
        monkeypatch.setattr(sys, "stderr", io.TextIOWrapper(pipe, write_through=True))
        screen = make_screen(quiet=False, verbose=False)
        screen.step("build", "1 item")
        screen.warn("something")
        screen.close()
        with pytest.raises(BrokenPipeError):
            sys.stderr.write("the pipe is broken indeed\n")
        monkeypatch.undo()


def test_module_and_script_are_the_same_program() -> None:
    script = Path(sys.executable).with_name("truebatch")
    if not script.exists():
        pytest.skip("the script is not installed beside this Python")
    shown = subprocess.run([str(script), "run", "--help"], capture_output=True, check=True)
    assert shown.stdout.decode() == truebatch("run", "--help").stdout


def test_version_is_told() -> None:
    assert truebatch("--version").stdout == f"truebatch {__version__}\n"


def test_bug_is_exit_70_keeps_its_traceback_and_hides_the_key(tmp_path: Path) -> None:
    code = (
        "import sys; from processor.cli.program import run_program, truebatch\n"
        "@truebatch.command('break')\n"
        "def broken(): raise RuntimeError('with SECRET-KEY in it')\n"
        "truebatch.get_command = lambda context, name: broken\n"
        "sys.argv = ['truebatch', 'break', '--api-key', 'SECRET-KEY']\n"
        "sys.exit(run_program(['break']))"
    )
    child = subprocess.run(
        [sys.executable, "-c", code], env=environment(), capture_output=True, check=False
    )
    assert child.returncode == 70
    assert b"Traceback" in child.stderr
    assert b"with [key] in it" in child.stderr
    assert b"SECRET-KEY in it" not in child.stderr


def test_doctor_looks_at_everything_a_run_needs(
    program: Program, bench_with: Callable[..., Bench]
) -> None:
    bench = bench_with(accept_keys=["right"])
    options = ["--base-url", bench.sandbox.url, "--outputs", str(bench.outputs), "--json"]
    well = program("doctor", *options, env={"GEMINI_API_KEY": "right"})
    assert well.code == 0, well.stdout
    checks = {check["name"]: check for check in well.json["checks"]}
    assert all(check["ok"] for check in checks.values())
    assert {"version", "tasks", "outputs", "service", "clock"} <= set(checks)
    ill = program("doctor", *options, env={"GEMINI_API_KEY": "wrong"})
    assert ill.code == 6
    assert "API key not valid" in ill.stdout


def test_sandbox_serves_other_programs_until_it_is_told_to_stop(tmp_path: Path) -> None:
    child = started(["sandbox", "--port", "0", "--json"], cwd=tmp_path)
    with child:
        assert child.stdout is not None
        ready = json.loads(child.stdout.readline())
        assert ready["url"].startswith("http://127.0.0.1:")
        child.terminate()
        child.communicate(timeout=60)
    assert child.returncode == 143
