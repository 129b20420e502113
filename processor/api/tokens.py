"""The tokens of an outputs folder's REST service."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from processor.core.layout import Layout
from processor.effects.clock import SystemClock
from processor.effects.tokens import Tokens


def tokens_of(outputs: str | Path) -> Tokens:
    """Those who may use the service of this folder."""
    return Tokens(Layout(Path(outputs)).service / "tokens.json")


def add_token(outputs: str | Path, name: str) -> str:
    """Make a token; it is returned, and never seen again.

    Raises:
        WrongUsage: it is no name, or has a token already.
    """
    now = SystemClock().now().isoformat(timespec="seconds")
    return tokens_of(outputs).add(name, now=now)


def remove_token(outputs: str | Path, name: str) -> None:
    """Take a token back; a service that runs knows it at once.

    Raises:
        WrongUsage: there is none.
    """
    tokens_of(outputs).remove(name)


def list_tokens(outputs: str | Path) -> Mapping[str, str]:
    """The names, each with the moment at which its token was made."""
    return tokens_of(outputs).names()
