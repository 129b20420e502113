"""Where the key and the address come from."""

from __future__ import annotations

from pathlib import Path

import pytest

from processor.effects.environment import find_api_key, find_base_url, is_loopback
from processor.errors import WrongUsage

KEY = "AIzaSy-secret-0123456789"


def _find(
    *, given: str | None = None, key_file: str | None = None, env_file: str | None = None
) -> tuple[str, list[str]]:
    warnings: list[str] = []
    key = find_api_key(given=given, key_file=key_file, env_file=env_file, warn=warnings.append)
    return key, warnings


def test_key_given_comes_first(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GEMINI_API_KEY", "other")
    assert _find(given=f" {KEY}\n") == (KEY, [])


@pytest.mark.parametrize("content", [KEY, f"{KEY}\n", f"\ufeff{KEY}\r\n"])
def test_key_file_holds_the_key(tmp_path: Path, content: str) -> None:
    (tmp_path / "key").write_text(content, encoding="utf-8")
    assert _find(key_file=str(tmp_path / "key")) == (KEY, [])


@pytest.mark.parametrize(
    "line",
    [
        f"GEMINI_API_KEY={KEY}",
        f"export GEMINI_API_KEY='{KEY}'",
        f'GOOGLE_API_KEY = "{KEY}"',
        f"GEMINI_API_KEY={KEY} # mine",
    ],
)
def test_env_file_is_read_as_shells_write_it(tmp_path: Path, line: str) -> None:
    (tmp_path / ".env").write_text(f"# keys\nOTHER=1\n{line}\n", encoding="utf-8")
    assert _find(env_file=str(tmp_path / ".env")) == (KEY, [])


def test_env_file_is_all_that_counts_when_given(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("GEMINI_API_KEY", KEY)
    (tmp_path / ".env").write_text("A=1", encoding="utf-8")
    with pytest.raises(WrongUsage):
        _find(env_file=str(tmp_path / ".env"))


def test_two_keys_that_differ_are_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GEMINI_API_KEY", KEY)
    monkeypatch.setenv("GOOGLE_API_KEY", KEY)
    assert _find() == (KEY, [])
    monkeypatch.setenv("GOOGLE_API_KEY", "other-secret")
    key, (warning,) = _find()
    assert key == KEY
    assert "differ" in warning
    assert KEY not in warning
    assert "other-secret" not in warning


def test_no_key_says_both_ways_to_give_one() -> None:
    with pytest.raises(WrongUsage) as caught:
        _find()
    for way in ("--api-key-file", "$GEMINI_API_KEY", "--sandbox"):
        assert way in caught.value.message


@pytest.mark.parametrize("bad", ["", "  ", "two words", "clé", "a\x07b"])
def test_what_is_no_key_is_refused_unseen(bad: str) -> None:
    with pytest.raises(WrongUsage) as caught:
        _find(given=bad)
    assert not bad.strip() or bad not in caught.value.message


def test_key_file_that_cannot_be_read_is_named(tmp_path: Path) -> None:
    for path in (tmp_path / "none", tmp_path):
        with pytest.raises(WrongUsage, match=path.name):
            _find(key_file=str(path))


@pytest.mark.parametrize("url", [None, "", "https://generativelanguage.googleapis.com/"])
def test_google_s_own_address_is_the_default(url: str | None) -> None:
    assert find_base_url(url) is None


def test_environment_may_name_another_address(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GOOGLE_GEMINI_BASE_URL", "http://gateway:80/gemini/")
    assert find_base_url(None) == "http://gateway:80/gemini"
    assert find_base_url("http://other") == "http://other"


@pytest.mark.parametrize("url", ["localhost:80", "ftp://x", "http://", "http://a:b@host", "x"])
def test_address_that_is_none_is_refused(url: str) -> None:
    with pytest.raises(WrongUsage, match="--base-url"):
        find_base_url(url)


@pytest.mark.parametrize("url", ["https://gateway/v1?key=AIzaSecret", "https://gateway#AIzaSecret"])
def test_address_that_may_hold_a_key_is_refused_untold(url: str) -> None:
    with pytest.raises(WrongUsage) as refused:
        find_base_url(url)
    assert "AIzaSecret" not in refused.value.message


@pytest.mark.parametrize(
    ("url", "expected"),
    [
        ("http://127.0.0.1:8787", True),
        ("http://localhost", True),
        ("http://[::1]:80", True),
        ("http://127.0.0.1.example.com", False),
        ("https://generativelanguage.googleapis.com", False),
        (None, False),
    ],
)
def test_loopback_is_this_machine(url: str | None, expected: bool) -> None:
    assert is_loopback(url) is expected
