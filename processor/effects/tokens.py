"""The tokens of the REST service: a file of names and digests; no token stands in it."""

from __future__ import annotations

import hashlib
import hmac
import json
import os
import re
import secrets
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path
from typing import Any

from processor.errors import DiskFailed, WrongUsage

_NAME = re.compile(r"[A-Za-z0-9._-]{1,64}")
_PREFIX = "tb_"
_BYTES = 32
_OWNER_ONLY = 0o600


class Tokens:
    """Tokens by name.

    A token is 256 random bits, so a plain SHA-256 keeps it: there is nothing to guess that a slow digest
    would protect, and a slow one would let strangers keep the service busy.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        self._seen: tuple[int, int] | None = None
        self._known: dict[str, dict[str, str]] = {}

    def add(self, name: str, *, now: str) -> str:
        """Make a token for ``name``; it is returned, and never seen again.

        Raises:
            WrongUsage: it is no name, or has a token already.
        """
        if not _NAME.fullmatch(name):
            raise WrongUsage(f"{name!r} is no name for a token: 1 to 64 of A-Z a-z 0-9 . _ -")
        known = self._read()
        if name in known:
            raise WrongUsage(
                f"There is a token {name} already. `truebatch token remove {name}` first."
            )
        token = _PREFIX + secrets.token_urlsafe(_BYTES)
        self._write({**known, name: {"sha256": digest_of(token), "created_at": now}})
        return token

    def remove(self, name: str) -> None:
        """Take the token of ``name`` back; a service that runs knows it at once.

        Raises:
            WrongUsage: there is none.
        """
        known = self._read()
        if name not in known:
            raise WrongUsage(f"There is no token {name}. `truebatch token list` shows them.")
        self._write({other: kept for other, kept in known.items() if other != name})

    def names(self) -> Mapping[str, str]:
        """The names, each with the moment at which its token was made."""
        return {name: kept["created_at"] for name, kept in self._read().items()}

    def name_of(self, token: str) -> str | None:
        """Whose token it is; None when nobody's. The file is read again when it has changed."""
        return self.name_of_digest(digest_of(token))

    def name_of_digest(self, digest: str) -> str | None:
        """Whose token has this digest; None when nobody's, or when it was removed."""
        self._refresh()
        found = None
        for name, kept in self._known.items():  # all of them, whichever matches
            if hmac.compare_digest(kept["sha256"], digest):
                found = name
        return found

    def _refresh(self) -> None:
        try:
            facts = self._path.stat()
            seen = (facts.st_mtime_ns, facts.st_size)
        except FileNotFoundError:
            self._seen, self._known = None, {}
            return
        except OSError as error:
            raise self._failed(error) from None
        if seen != self._seen:
            self._known, self._seen = self._read(), seen

    def _read(self) -> dict[str, dict[str, str]]:
        try:
            content = json.loads(self._path.read_bytes())
            known: dict[str, dict[str, str]] = content["tokens"]
        except FileNotFoundError:
            return {}
        except OSError as error:
            raise self._failed(error) from None
        except (ValueError, KeyError, TypeError):
            raise DiskFailed(
                f"{self._path} is no file of tokens. Remove it, and add the tokens again."
            ) from None
        return known

    def _write(self, known: Mapping[str, Any]) -> None:
        temporary = self._path.with_name(f"{self._path.name}.{secrets.token_hex(4)}.tmp")
        try:
            self._path.parent.mkdir(parents=True, exist_ok=True)
            flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL
            with os.fdopen(os.open(temporary, flags, _OWNER_ONLY), "wb") as file:
                file.write(json.dumps({"tokens": known}, indent=2).encode() + b"\n")
                file.flush()
                os.fsync(file.fileno())
            temporary.replace(self._path)
        except OSError as error:
            with suppress(OSError):
                temporary.unlink(missing_ok=True)
            raise self._failed(error) from None

    def _failed(self, error: OSError) -> DiskFailed:
        return DiskFailed(f"{self._path}: {error.strerror or error}.")


def digest_of(token: str) -> str:
    """What is kept of a token."""
    return hashlib.sha256(token.encode("utf-8", "surrogatepass")).hexdigest()
