"""Cause and advice: what each refusal tells the user to do, by way of the wire."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from tests.refusals.trial import Trial, trial


@dataclass(frozen=True, slots=True, kw_only=True)
class Cause:
    """Why the service refuses, and what is to be said.

    Attributes:
        service: how the sandbox is started.
        prepare: what happens before the run.
        options: of the run.
        says: words that the message must hold; the service's own are among them.
        not_says: words that would lead astray.
    """

    service: dict[str, Any] = field(default_factory=dict)
    prepare: Callable[[Trial], None] = lambda _: None
    options: dict[str, Any] = field(default_factory=dict)
    says: tuple[str, ...] = ()
    not_says: tuple[str, ...] = ()


def _key(key: str) -> Callable[[Trial], None]:
    def give(tried: Trial) -> None:
        tried.key = key

    return give


def _model(name: str) -> Callable[[Trial], None]:
    def write(tried: Trial) -> None:
        path = tried.folder / "task" / "task.toml"
        text = path.read_text(encoding="utf-8")
        path.write_text(text.replace('"gemini-3.6-flash"', f'"{name}"', 1), encoding="utf-8")

    return write


_CAUSES = {
    "wrong key": Cause(
        service={"accept_keys": ["the-right-one"]},
        prepare=_key("not-the-right-one"),
        says=("API key not valid", "--api-key-file"),
    ),
    "key without permission": Cause(
        service={"faults": "403@batches.create*all"},
        says=("does not have permission", "restrictions", "project"),
    ),
    "unknown model": Cause(
        prepare=_model("gemini-0.1-none"),
        options={"unpriced": True},
        says=("gemini-0.1-none is not found", "--model NAME"),
    ),
    "enqueued tokens": Cause(
        service={"enqueued_tokens": 1},
        says=("exceeded your current quota", "tokens enqueued", "0 of the project's jobs"),
        not_says=("free tier",),
    ),
    "busy": Cause(
        service={"faults": "429@batches.create*all"},
        says=("RESOURCE_EXHAUSTED", "list --remote", "jobs are active now"),
    ),
    "upload expired": Cause(
        service={"file_seconds": 0.001},
        says=("permission to access the File", "uploads again"),
    ),
    "server trouble": Cause(
        service={"faults": "503@upload.start*all"},
        says=("503", "try again later"),
    ),
    "no network": Cause(
        prepare=lambda tried: tried.sandbox.kill(),
        says=("no connection", "$HTTPS_PROXY"),
    ),
    "redirect": Cause(
        service={"faults": "redirect=http://other.invalid@upload.start*all"},
        says=("other.invalid", "the key is not sent there"),
    ),
    "page": Cause(
        service={"faults": "html@upload.start*all"},
        says=("temporary error",),
        not_says=("<html", "<p>"),
    ),
}


@pytest.mark.parametrize("name", _CAUSES)
def test_a_refusal_says_what_to_do(name: str, tmp_path: Path) -> None:
    cause = _CAUSES[name]
    with trial(tmp_path / "trial", **cause.service) as tried:
        cause.prepare(tried)
        end = tried.run(**cause.options)
        assert end.exit_code == 6, end
        for words in (*cause.says, "Nothing was paid", "truebatch resume r"):
            assert words in end.message
        for words in cause.not_says:
            assert words not in end.message
        assert tried.key not in end.message
        if tried.sandbox.pid:
            assert tried.jobs() == 0


def test_a_deleted_upload_is_made_again_by_resume(tmp_path: Path) -> None:
    with trial(tmp_path / "trial", file_seconds=0.001) as tried:
        assert tried.run().exit_code == 6
        tried.sandbox.restart("--file-seconds", "3600")
        assert tried.resume().exit_code == 0
        assert tried.calls("upload.start") == 2
        assert tried.jobs() == 1
