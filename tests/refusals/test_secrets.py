"""The API key goes to the service and nowhere else; the environment changes nothing unasked."""

from __future__ import annotations

import os
import subprocess
import sys
import traceback
from collections.abc import Callable, Mapping
from pathlib import Path

import pytest

from processor.effects.gemini import GeminiGateway
from processor.errors import ProcessorError
from sandbox.log import key_digest
from tests.bench import NOTES, notes, write_notes
from tests.program import Ended
from tests.refusals.test_matrix import listener
from tests.refusals.trial import RUN, Trial, trial

_KEY = "AIzaSy-a-very-secret-key-0123456789"
_ROOT = Path(__file__).parents[2]


def _truebatch(
    tried: Trial, *arguments: str, environment: Mapping[str, str] | None = None
) -> subprocess.CompletedProcess[str]:
    where = ["--outputs", str(tried.outputs), "--poll-interval", "0.05"]
    if not (environment or {}).get("GOOGLE_GEMINI_BASE_URL"):
        where += ["--base-url", tried.sandbox.url]
    return subprocess.run(
        [sys.executable, "-m", "processor", *arguments, *where],
        cwd=_ROOT,
        env=os.environ | (environment or {}),
        capture_output=True,
        encoding="utf-8",
        check=False,
        timeout=120,
    )


def _run(tried: Trial, *more: str) -> tuple[str, ...]:
    task, inputs = str(tried.folder / "task"), str(tried.folder / "inputs")
    return ("run", task, "--inputs", inputs, "--run", RUN, *more)


def _assert_nowhere(tried: Trial, *texts: str) -> None:
    for text in texts:
        assert _KEY not in text
    for folder in (tried.outputs, tried.sandbox.state):
        for path in folder.rglob("*"):
            assert not path.is_file() or _KEY.encode() not in path.read_bytes(), path


@pytest.mark.parametrize(
    "faults",
    [
        "none",
        "lost@batches.create,503@batches.list*all",
    ],
)
def test_the_key_is_in_no_output_and_no_file(tmp_path: Path, faults: str) -> None:
    with trial(tmp_path / "trial", faults) as tried:
        said = _truebatch(tried, *_run(tried, "-v", "--json", "--api-key", _KEY))
        assert said.returncode in (0, 6, 8)
        _assert_nowhere(tried, said.stdout, said.stderr)
        assert {record["key"] for record in tried.sandbox.log()} <= {key_digest(_KEY), None}


def test_a_key_that_the_service_repeats_is_taken_out_of_its_words(tmp_path: Path) -> None:
    key_file = tmp_path / "key"
    key_file.write_text(f"{_KEY}\n", encoding="utf-8")
    with trial(tmp_path / "trial", accept_keys=["another"]) as tried:
        said = _truebatch(tried, *_run(tried, "-v", "--api-key-file", str(key_file)))
        assert said.returncode == 6
        assert "API key not valid" in said.stderr
        _assert_nowhere(tried, said.stdout, said.stderr)


def test_the_key_is_in_no_traceback_and_no_repr(tmp_path: Path) -> None:
    with trial(tmp_path / "trial", "400@batches.create") as tried:
        tried.key = _KEY
        with tried.processor() as processor, pytest.raises(ProcessorError) as caught:
            processor.run(str(tried.folder / "task"), inputs=str(tried.folder / "inputs"), run=RUN)
        assert _KEY not in "".join(traceback.format_exception(caught.value))
        assert _KEY not in repr(caught.value)
        assert _KEY not in repr(processor)
        assert _KEY not in repr(processor._place)
        assert _KEY not in repr(vars(caught.value))
        gateway = GeminiGateway(
            api_key=_KEY, base_url=tried.sandbox.url, timeout_seconds=1, trust_env=False
        )
        assert _KEY not in repr(gateway)
        gateway.close()


@pytest.mark.parametrize(
    "endpoint", ["upload.start", "upload.finalize", "batches.create", "batches.get"]
)
def test_no_other_origin_is_called(tmp_path: Path, endpoint: str) -> None:
    with (
        listener() as (other, heard),
        trial(tmp_path / "trial", f"redirect={other}@{endpoint}*all") as tried,
    ):
        end = tried.run(max_wait=900)
        assert end.exit_code in (4, 6)
        assert heard == []


def test_a_redirect_within_the_service_is_followed(tmp_path: Path) -> None:
    faults = ",".join(
        f"redirect_same@{endpoint}"
        for endpoint in ("upload.start", "batches.create", "batches.get", "files.download")
    )
    with trial(tmp_path / "trial", faults) as tried:
        assert tried.run().exit_code == 0
        assert tried.jobs() == 1


def test_a_key_in_the_address_is_kept_and_shown_nowhere(
    program: Callable[..., Ended], tmp_path: Path
) -> None:
    key = "AIzaSyKeyInTheAddress0123456789"
    ended = program(
        "submit", str(NOTES), "--inputs", str(write_notes(tmp_path / "in", notes(1))),
        "--base-url", f"http://127.0.0.1:9/{key}", "--outputs", "o", env={"GEMINI_API_KEY": key},
    )  # fmt: skip
    assert ended.code == 2
    assert key not in ended.stdout + ended.stderr
    kept = [path.read_bytes() for path in (tmp_path / "o").rglob("*") if path.is_file()]
    assert not any(key.encode() in content for content in kept)


def test_the_environment_neither_redirects_nor_records(tmp_path: Path) -> None:
    replays = tmp_path / "replays"
    with listener() as (proxy, heard), trial(tmp_path / "trial") as tried:
        environment = {
            "GEMINI_API_KEY": _KEY,
            "GOOGLE_API_KEY": "the-other-key",
            "GOOGLE_GENAI_USE_VERTEXAI": "true",
            "GOOGLE_GENAI_USE_ENTERPRISE": "true",
            "GOOGLE_CLOUD_PROJECT": "somebodys",
            "GOOGLE_CLOUD_LOCATION": "nowhere",
            "GOOGLE_GENAI_API_VERSION": "v1",
            "GOOGLE_GENAI_CLIENT_MODE": "record",
            "GOOGLE_GENAI_REPLAY_ID": "mine",
            "GOOGLE_GENAI_REPLAYS_DIRECTORY": str(replays),
            **dict.fromkeys(("HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY", "http_proxy"), proxy),
        }
        said = _truebatch(tried, *_run(tried), environment=environment)
        assert said.returncode == 0, said.stderr
        assert said.stderr.count("GEMINI_API_KEY and GOOGLE_API_KEY differ") == 1
        assert "Using GOOGLE_API_KEY" not in said.stderr
        assert heard == []
        assert not replays.exists()
        log = tried.sandbox.log()
        assert {record["version"] for record in log} == {"v1beta"}
        assert {record["key"] for record in log} == {key_digest(_KEY), None}
        _assert_nowhere(tried, said.stdout, said.stderr)


def test_the_address_of_the_environment_is_used_and_said(tmp_path: Path) -> None:
    with trial(tmp_path / "trial") as tried:
        environment = {"GEMINI_API_KEY": _KEY, "GOOGLE_GEMINI_BASE_URL": tried.sandbox.url}
        said = _truebatch(tried, *_run(tried), environment=environment)
        assert said.returncode == 0, said.stderr
        assert f"The service is {tried.sandbox.url}" in said.stderr
