"""What a task declares besides its prompt reaches the service exactly, and what it refuses is told."""

from __future__ import annotations

import base64
import json
from hashlib import sha256
from pathlib import Path
from typing import Any

import pytest

from processor.errors import HeldBack, ServiceRefused, WrongUsage
from tests.bench import INTERVAL, Bench, read_lines
from tests.sandbox.client import google

TASK = """
name = "declared"
model = "gemini-3.6-flash"
accept_models = ["sandbox/gemini-3.6-flash"]
[output]
kind = "text"
"""
DECLARED = """
[generation_config]
max_output_tokens = 4096
seed = 7
stop_sequences = ["END"]
media_resolution = "MEDIA_RESOLUTION_LOW"
response_mime_type = "text/plain"
thinking_config = { thinking_level = "low", include_thoughts = true }
[request]
tools = [
    { google_search = { time_range_filter = { start_time = "2026-01-01T00:00:00Z" } } },
    { url_context = {} },
]
labels = { team_name = "soil_lab" }
[request.tool_config.function_calling_config]
mode = "NONE"
[[request.safety_settings]]
category = "HARM_CATEGORY_HARASSMENT"
threshold = "BLOCK_NONE"
[[request.safety_settings]]
category = "HARM_CATEGORY_DANGEROUS_CONTENT"
threshold = "OFF"
"""
ON_THE_WIRE: dict[str, Any] = {
    "systemInstruction": {"parts": [{"text": "Be brief."}]},
    "generationConfig": {
        "maxOutputTokens": 4096,
        "seed": 7,
        "stopSequences": ["END"],
        "mediaResolution": "MEDIA_RESOLUTION_LOW",
        "responseMimeType": "text/plain",
        "thinkingConfig": {"thinkingLevel": "low", "includeThoughts": True},
    },
    "tools": [
        {"googleSearch": {"timeRangeFilter": {"startTime": "2026-01-01T00:00:00Z"}}},
        {"urlContext": {}},
    ],
    "labels": {"team_name": "soil_lab"},
    "toolConfig": {"functionCallingConfig": {"mode": "NONE"}},
    "safetySettings": [
        {"category": "HARM_CATEGORY_HARASSMENT", "threshold": "BLOCK_NONE"},
        {"category": "HARM_CATEGORY_DANGEROUS_CONTENT", "threshold": "OFF"},
    ],
}
ITEMS = [{"id": "a", "text": "one"}, {"id": "b", "text": "two"}]


def _task(folder: Path, declared: str, **files: str) -> str:
    folder.mkdir()
    for name, text in {"task.toml": TASK + declared, **files}.items():
        (folder / name).write_text(text, encoding="utf-8")
    return str(folder)


def _run(bench: Bench, task: str, **options: Any) -> dict[str, Any]:
    processor = bench.processor(**options)
    return processor.run(task, items=ITEMS, run="r", poll_interval=INTERVAL)


def test_all_that_is_declared_goes_as_declared(bench: Bench, tmp_path: Path) -> None:
    files = {"system.md": "Be brief.", "prompt.md": "{{ text }}"}
    task = _task(tmp_path / "declared", DECLARED, **files)
    report = _run(bench, task)
    assert report["counts"]["accepted"] == 2
    assert [line["request"] for line in read_lines(bench.folder() / "requests.json")] == [
        {"contents": [{"role": "user", "parts": [{"text": text}]}], **ON_THE_WIRE}
        for text in ("one", "two")
    ]
    with google(bench.sandbox, key=bench.key) as client:
        digests = [file.sha256_hash for file in client.files.list()]
    # The service says base64 of the digest's hexadecimal text.
    sent = sha256((bench.folder() / "requests.json").read_bytes()).hexdigest()
    assert base64.b64encode(sent.encode()).decode() in digests


def test_other_settings_are_another_question(bench: Bench, tmp_path: Path) -> None:
    _run(bench, _task(tmp_path / "one", DECLARED))
    stricter = DECLARED.replace('threshold = "OFF"', 'threshold = "BLOCK_NONE"')
    plan = bench.processor().plan(_task(tmp_path / "two", stricter), items=ITEMS)
    assert plan.estimate.requests == 2
    assert bench.processor().plan(str(tmp_path / "one"), items=ITEMS).estimate.requests == 0


@pytest.mark.parametrize(
    ("declared", "words"),
    [
        ("[request]\ntools = [{ google_serch = {} }]", "Do you mean `google_search`?"),
        ("[generation_config]\nmax_tokens = 5", "Do you mean `max_output_tokens`?"),
        ("[generation_config]\ntools = []", "[request] tools"),
    ],
)
def test_unknown_name_is_told_with_the_nearest_and_nothing_is_sent(
    bench: Bench, tmp_path: Path, declared: str, words: str
) -> None:
    with pytest.raises(HeldBack) as held:
        _run(bench, _task(tmp_path / "task", declared))
    assert words in held.value.message
    assert bench.endpoints() == []


def test_place_of_its_own_is_told_and_nothing_is_sent(bench: Bench, tmp_path: Path) -> None:
    with pytest.raises(WrongUsage, match=r"stands in system\.md"):
        _run(bench, _task(tmp_path / "task", '[request]\nsystem_instruction = "x"'))
    assert bench.endpoints() == []


def test_what_the_service_refuses_all_the_same_is_told_and_no_job_is_made(
    bench: Bench, tmp_path: Path
) -> None:
    models = tmp_path / "models.toml"
    models.write_text(
        '[models."gemini-3.6-flash"]\nextra_fields = ["zebraMode"]\n', encoding="utf-8"
    )
    task = _task(tmp_path / "task", "[request]\ntools = [{ zebra_mode = {} }]")
    before = len(list(bench.processor().remote_jobs()))  # other tests' jobs, at the same sandbox
    with pytest.raises(ServiceRefused, match="zebraMode"):
        _run(bench, task, models=str(models))
    assert len(bench.calls("batches.create")) == 1
    assert len(list(bench.processor().remote_jobs())) == before


def test_cache_that_is_there_goes_along(bench: Bench, tmp_path: Path) -> None:
    with google(bench.sandbox, key=bench.key) as client:
        cache = client.caches.create(
            model="gemini-3.6-flash",
            config={
                "ttl": "200000s",
                "contents": [
                    {"role": "user", "parts": [{"text": "The weirs of the valley. " * 2000}]}
                ],
            },
        )
    assert cache.name is not None
    task = _task(tmp_path / "task", f"[request]\ncached_content = {json.dumps(cache.name)}")
    assert _run(bench, task)["counts"]["accepted"] == 2
    for line in read_lines(bench.folder() / "requests.json"):
        assert line["request"]["cachedContent"] == cache.name


def test_cache_beside_a_system_instruction_is_held_back(bench: Bench, tmp_path: Path) -> None:
    declared = '[request]\ncached_content = "cachedContents/abc"'
    with pytest.raises(HeldBack, match="excludes systemInstruction"):
        _run(bench, _task(tmp_path / "task", declared, **{"system.md": "Be brief."}))
    assert bench.endpoints() == []
