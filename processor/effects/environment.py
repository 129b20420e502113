"""What the environment says: the API key, and the service's address."""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping
from pathlib import Path
from urllib.parse import urlsplit

from processor.errors import WrongUsage

GOOGLE = "https://generativelanguage.googleapis.com"
KEY_NAMES = ("GEMINI_API_KEY", "GOOGLE_API_KEY")
"""Where a key may stand, the first first."""
_LOOPBACK = ("127.0.0.1", "localhost", "::1")


def find_api_key(
    *,
    given: str | None,
    key_file: str | None,
    env_file: str | None,
    warn: Callable[[str], None],
) -> str:
    """The API key: as given, from a file, from an env file, or from the environment.

    Raises:
        WrongUsage: there is none, or a file cannot be read. The key itself is in no message.
    """
    if given is not None:
        return _checked(given, "--api-key")
    if key_file is not None:
        return _checked(_read(key_file), key_file)
    variables = _read_env(env_file) if env_file is not None else os.environ
    found = {name: variables[name].strip() for name in KEY_NAMES if variables.get(name, "").strip()}
    if not found:
        raise WrongUsage(
            "No API key. Put it in a file and give --api-key-file FILE, or set $GEMINI_API_KEY "
            "(--api-key KEY works too, and is visible to `ps`). Without a key, --sandbox plays the "
            "service on this machine."
        )
    if len(set(found.values())) > 1:
        warn("GEMINI_API_KEY and GOOGLE_API_KEY differ; GEMINI_API_KEY is used.")
    name, key = next(iter(found.items()))
    return _checked(key, f"${name}")


def find_base_url(given: str | None) -> str | None:
    """The service's address without its last slash; None for Google's own.

    Raises:
        WrongUsage: it is no http address.
    """
    url = given or os.environ.get("GOOGLE_GEMINI_BASE_URL") or None
    if url is None:
        return None
    parts = urlsplit(url)
    if parts.scheme not in ("http", "https") or not parts.hostname:
        raise WrongUsage(f"--base-url {url!r} is no address; it looks like https://host[:port].")
    if parts.username or parts.password:
        raise WrongUsage("--base-url must not hold a user name or password.")
    if parts.query or parts.fragment:
        # Not told what it is: keys stand there, and the address is kept and shown.
        raise WrongUsage(
            "--base-url ends with its path: nothing after `?` or `#`, least of all a key."
        )
    url = url.rstrip("/")
    return None if url == GOOGLE else url


def is_loopback(url: str | None) -> bool:
    """Whether the address is this machine's own."""
    return url is not None and urlsplit(url).hostname in _LOOPBACK


def _checked(key: str, origin: str) -> str:
    key = key.strip()
    if not key or not key.isascii() or not key.isprintable() or " " in key:
        raise WrongUsage(f"What {origin} holds is no API key.")
    return key


def _read(path: str) -> str:
    try:
        return Path(path).read_text(encoding="utf-8-sig")
    except (OSError, UnicodeDecodeError) as error:
        reason = error.strerror if isinstance(error, OSError) else "no UTF-8 text"
        raise WrongUsage(f"{path}: {reason}.") from None


def _read_env(path: str) -> Mapping[str, str]:
    """``NAME=value`` lines; ``export``, quotes and ``#`` comments as shells write them."""
    variables: dict[str, str] = {}
    for line in _read(path).splitlines():
        name, equals, value = line.strip().removeprefix("export ").partition("=")
        if equals and not name.startswith("#"):
            value = value.strip()
            quoted = len(value) > 1 and value[0] == value[-1] and value[0] in "'\""
            variables[name.strip()] = value[1:-1] if quoted else value.partition(" #")[0].strip()
    return variables
